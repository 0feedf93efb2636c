//! From encoded pictures to packets, spread over time so that a large picture does not hold up the voice.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carillon_frame::{ClockRate, EncodedVideo, MediaTime, SeqNo};
use carillon_rtp::payload::h264::{H264Packetizer, PayloadPlace};
use rand::Rng as _;
use rtc::rtp;
use tokio::sync::mpsc;

use crate::camera::CameraControl;
use crate::clock;
use crate::media_link::codecs::H264;
use crate::media_link::{LocalStreams, Outlet};
use crate::shared::lock;

/// Octets of payload in one packet: with all headers it fits 1,280, the least that IPv6 carries whole (RFC 8200).
const MAX_PAYLOAD: usize = 1_150;

/// How much faster than on average the packets of one picture may leave: GCC's pacing factor (draft-ietf-rmcat-gcc-02
/// section 4).
const BURST_FACTOR: u64 = 2;

/// How far packets may run ahead of that pace; timers are not finer than this by much.
const AHEAD: Duration = Duration::from_millis(5);

/// How far the stream of a link's camera has come.
///
/// To the other side one camera after another is one stream: numbers that jump back look like packets played again, and
/// are dropped.
#[derive(Debug)]
pub(crate) struct StreamPlace {
    next: SeqNo,
    latest: Option<(Instant, MediaTime)>,
}

impl StreamPlace {
    pub(crate) fn draw() -> Self {
        Self { next: SeqNo(rand::rng().random()), latest: None }
    }

    fn number(&mut self) -> SeqNo {
        let number = self.next;
        self.next = number.next();
        number
    }

    /// How much later the stream's clock is than that of a camera whose first picture has this time.
    fn shift(&self, now: Instant, first: MediaTime) -> u32 {
        let begin = self.latest.map_or_else(
            || MediaTime(rand::rng().random()),
            |(at, time)| {
                let passed = now.saturating_duration_since(at);
                time.wrapping_add(ClockRate::VIDEO.ticks_in(passed).max(1))
            },
        );
        begin.0.wrapping_sub(first.0)
    }
}

/// Sends the pictures of a camera until it is disconnected or the path closes.
pub(crate) async fn send_pictures(
    mut pictures: mpsc::Receiver<EncodedVideo>,
    control: &CameraControl,
    outlet: Outlet,
    streams: LocalStreams,
    place: &Mutex<StreamPlace>,
) {
    let packetizer = H264Packetizer::new(MAX_PAYLOAD);
    let mut packets = Packets { ssrc: streams.camera.0, packetizer, ready: Vec::new() };
    let mut shift = None;
    while let Some(picture) = pictures.recv().await {
        let now = clock::now();
        let shift = *shift.get_or_insert_with(|| lock(place).shift(now, picture.timestamp));
        let time = picture.timestamp.wrapping_add(shift);
        lock(place).latest = Some((now, time));
        packets.write(&picture, time);
        let bitrate = control.parameters().map_or(1_000_000, |parameters| parameters.bitrate.bps());
        let octets_per_second = bitrate.saturating_mul(BURST_FACTOR).max(8) / 8;
        let mut ahead = Duration::ZERO;
        for mut packet in packets.ready.drain(..) {
            let octets = u64::try_from(packet.payload.len()).unwrap_or(0);
            // Only what leaves has a number, since the other side waits for those that are missing.
            packet.header.sequence_number = lock(place).number().0;
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

/// Writes the packets of pictures; their numbers come when they leave.
struct Packets {
    ssrc: u32,
    packetizer: H264Packetizer,
    ready: Vec<rtp::Packet>,
}

impl Packets {
    fn write(&mut self, picture: &EncodedVideo, time: MediaTime) {
        let Self { ssrc, packetizer, ready } = self;
        packetizer.packetize(&picture.payload, |payload, place| {
            let header = rtp::Header {
                version: 2,
                marker: place == PayloadPlace::Last,
                payload_type: H264,
                timestamp: time.0,
                ssrc: *ssrc,
                ..rtp::Header::default()
            };
            ready.push(rtp::Packet { header, payload: Bytes::copy_from_slice(payload) });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_camera_goes_on_where_the_one_before_stopped() {
        let mut place = StreamPlace { next: SeqNo(65_535), latest: None };
        assert_eq!((place.number(), place.number()), (SeqNo(65_535), SeqNo(0)));
        let start = carillon_testkit::clock::VirtualClock::start().now();
        place.latest = Some((start, MediaTime(1_000)));
        let first = MediaTime(u32::MAX);
        let shift = place.shift(start + Duration::from_secs(1), first);
        assert_eq!(first.wrapping_add(shift), MediaTime(91_000));
        let shift = place.shift(start, first);
        assert_eq!(first.wrapping_add(shift), MediaTime(1_001));
    }
}
