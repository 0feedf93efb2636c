//! Opus (RFC 6716 section 3, RFC 7587).

/// The longest sound in one packet, in ticks of 48 kHz: 120 ms (RFC 6716 section 3.2.5).
const MAX_TICKS: u32 = 5_760;

/// The longest packet that an encoder writes to say that nothing changed (RFC 6716 section 2.1.9).
const MAX_UNCHANGED_SIZE: usize = 2;

/// The last configuration that codes speech by prediction, alone or with music above it; only those have coarse copies.
const LAST_WITH_SPEECH: u8 = 15;

const STEREO: u8 = 0x04;
const CODE_MASK: u8 = 0x03;
const COUNT_MASK: u8 = 0x3f;

/// How many channels a packet is coded with; any decoder turns either into what it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpusChannels {
    /// One.
    Mono,
    /// Two.
    Stereo,
}

/// What the first octets of an Opus packet say about the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusPacket {
    /// How long each frame lasts, in ticks of 48 kHz.
    pub frame_ticks: u32,
    /// How many frames there are.
    pub frames: u8,
    /// How many channels they are coded with.
    pub channels: OpusChannels,
    /// Whether the encoder says only that the silence goes on.
    pub unchanged: bool,
    /// Whether it carries a coarse copy of the packet before (RFC 6716 section 4.2.5).
    pub repeats: bool,
}

impl OpusPacket {
    /// Reads the start of `payload`, if it is a packet that a decoder could take.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let toc = *payload.first()?;
        let frames = match toc & CODE_MASK {
            0 => 1,
            1 | 2 => 2,
            _ => payload.get(1)? & COUNT_MASK,
        };
        let packet = Self {
            frame_ticks: frame_ticks(toc >> 3),
            frames,
            channels: if toc & STEREO == 0 { OpusChannels::Mono } else { OpusChannels::Stereo },
            unchanged: payload.len() <= MAX_UNCHANGED_SIZE,
            repeats: payload.get(1).is_some_and(|first| repeats(toc, *first)),
        };
        Some(packet).filter(|packet| (1..=MAX_TICKS).contains(&packet.ticks()))
    }

    /// How long the packet lasts, in ticks of 48 kHz.
    #[must_use]
    pub fn ticks(&self) -> u32 {
        self.frame_ticks.saturating_mul(u32::from(self.frames))
    }
}

/// Whether a packet carries a coarse copy of the one before, by the first octet of its first frame.
///
/// Speech begins with a bit for each 20 ms, which tells of a voice in them, and one for the copy, for each channel (RFC 6716 section 4.2.3).
/// In packets that say how long their frames are that octet lies elsewhere; no client sends such, and they count as having no copy.
const fn repeats(toc: u8, first: u8) -> bool {
    let configuration = toc >> 3;
    if configuration > LAST_WITH_SPEECH || toc & CODE_MASK > 1 {
        return false;
    }
    let voices = frame_ticks(configuration).div_ceil(960);
    let mono = first << voices & 0x80 != 0;
    let side = toc & STEREO != 0 && first << (2 * voices + 1) & 0x80 != 0;
    mono || side
}

/// How long the frames of a configuration last (RFC 6716 section 3.1, table 2).
const fn frame_ticks(configuration: u8) -> u32 {
    match configuration {
        // SILK: 10, 20, 40 and 60 ms.
        0 | 4 | 8 => 480,
        1 | 5 | 9 => 960,
        2 | 6 | 10 => 1_920,
        3 | 7 | 11 => 2_880,
        // Hybrid: 10 and 20 ms.
        12 | 14 => 480,
        13 | 15 => 960,
        // CELT: 2.5, 5, 10 and 20 ms.
        other => match other & 0x03 {
            0 => 120,
            1 => 240,
            2 => 480,
            _ => 960,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_packet_is_one_frame_of_20_ms() {
        let packet = OpusPacket::parse(&[0xfc, 1, 2, 3]).unwrap();
        assert_eq!((packet.frames, packet.frame_ticks, packet.ticks()), (1, 960, 960));
        assert_eq!(packet.channels, OpusChannels::Stereo);
        assert!(!packet.unchanged);
        assert_eq!(OpusPacket::parse(&[0x78, 1, 2]).unwrap().channels, OpusChannels::Mono);
    }

    #[test]
    fn every_mode_has_its_durations() {
        let ticks =
            |configuration: u8| OpusPacket::parse(&[configuration << 3, 0, 0]).unwrap().ticks();
        assert_eq!([0, 1, 2, 3].map(ticks), [480, 960, 1_920, 2_880]);
        assert_eq!([12, 13, 14, 15].map(ticks), [480, 960, 480, 960]);
        assert_eq!([28, 29, 30, 31].map(ticks), [120, 240, 480, 960]);
    }

    #[test]
    fn frames_are_counted_by_every_code() {
        assert_eq!(OpusPacket::parse(&[0xf9, 0, 0]).unwrap().ticks(), 1_920);
        assert_eq!(OpusPacket::parse(&[0xfa, 0, 0]).unwrap().ticks(), 1_920);
        assert_eq!(OpusPacket::parse(&[0xfb, 6, 0]).unwrap().ticks(), 5_760);
    }

    #[test]
    fn a_packet_of_two_octets_says_that_silence_goes_on() {
        assert!(OpusPacket::parse(&[0xf8]).unwrap().unchanged);
        assert!(OpusPacket::parse(&[0xf8, 0xff]).unwrap().unchanged);
    }

    #[test]
    fn a_coarse_copy_of_the_packet_before_is_told_by_the_first_bits_of_speech() {
        let repeats = |toc, first| OpusPacket::parse(&[toc, first, 0]).unwrap().repeats;
        // 20 ms of hybrid speech: a voice, then the copy.
        assert_eq!([0x80, 0x40, 0xc0].map(|first| repeats(0x78, first)), [false, true, true]);
        // 60 ms: three voices before the copy.
        assert_eq!([0xe0, 0x10].map(|first| repeats(0x18, first)), [false, true]);
        // Of stereo either channel may have one.
        assert_eq!([0xa0, 0x40, 0x10].map(|first| repeats(0x7c, first)), [false, true, true]);
        assert!(!repeats(0xf8, 0xff), "music has none");
        assert!(!OpusPacket::parse(&[0x78]).unwrap().repeats);
    }

    #[test]
    fn packets_no_decoder_takes_are_refused() {
        for payload in [&[][..], &[0xfb], &[0xfb, 0], &[0xfb, 7, 0], &[0x1b, 3, 0]] {
            assert_eq!(OpusPacket::parse(payload), None, "{payload:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_packet_lasts_at_most_120_ms(bytes in prop::collection::vec(any::<u8>(), 0..8)) {
            if let Some(packet) = OpusPacket::parse(&bytes) {
                prop_assert!((120..=MAX_TICKS).contains(&packet.ticks()));
            }
        }
    }
}
