//! The own voice and everybody else's: where they come from and go to, whatever connection carries them.

mod input;
mod mixed;
mod packet;
#[cfg(any(not(feature = "opus"), test))]
mod plain;
#[cfg(feature = "opus")]
mod processing;
#[cfg(test)]
mod script;
#[cfg(feature = "opus")]
mod voice;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

#[cfg(feature = "opus")]
use carillon_frame::{AudioFrame, AudioSink};
use carillon_frame::{EncodedAudio, EncodedAudioSink};
#[cfg(feature = "opus")]
use carillon_media::pipeline::audio_send::AudioProfile;
#[cfg(feature = "opus")]
use carillon_media::processing::AudioProcessor;

use self::input::Input;
pub use self::input::{AudioInput, InputKind};
pub(crate) use self::input::{Captured, Origin, Room};
pub use self::mixed::MixedAudioSource;
#[cfg(not(feature = "opus"))]
pub(crate) use self::plain::PlainStream as VoiceStream;
#[cfg(feature = "opus")]
pub(crate) use self::processing::Processing;
#[cfg(feature = "opus")]
pub(crate) use self::voice::VoiceStream;
use crate::containment::contained;
use crate::shared::lock;

#[cfg(feature = "opus")]
const PROCESSOR: &str = "an audio processor";

/// Where the meeting's sound goes.
pub enum AudioOutput {
    /// A speaker, a file, a meter: 20 ms every 20 ms.
    #[cfg(feature = "opus")]
    Sound(Box<dyn AudioSink>),
    /// The Opus packets as they arrive: in the order of arrival, lost ones missing.
    Encoded(Box<dyn EncodedAudioSink>),
}

impl std::fmt::Debug for AudioOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "opus")]
            Self::Sound(_) => "Sound",
            Self::Encoded(_) => "Encoded",
        })
    }
}

/// Names an output, to remove it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioOutputId(u64);

/// What became of the sound that arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VoiceFigures {
    /// Sound made up where nothing was there.
    pub(crate) made_up: Duration,
    /// How long sound waits before it is played.
    pub(crate) delay: Duration,
    /// How loud the last sound was that was sent, and that was played, 0 to 1.
    pub(crate) sent_level: f32,
    pub(crate) played_level: f32,
}

/// The ends of the sound, which outlive connections.
pub(crate) struct AudioIo {
    input: Mutex<Input>,
    outputs: Mutex<Vec<(AudioOutputId, AudioOutput)>>,
    next_output: AtomicU64,
    muted: AtomicBool,
    ended: AtomicBool,
    #[cfg(feature = "opus")]
    profile: Mutex<AudioProfile>,
    #[cfg(feature = "opus")]
    processing: Mutex<Processing>,
}

impl AudioIo {
    pub(crate) fn new() -> Self {
        Self {
            input: Mutex::default(),
            outputs: Mutex::default(),
            next_output: AtomicU64::new(1),
            muted: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            #[cfg(feature = "opus")]
            profile: Mutex::new(AudioProfile::Default),
            #[cfg(feature = "opus")]
            processing: Mutex::default(),
        }
    }

    pub(crate) fn set_input(&self, input: AudioInput, origin: Origin) {
        let before = std::mem::replace(&mut *lock(&self.input), Input::new(input, origin));
        self.ended.store(false, Ordering::Relaxed);
        // Releasing a device may take its time, in which others need the lock.
        drop(before);
    }

    pub(crate) fn input_kind(&self) -> InputKind {
        lock(&self.input).kind()
    }

    /// Whether a source of the application came to its end since the last call.
    pub(crate) fn take_ended(&self) -> bool {
        self.ended.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn add_output(&self, output: AudioOutput) -> AudioOutputId {
        let id = AudioOutputId(self.next_output.fetch_add(1, Ordering::Relaxed));
        lock(&self.outputs).push((id, output));
        id
    }

    pub(crate) fn remove_output(&self, id: AudioOutputId) -> bool {
        let removed = {
            let mut outputs = lock(&self.outputs);
            let position = outputs.iter().position(|(known, _)| *known == id);
            position.map(|position| outputs.remove(position))
        };
        removed.is_some()
    }

    pub(crate) fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    pub(crate) fn is_muted(&self) -> bool {
        self.muted.load(Ordering::Relaxed)
    }

    /// The next 20 ms of the own voice. A source runs on while it is muted, so that unmuting is at once.
    fn capture(&self, room: &mut Room) -> Captured {
        let (captured, ended) = lock(&self.input).capture(room);
        if let Some(ended) = ended {
            self.ended.store(ended.origin == Origin::Application, Ordering::Relaxed);
        }
        if self.is_muted() && !matches!(captured, Captured::Covered) {
            return Captured::Silence;
        }
        captured
    }

    fn take_encoded(&self, packet: &EncodedAudio) {
        self.hand_out(|output| match output {
            AudioOutput::Encoded(sink) => sink.take(packet),
            #[cfg(feature = "opus")]
            AudioOutput::Sound(_) => {}
        });
    }

    /// Gives something to every output; one that panics is taken off.
    fn hand_out(&self, mut give: impl FnMut(&mut AudioOutput)) {
        lock(&self.outputs)
            .retain_mut(|(_, output)| contained("an audio output", || give(output)).is_some());
    }

    fn wants_encoded(&self) -> bool {
        lock(&self.outputs).iter().any(|(_, output)| matches!(output, AudioOutput::Encoded(_)))
    }
}

/// What only sound that is encoded here has.
#[cfg(feature = "opus")]
impl AudioIo {
    pub(crate) fn set_profile(&self, profile: AudioProfile) {
        *lock(&self.profile) = profile;
    }

    pub(crate) fn profile(&self) -> AudioProfile {
        *lock(&self.profile)
    }

    pub(crate) fn change_processing(&self, change: impl FnOnce(&mut Processing)) {
        change(&mut lock(&self.processing));
    }

    fn process(&self, frame: &mut AudioFrame) {
        self.with_processor(|processor| processor.process_capture(frame));
    }

    /// Plays the next 20 ms of everybody else.
    fn play(&self, frame: &AudioFrame) {
        self.with_processor(|processor| processor.analyse_render(frame));
        self.hand_out(|output| match output {
            AudioOutput::Sound(sink) => sink.play(frame),
            AudioOutput::Encoded(_) => {}
        });
    }

    /// Calls the processor, if there is one; one that panics is taken out.
    fn with_processor(&self, call: impl FnOnce(&mut dyn AudioProcessor)) {
        let mut held = lock(&self.processing);
        if let Some(processor) = held.processor()
            && contained(PROCESSOR, || call(processor)).is_none()
        {
            *held = Processing::Nothing;
        }
    }
}

impl std::fmt::Debug for AudioIo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioIo")
            .field("input", &self.input_kind())
            .field("muted", &self.is_muted())
            .finish_non_exhaustive()
    }
}
