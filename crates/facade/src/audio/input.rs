//! Where the own sound comes from, asked every 20 ms.

#[cfg(feature = "opus")]
use carillon_frame::{AudioFrame, AudioSource, StereoAudioSource, StereoFrame};
use carillon_frame::{Captured as Asked, EncodedAudio, EncodedAudioSource, FRAME_SAMPLES};

use crate::containment::contained;

/// What a source is called when it breaks.
const SOURCE: &str = "an audio input";

/// Ticks of the 48 kHz clock between two questions.
const FRAME_TICKS: u32 = 960;
const _: () = assert!(FRAME_TICKS as usize == FRAME_SAMPLES);

/// The longest packet that Opus knows (RFC 6716 section 3.2.5), in ticks: a source that claims more is not believed.
const LONGEST_PACKET: u32 = 5_760;

/// Where a session's own sound comes from.
pub enum AudioInput {
    /// Nowhere: silence is sent.
    Silence,
    /// A microphone, a file, a tone: sound to be encoded.
    #[cfg(feature = "opus")]
    Sound(Box<dyn AudioSource>),
    /// Music in stereo, to be encoded: choose [`AudioProfile::FullbandMusicStereo`](crate::AudioProfile) for it.
    ///
    /// It is sent as it is, without voice processing. The service mixes in mono: a recorder of this attendee's own
    /// packets gets both sides, listeners of the mix their mean.
    #[cfg(feature = "opus")]
    Stereo(Box<dyn StereoAudioSource>),
    /// Opus packets of 20 ms or more that are encoded already.
    Encoded(Box<dyn EncodedAudioSource>),
}

impl AudioInput {
    /// Of which kind it is.
    #[must_use]
    pub const fn kind(&self) -> InputKind {
        match self {
            Self::Silence => InputKind::Silence,
            #[cfg(feature = "opus")]
            Self::Sound(_) => InputKind::Sound,
            #[cfg(feature = "opus")]
            Self::Stereo(_) => InputKind::Stereo,
            Self::Encoded(_) => InputKind::Encoded,
        }
    }
}

impl std::fmt::Debug for AudioInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind().fmt(f)
    }
}

/// What kind of input is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InputKind {
    /// None: silence is sent.
    Silence,
    /// Sound to be encoded.
    Sound,
    /// Sound in stereo to be encoded.
    Stereo,
    /// Packets that are encoded already.
    Encoded,
}

/// Who opened the source, and so is told by whom that it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The application.
    Application,
    /// The device controller, which watches its devices itself.
    #[cfg(feature = "devices")]
    Device,
}

/// A source came to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) origin: Origin,
}

/// Where sound is written to.
#[derive(Debug, Default)]
pub(crate) struct Room {
    #[cfg(feature = "opus")]
    pub(super) mono: Box<AudioFrame>,
    #[cfg(feature = "opus")]
    pub(super) stereo: Box<StereoFrame>,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Captured {
    /// Nothing to be heard.
    Silence,
    /// The mono frame was written.
    #[cfg(feature = "opus")]
    Mono,
    /// The stereo frame was written.
    #[cfg(feature = "opus")]
    Stereo,
    /// A packet that is encoded already.
    Packet(EncodedAudio),
    /// Nothing, and nothing is missing: the packet before lasts longer than 20 ms.
    Covered,
}

/// A source in use.
#[derive(Debug)]
pub(super) struct Input {
    source: AudioInput,
    origin: Origin,
    /// For how many ticks the packets sent so far still last.
    covered: u32,
}

impl Default for Input {
    fn default() -> Self {
        Self::new(AudioInput::Silence, Origin::Application)
    }
}

impl Input {
    pub(super) const fn new(source: AudioInput, origin: Origin) -> Self {
        Self { source, origin, covered: 0 }
    }

    pub(super) const fn kind(&self) -> InputKind {
        self.source.kind()
    }

    /// Asks for the next 20 ms. A source that ends leaves silence behind.
    pub(super) fn capture(&mut self, room: &mut Room) -> (Captured, Option<Ended>) {
        // A source that panics has come to its end.
        let asked = contained(SOURCE, || self.ask(room)).unwrap_or(Asked::Ended);
        match asked {
            Asked::Frame(captured) => (self.cover(captured), None),
            Asked::Nothing => (self.pause(), None),
            Asked::Ended => {
                let ended = Ended { origin: self.origin };
                *self = Self::default();
                (Captured::Silence, Some(ended))
            }
        }
    }

    #[cfg_attr(not(feature = "opus"), expect(unused_variables, reason = "frames need a codec"))]
    fn ask(&mut self, room: &mut Room) -> Asked<Captured> {
        match &mut self.source {
            AudioInput::Silence => Asked::Nothing,
            #[cfg(feature = "opus")]
            AudioInput::Sound(source) => {
                *room.mono = AudioFrame::SILENCE;
                match source.next_frame(&mut room.mono) {
                    // A microphone that is late is silent, and processed like any other.
                    Asked::Frame(()) | Asked::Nothing => Asked::Frame(Captured::Mono),
                    Asked::Ended => Asked::Ended,
                }
            }
            #[cfg(feature = "opus")]
            AudioInput::Stereo(source) => match source.next_frame(&mut room.stereo) {
                Asked::Frame(()) => Asked::Frame(Captured::Stereo),
                Asked::Nothing => Asked::Nothing,
                Asked::Ended => Asked::Ended,
            },
            AudioInput::Encoded(source) => match source.next_packet() {
                Asked::Frame(packet) => Asked::Frame(Captured::Packet(packet)),
                Asked::Nothing => Asked::Nothing,
                Asked::Ended => Asked::Ended,
            },
        }
    }

    fn cover(&mut self, captured: Captured) -> Captured {
        if let Captured::Packet(packet) = &captured {
            let more = packet.ticks.min(LONGEST_PACKET).saturating_sub(FRAME_TICKS);
            self.covered = self.covered.saturating_add(more).min(LONGEST_PACKET);
        }
        captured
    }

    const fn pause(&mut self) -> Captured {
        match self.covered.checked_sub(FRAME_TICKS) {
            Some(left) => {
                self.covered = left;
                Captured::Covered
            }
            None => Captured::Silence,
        }
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::MediaTime;

    use super::super::script::Script;
    use super::*;

    #[test]
    fn a_long_packet_covers_its_whole_time_and_only_then_there_is_silence() {
        let packet = EncodedAudio {
            payload: vec![0x18, 1, 2].into(),
            timestamp: MediaTime(0),
            ticks: 2_880,
        };
        let mut script = vec![Asked::Frame(packet)];
        script.extend([const { Asked::Nothing }; 4]);
        let source = AudioInput::Encoded(Box::new(Script(script)));
        let mut input = Input::new(source, Origin::Application);
        let mut told = Vec::new();
        for _ in 0..6 {
            let (captured, ended) = input.capture(&mut Room::default());
            let is_packet = matches!(captured, Captured::Packet(_));
            let is_covered = matches!(captured, Captured::Covered);
            told.push(match (is_packet, is_covered, ended) {
                (true, ..) => "packet",
                (_, true, _) => "covered",
                (.., Some(_)) => "ended",
                (.., None) => "silence",
            });
        }
        assert_eq!(told, ["packet", "covered", "covered", "silence", "silence", "ended"]);
        assert_eq!(input.kind(), InputKind::Silence);
    }
}
