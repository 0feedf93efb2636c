//! Figures of a session, once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon_frame::{Bitrate, VideoSize};
use carillon_signaling::{ClientMetrics, Identity, Metric, MetricKind, StreamKind, StreamMetrics};

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
    /// How long a packet of sound takes to the server and back.
    pub audio_upstream_round_trip_time: Option<Duration>,
    /// How unevenly the own sound arrives at the server.
    pub audio_upstream_jitter: Duration,
    /// How loud the own sound was at last, 0 to 1; 0 where it is encoded elsewhere.
    pub audio_upstream_level: f32,
    /// How loud everybody else was at last, 0 to 1; 0 where nothing is decoded.
    pub audio_downstream_level: f32,
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

impl MetricsReport {
    /// The same for the server, which keeps it for whoever wants to know why a call was poor.
    pub(crate) fn for_server(&self) -> ClientMetrics {
        let metric = |kind, value: f64| Metric { kind, value };
        let bits = |kind, bitrate: Option<Bitrate>| {
            bitrate.map(|bitrate| metric(kind, f64::from(bitrate.kbps()) * 1_000.0))
        };
        let percent = |kind, share: f32| metric(kind, f64::from(share) * 100.0);
        let millis = |kind, span: Duration| metric(kind, span.as_secs_f64() * 1_000.0);
        let round_trip = self.current_round_trip_time;
        let global = [
            round_trip.map(|span| millis(MetricKind::ROUND_TRIP_MS, span)),
            bits(MetricKind::SEND_BANDWIDTH, self.available_outgoing_bitrate),
            bits(MetricKind::RECEIVE_BANDWIDTH, self.available_incoming_bitrate),
        ];
        let audio = vec![
            percent(MetricKind::MICROPHONE_LOSS_PERCENT, self.audio_packets_sent_fraction_loss),
            percent(MetricKind::SPEAKER_LOSS_PERCENT, self.audio_packets_received_fraction_loss),
            percent(MetricKind::SPEAKER_CONCEALED_PERCENT, self.audio_decoder_loss),
            millis(MetricKind::SPEAKER_BUFFER_MS, self.audio_speaker_delay),
        ];
        let audio = StreamMetrics { stream_id: None, kind: StreamKind::Audio, metrics: audio };
        let video = self.video_upstream.map(|video| StreamMetrics {
            stream_id: None,
            kind: StreamKind::Video,
            metrics: vec![metric(
                MetricKind::ENCODED_FRAMES,
                f64::from(u32::try_from(video.frames_encoded).unwrap_or(u32::MAX)),
            )],
        });
        ClientMetrics {
            global: global.into_iter().flatten().collect(),
            streams: std::iter::once(audio).chain(video).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_told_in_its_own_units() {
        let report = MetricsReport {
            current_round_trip_time: Some(Duration::from_millis(20)),
            available_outgoing_bitrate: Some(Bitrate::from_kbps(900)),
            audio_decoder_loss: 0.25,
            ..MetricsReport::default()
        };
        let told = report.for_server();
        assert_eq!(told.value(MetricKind::ROUND_TRIP_MS), Some(20.0));
        assert_eq!(told.value(MetricKind::SEND_BANDWIDTH), Some(900_000.0));
        assert_eq!(told.value(MetricKind::RECEIVE_BANDWIDTH), None);
        let audio = &told.streams[0];
        assert_eq!(audio.value(MetricKind::SPEAKER_CONCEALED_PERCENT), Some(25.0));
    }
}
