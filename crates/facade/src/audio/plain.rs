//! Sound over one connection without a codec: packets that are encoded already go out, and come in as they arrive.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use carillon_frame::{EncodedAudio, MediaTime, SeqNo};
use carillon_rtp::AudioFormat;
use carillon_rtp::payload::opus::OpusPacket;
use rand::Rng as _;
use rtc::rtp;

use super::packet::{Head, received};
use super::{AudioIo, Captured, Room, VoiceFigures};
use crate::media_link::{LocalStreams, MediaPacket, codecs};

/// Twenty milliseconds of silence in Opus: CELT over the full band, one mono frame (RFC 6716 section 3.1), in the fewest
/// octets that are sound and not the sign of a pause.
const SILENCE: &[u8] = &[0xf8, 0xff, 0xfe];

/// How long that lasts.
const SILENCE_TICKS: u32 = 960;

/// How far a source may jump ahead in its own time and be followed: 10 s, the longest pause between two sentences.
///
/// A longer jump is another clock, and following it would let the listener's clock jump as well.
const LONGEST_PAUSE: u32 = 480_000;

/// The voice of one connection. Packets carry no level, which nobody knows here, and no copies of earlier ones.
#[derive(Debug)]
pub(crate) struct PlainStream {
    io: Arc<AudioIo>,
    ssrc: u32,
    seq: SeqNo,
    /// When the next packet begins.
    next: MediaTime,
    /// When the source's next packet begins, by its own clock.
    source_next: Option<MediaTime>,
    is_silent: bool,
}

#[cfg_attr(feature = "opus", expect(dead_code, reason = "with a codec, only tests speak plainly"))]
impl PlainStream {
    /// # Errors
    /// None; a stream with a codec has some.
    pub(crate) fn new(
        io: Arc<AudioIo>,
        streams: LocalStreams,
    ) -> Result<Self, std::convert::Infallible> {
        let mut rng = rand::rng();
        Ok(Self {
            io,
            ssrc: streams.voice.0,
            seq: SeqNo(rng.random()),
            next: MediaTime(rng.random()),
            source_next: None,
            is_silent: true,
        })
    }

    /// The packet of the next 20 ms, if one is to be sent.
    pub(crate) fn next_packet(&mut self) -> Option<rtp::Packet> {
        match self.io.capture(&mut Room::default()) {
            Captured::Packet(packet) => self.pass_on(packet),
            Captured::Silence => Some(self.say_nothing()),
            Captured::Covered => None,
            // Only a source without a codec is asked here.
            #[cfg(feature = "opus")]
            Captured::Mono | Captured::Stereo => Some(self.say_nothing()),
        }
    }

    /// Takes a packet of the mix.
    pub(crate) fn handle_packet(&self, packet: &MediaPacket) {
        let Some(format) = codecs::audio_format(packet.payload_type) else { return };
        if self.io.wants_encoded()
            && let Some(sound) = received(packet, format)
        {
            self.io.take_encoded(&sound);
        }
    }

    /// Nothing is played where nothing is decoded.
    pub(crate) fn play(&self, _now: Instant) {}

    /// Nothing adapts: packets are sent as they are.
    pub(crate) fn adapt(&self, _loss: f32) {}

    pub(crate) fn figures(&self) -> VoiceFigures {
        VoiceFigures::default()
    }

    /// What is no Opus packet is left out, as if the source had had nothing.
    fn pass_on(&mut self, packet: EncodedAudio) -> Option<rtp::Packet> {
        let ticks = OpusPacket::parse(&packet.payload)?.ticks();
        let expected = self.source_next.unwrap_or(packet.timestamp);
        let pause = u32::try_from(packet.timestamp.distance_from(expected)).unwrap_or(0);
        self.source_next = Some(packet.timestamp.wrapping_add(ticks));
        if pause <= LONGEST_PAUSE {
            self.next = self.next.wrapping_add(pause);
        }
        Some(self.packet(packet.payload, ticks))
    }

    fn say_nothing(&mut self) -> rtp::Packet {
        // It takes its time from the pause that the source makes.
        self.source_next = self.source_next.map(|next| next.wrapping_add(SILENCE_TICKS));
        let packet = self.packet(Bytes::from_static(SILENCE), SILENCE_TICKS);
        self.is_silent = true;
        packet
    }

    fn packet(&mut self, payload: Bytes, ticks: u32) -> rtp::Packet {
        let head = Head {
            ssrc: self.ssrc,
            seq: self.seq,
            timestamp: self.next,
            format: AudioFormat::Opus,
            starts_talking: std::mem::take(&mut self.is_silent),
            level: None,
        };
        self.seq = self.seq.next();
        self.next = self.next.wrapping_add(ticks);
        head.packet(payload)
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::Captured as Asked;

    use super::super::script::Script;
    use super::super::{AudioInput, Origin};
    use super::*;

    fn sound(octet: u8, timestamp: u32) -> Asked<EncodedAudio> {
        let payload = vec![0xfc, octet, octet].into();
        Asked::Frame(EncodedAudio { payload, timestamp: MediaTime(timestamp), ticks: 960 })
    }

    fn stream(script: Vec<Asked<EncodedAudio>>) -> PlainStream {
        let io = Arc::new(AudioIo::new());
        io.set_input(AudioInput::Encoded(Box::new(Script(script))), Origin::Application);
        PlainStream {
            io,
            ssrc: 7,
            seq: SeqNo(65_535),
            next: MediaTime(100),
            source_next: None,
            is_silent: true,
        }
    }

    fn sent(stream: &mut PlainStream, count: usize) -> Vec<(u16, u32, u8)> {
        let packets = std::iter::from_fn(|| stream.next_packet()).take(count);
        packets.map(|p| (p.header.sequence_number, p.header.timestamp, p.payload[1])).collect()
    }

    #[test]
    fn packets_go_out_on_the_streams_own_clock_and_silence_fills_pauses() {
        let script = vec![
            sound(1, 5_000),
            sound(2, 5_960),
            Asked::Nothing,
            // The pause was 40 ms, of which 20 ms were sent as silence.
            sound(3, 5_960 + 960 + 1_920),
            // Another clock.
            sound(4, 4_000_000_000),
        ];
        let mut stream = stream(script);
        let expected = [
            (65_535, 100, 1),
            (0, 1_060, 2),
            (1, 2_020, 0xff),
            (2, 3_940, 3),
            (3, 4_900, 4),
            (4, 5_860, 0xff),
        ];
        assert_eq!(sent(&mut stream, 6), expected);
        assert!(stream.io.take_ended() && !stream.io.take_ended());
    }

    #[test]
    fn what_is_no_opus_is_left_out_and_who_is_muted_sends_silence() {
        let nonsense = EncodedAudio { payload: Bytes::new(), timestamp: MediaTime(0), ticks: 960 };
        let mut stream = stream(vec![Asked::Frame(nonsense), sound(1, 0), sound(2, 960)]);
        assert!(stream.next_packet().is_none());
        stream.io.set_muted(true);
        assert_eq!(sent(&mut stream, 1), [(65_535, 100, 0xff)]);
        stream.io.set_muted(false);
        assert_eq!(sent(&mut stream, 1), [(0, 1_060, 2)]);
    }
}
