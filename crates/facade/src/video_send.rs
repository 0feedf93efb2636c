//! From encoded pictures to packets, spread over time so that a large picture does not hold up the voice.

use std::time::Duration;

use bytes::Bytes;
use carillon_frame::{EncodedVideo, SeqNo};
use carillon_rtp::payload::h264::{H264Packetizer, PayloadPlace};
use rand::Rng as _;
use rtc::rtp;
use tokio::sync::mpsc;

use crate::camera::CameraControl;
use crate::media_link::codecs::H264;
use crate::media_link::{LocalStreams, Outlet};

/// Octets of payload in one packet: with all headers it fits 1,280, the least that IPv6 carries whole (RFC 8200).
const MAX_PAYLOAD: usize = 1_150;

/// How much faster than on average the packets of one picture may leave: GCC's pacing factor (draft-ietf-rmcat-gcc-02
/// section 4).
const BURST_FACTOR: u64 = 2;

/// How far packets may run ahead of that pace; timers are not finer than this by much.
const AHEAD: Duration = Duration::from_millis(5);

/// Sends the pictures of a camera until it is disconnected or the path closes.
pub(crate) async fn send_pictures(
    mut pictures: mpsc::Receiver<EncodedVideo>,
    control: &CameraControl,
    outlet: Outlet,
    streams: LocalStreams,
) {
    let mut packets = Packets {
        ssrc: streams.camera.0,
        seq: SeqNo(rand::rng().random()),
        packetizer: H264Packetizer::new(MAX_PAYLOAD),
        ready: Vec::new(),
    };
    while let Some(picture) = pictures.recv().await {
        packets.write(&picture);
        let bitrate = control.parameters().map_or(1_000_000, |parameters| parameters.bitrate.bps());
        let octets_per_second = bitrate.saturating_mul(BURST_FACTOR).max(8) / 8;
        let mut ahead = Duration::ZERO;
        for packet in packets.ready.drain(..) {
            let octets = u64::try_from(packet.payload.len()).unwrap_or(0);
            if !outlet.send_camera(packet).await {
                return;
            }
            let micros = octets.saturating_mul(1_000_000) / octets_per_second;
            ahead = ahead.saturating_add(Duration::from_micros(micros));
            if ahead > AHEAD {
                tokio::time::sleep(std::mem::take(&mut ahead)).await;
            }
        }
    }
}

/// Writes the packets of pictures.
struct Packets {
    ssrc: u32,
    seq: SeqNo,
    packetizer: H264Packetizer,
    ready: Vec<rtp::Packet>,
}

impl Packets {
    fn write(&mut self, picture: &EncodedVideo) {
        let Self { ssrc, seq, packetizer, ready } = self;
        packetizer.packetize(&picture.payload, |payload, place| {
            let header = rtp::Header {
                version: 2,
                marker: place == PayloadPlace::Last,
                payload_type: H264,
                sequence_number: seq.0,
                timestamp: picture.timestamp.0,
                ssrc: *ssrc,
                ..rtp::Header::default()
            };
            *seq = seq.next();
            ready.push(rtp::Packet { header, payload: Bytes::copy_from_slice(payload) });
        });
    }
}
