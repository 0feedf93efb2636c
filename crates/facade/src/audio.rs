//! The own voice and everybody else's: where they come from and go to, whatever connection carries them.

mod voice;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use carillon_frame::{
    AudioFrame, AudioSink, AudioSource, EncodedAudio, EncodedAudioSink, EncodedAudioSource,
};
use carillon_media::pipeline::audio_send::AudioProfile;
#[cfg(feature = "opus")]
use carillon_media::processing::AudioProcessor;

pub(crate) use self::voice::VoiceStream;
use crate::containment::contained;

/// What a source is called when it breaks.
const INPUT: &str = "an audio input";
#[cfg(feature = "opus")]
const PROCESSOR: &str = "an audio processor";

/// Where a session's own sound comes from.
pub enum AudioInput {
    /// Nowhere: silence is sent.
    Silence,
    /// A microphone, a file, a tone: sound to be encoded.
    #[cfg(feature = "opus")]
    Sound(Box<dyn AudioSource>),
    /// Opus packets of 20 ms that are encoded already.
    Encoded(Box<dyn EncodedAudioSource>),
}

impl std::fmt::Debug for AudioInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Silence => "Silence",
            #[cfg(feature = "opus")]
            Self::Sound(_) => "Sound",
            Self::Encoded(_) => "Encoded",
        })
    }
}

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

/// The ends of the sound, which outlive connections.
pub(crate) struct AudioIo {
    input: Mutex<AudioInput>,
    outputs: Mutex<Vec<(AudioOutputId, AudioOutput)>>,
    next_output: AtomicU64,
    muted: AtomicBool,
    profile: Mutex<AudioProfile>,
    #[cfg(feature = "opus")]
    processor: Mutex<Option<Box<dyn AudioProcessor>>>,
}

impl AudioIo {
    pub(crate) fn new() -> Self {
        Self {
            input: Mutex::new(AudioInput::Silence),
            outputs: Mutex::default(),
            next_output: AtomicU64::new(1),
            muted: AtomicBool::new(false),
            profile: Mutex::new(AudioProfile::Default),
            #[cfg(feature = "opus")]
            processor: Mutex::new(None),
        }
    }

    pub(crate) fn set_input(&self, input: AudioInput) {
        *lock(&self.input) = input;
    }

    pub(crate) fn add_output(&self, output: AudioOutput) -> AudioOutputId {
        let id = AudioOutputId(self.next_output.fetch_add(1, Ordering::Relaxed));
        lock(&self.outputs).push((id, output));
        id
    }

    pub(crate) fn remove_output(&self, id: AudioOutputId) -> bool {
        let mut outputs = lock(&self.outputs);
        let before = outputs.len();
        outputs.retain(|(known, _)| *known != id);
        outputs.len() < before
    }

    pub(crate) fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    pub(crate) fn is_muted(&self) -> bool {
        self.muted.load(Ordering::Relaxed)
    }

    pub(crate) fn set_profile(&self, profile: AudioProfile) {
        *lock(&self.profile) = profile;
    }

    pub(crate) fn profile(&self) -> AudioProfile {
        *lock(&self.profile)
    }

    #[cfg(feature = "opus")]
    pub(crate) fn set_processor(&self, processor: Option<Box<dyn AudioProcessor>>) {
        *lock(&self.processor) = processor;
    }

    /// The next 20 ms of the own voice. A source runs on while it is muted, so that unmuting is at once.
    fn capture(&self, frame: &mut AudioFrame) -> Captured {
        use carillon_frame::Captured as From;
        *frame = AudioFrame::SILENCE;
        let mut input = lock(&self.input);
        let (captured, ended) = match &mut *input {
            AudioInput::Silence => (Captured::Sound, false),
            #[cfg(feature = "opus")]
            AudioInput::Sound(source) => match contained(INPUT, || source.next_frame(frame)) {
                Some(From::Frame(()) | From::Nothing) => (Captured::Sound, false),
                Some(From::Ended) | None => (Captured::Sound, true),
            },
            AudioInput::Encoded(source) => match contained(INPUT, || source.next_packet()) {
                Some(From::Frame(packet)) => (Captured::Packet(packet), false),
                Some(From::Nothing) => (Captured::Sound, false),
                Some(From::Ended) | None => (Captured::Sound, true),
            },
        };
        if ended {
            *input = AudioInput::Silence;
        }
        drop(input);
        if self.is_muted() {
            *frame = AudioFrame::SILENCE;
            return Captured::Sound;
        }
        self.process(frame);
        captured
    }

    #[cfg(feature = "opus")]
    fn process(&self, frame: &mut AudioFrame) {
        let mut held = lock(&self.processor);
        if let Some(processor) = held.as_mut()
            && contained(PROCESSOR, || processor.process_capture(frame)).is_none()
        {
            *held = None;
        }
    }

    #[cfg(not(feature = "opus"))]
    #[expect(clippy::unused_self, reason = "without a codec there is no sound to process")]
    const fn process(&self, _frame: &mut AudioFrame) {}

    /// Plays the next 20 ms of everybody else.
    #[cfg(feature = "opus")]
    fn play(&self, frame: &AudioFrame) {
        let mut held = lock(&self.processor);
        if let Some(processor) = held.as_mut()
            && contained(PROCESSOR, || processor.analyse_render(frame)).is_none()
        {
            *held = None;
        }
        drop(held);
        self.hand_out(|output| match output {
            AudioOutput::Sound(sink) => sink.play(frame),
            AudioOutput::Encoded(_) => {}
        });
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

impl std::fmt::Debug for AudioIo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioIo")
            .field("input", &*lock(&self.input))
            .field("muted", &self.is_muted())
            .finish_non_exhaustive()
    }
}

/// What came of the own input.
enum Captured {
    /// The frame that was written.
    Sound,
    /// A packet that is encoded already.
    Packet(EncodedAudio),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
