//! From encoded pictures to packets, spread over time so that a large picture does not hold up the voice.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use carillon_frame::{ClockRate, EncodedVideo, MediaTime, SeqNo};
use carillon_rtp::payload::h264::{H264Packetizer, PayloadPlace};
use rand::Rng as _;
use rtc::rtp;
use tokio::sync::mpsc;

use crate::camera::{CameraControl, LayerPicture};
use crate::clock;
use crate::media_link::codecs::H264;
use crate::media_link::layers::LayerName;
use crate::media_link::{LocalStreams, Outlet};
use crate::shared::lock;

/// Octets of payload in one packet: with all headers it fits 1,280, the least that IPv6 carries whole (RFC 8200).
const MAX_PAYLOAD: usize = 1_150;

/// How much faster than on average the packets of one picture may leave: GCC's pacing factor (draft-ietf-rmcat-gcc-02
/// section 4).
const BURST_FACTOR: u64 = 2;

/// How far packets may run ahead of that pace; timers are not finer than this by much.
const AHEAD: Duration = Duration::from_millis(5);

/// The numbers of a connection's video, which go on from one camera to the next: the same stream must never jump back,
/// or its encryption loses count and its receivers take pictures for old ones.
#[derive(Debug)]
pub(crate) struct CameraNumbers {
    /// Of each layer's stream.
    seq: [AtomicU16; LayerName::ALL.len()],
    /// When the latest picture was sent, and how it was stamped.
    latest: Mutex<Option<(Instant, MediaTime)>>,
}

impl CameraNumbers {
    /// Begins at a number drawn at random (RFC 3550 section 5.1).
    pub(crate) fn draw() -> Self {
        let seq = LayerName::ALL.map(|_| AtomicU16::new(rand::rng().random()));
        Self { seq, latest: Mutex::default() }
    }

    fn next_seq(&self, layer: LayerName) -> SeqNo {
        let [low, mid, hi] = &self.seq;
        let seq = match layer {
            LayerName::Low => low,
            LayerName::Mid => mid,
            LayerName::Hi => hi,
        };
        SeqNo(seq.fetch_add(1, Ordering::Relaxed))
    }

    /// By how much to move the stamps of another camera, whose first picture has this one.
    fn shift(&self, now: Instant, first: MediaTime) -> u32 {
        let Some((at, stamp)) = *lock(&self.latest) else { return 0 };
        let passed = ClockRate::VIDEO.ticks_in(now.saturating_duration_since(at)).max(1);
        stamp.wrapping_add(passed).0.wrapping_sub(first.0)
    }

    fn handle_sent(&self, now: Instant, stamp: MediaTime) {
        *lock(&self.latest) = Some((now, stamp));
    }
}

/// Sends the pictures of a camera until it is disconnected or the path closes.
pub(crate) async fn send_pictures(
    mut pictures: mpsc::Receiver<LayerPicture>,
    control: &CameraControl,
    numbers: &CameraNumbers,
    outlet: Outlet,
    streams: LocalStreams,
) {
    let mut packets = Packets {
        streams,
        numbers,
        shift: None,
        packetizer: H264Packetizer::new(MAX_PAYLOAD),
        ready: Vec::new(),
    };
    while let Some(picture) = pictures.recv().await {
        packets.write(clock::now(), picture.layer, &picture.picture);
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
struct Packets<'a> {
    streams: LocalStreams,
    numbers: &'a CameraNumbers,
    /// By how much stamps are moved, once there is a picture: all layers of one have the same stamp.
    shift: Option<u32>,
    packetizer: H264Packetizer,
    ready: Vec<rtp::Packet>,
}

impl Packets<'_> {
    fn write(&mut self, now: Instant, layer: LayerName, picture: &EncodedVideo) {
        let Self { streams, numbers, shift, packetizer, ready } = self;
        let Some(ssrc) = streams.media_of(layer) else { return };
        let shift = *shift.get_or_insert_with(|| numbers.shift(now, picture.timestamp));
        let stamp = picture.timestamp.wrapping_add(shift);
        numbers.handle_sent(now, stamp);
        packetizer.packetize(&picture.payload, |payload, place| {
            let header = rtp::Header {
                version: 2,
                marker: place == PayloadPlace::Last,
                payload_type: H264,
                sequence_number: numbers.next_seq(layer).0,
                timestamp: stamp.0,
                ssrc: ssrc.0,
                ..rtp::Header::default()
            };
            ready.push(rtp::Packet { header, payload: Bytes::copy_from_slice(payload) });
        });
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::{FrameKind, Ssrc};

    use super::*;

    #[test]
    fn layers_of_one_picture_have_one_stamp_and_numbers_of_their_own() {
        let numbers =
            CameraNumbers { seq: [5, 50, 500].map(AtomicU16::new), latest: Mutex::default() };
        let mut packets = packets(&numbers);
        let picture = EncodedVideo {
            payload: Bytes::from_static(&[0, 0, 0, 1, 0x65, 1, 2, 3]),
            timestamp: MediaTime(9_000),
            kind: FrameKind::Key,
        };
        for layer in [LayerName::Hi, LayerName::Low, LayerName::Hi] {
            packets.write(clock::now(), layer, &picture);
        }
        let sent = packets.ready.iter().map(|packet| &packet.header);
        let sent: Vec<_> = sent
            .map(|header| {
                let layer = packets.streams.layer_of(Ssrc(header.ssrc)).unwrap();
                (layer, header.sequence_number, header.timestamp)
            })
            .collect();
        let expected = [(LayerName::Hi, 500), (LayerName::Low, 5), (LayerName::Hi, 501)];
        assert_eq!(sent, expected.map(|(layer, number)| (layer, number, 9_000)));
    }

    fn packets(numbers: &CameraNumbers) -> Packets<'_> {
        let packetizer = H264Packetizer::new(MAX_PAYLOAD);
        let streams = LocalStreams::draw();
        Packets { streams, numbers, shift: None, packetizer, ready: Vec::new() }
    }

    #[test]
    fn another_camera_goes_on_where_the_one_before_ended() {
        let numbers =
            CameraNumbers { seq: [u16::MAX, 7, 7].map(AtomicU16::new), latest: Mutex::default() };
        let picture = |stamp| EncodedVideo {
            payload: Bytes::from_static(&[0, 0, 0, 1, 0x65, 1, 2, 3]),
            timestamp: MediaTime(stamp),
            kind: FrameKind::Key,
        };
        let mut now = clock::now();
        let mut sent = Vec::new();
        for stamps in [[9_000, 12_000], [500, 3_500]] {
            let mut packets = packets(&numbers);
            for stamp in stamps {
                packets.write(now, LayerName::Low, &picture(stamp));
                now += Duration::from_millis(100);
            }
            sent.extend(
                packets
                    .ready
                    .iter()
                    .map(|packet| (packet.header.sequence_number, packet.header.timestamp)),
            );
        }
        assert_eq!(sent, [(65_535, 9_000), (0, 12_000), (1, 21_000), (2, 24_000)]);
    }
}
