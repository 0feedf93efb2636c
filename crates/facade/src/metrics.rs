//! Figures of a session, once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon_frame::{Bitrate, VideoSize};
use carillon_signaling::Identity;

/// How a session did in the last second.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MetricsReport {
    /// How long a packet takes to the server and back.
    pub current_round_trip_time: Option<Duration>,
    /// What the path to the server is believed to take.
    pub available_outgoing_bitrate: Option<Bitrate>,
    /// What the server believes that the path from it takes.
    pub available_incoming_bitrate: Option<Bitrate>,
    /// Audio packets received in the last second.
    pub audio_packets_received: u64,
    /// Share of the audio packets that did not arrive, 0 to 1.
    pub audio_packets_received_fraction_loss: f32,
    /// Share of the sound that had to be made up, 0 to 1.
    pub audio_decoder_loss: f32,
    /// Audio packets sent in the last second.
    pub audio_packets_sent: u64,
    /// Share of the sent packets that the server missed, 0 to 1.
    pub audio_packets_sent_fraction_loss: f32,
    /// How unevenly sound arrives.
    pub audio_downstream_jitter: Duration,
    /// How long sound waits before it is played.
    pub audio_speaker_delay: Duration,
    /// Bits of media sent in the last second.
    pub upstream_bitrate: Bitrate,
    /// Bits of media received in the last second.
    pub downstream_bitrate: Bitrate,
    /// Requests for lost packets that arrived so far.
    pub nack_count_received: u64,
    /// Requests for lost packets that were sent so far.
    pub nack_count_sent: u64,
    /// The own camera.
    pub video_upstream: Option<VideoSendMetrics>,
    /// The videos that are received.
    pub video_downstream: BTreeMap<Identity, VideoReceiveMetrics>,
}

/// How the own camera did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VideoSendMetrics {
    /// Pictures encoded in the last second.
    pub frames_encoded: u64,
    /// How large they are.
    pub size: VideoSize,
    /// What the encoder aims at.
    pub target_bitrate: Bitrate,
}

/// How one received video did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VideoReceiveMetrics {
    /// Pictures decoded so far.
    pub frames_decoded: u64,
    /// How large they are.
    pub size: VideoSize,
    /// Key frames that were asked for so far.
    pub key_frames_requested: u64,
    /// Times that the picture stood for much longer than before.
    pub freezes: u64,
}
