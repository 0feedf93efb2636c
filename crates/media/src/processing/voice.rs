//! Echo cancellation, noise suppression, gain control and a high-pass filter, as conversations want them.

use carillon_frame::{AudioFrame, FRAME_SAMPLES, SAMPLE_RATE};
use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, MaxProcessingRate,
    NoiseSuppression, NoiseSuppressionLevel, Pipeline,
};
use sonora::{AudioProcessing, Config, StreamConfig};

use super::AudioProcessor;

/// The library works on 10 ms at a time.
const HALF_SAMPLES: usize = FRAME_SAMPLES / 2;

/// How much a faint voice is amplified at most: 20 dB.
///
/// The library's 50 would lift a quiet room up to a voice, less leaves those unheard who sit far away.
const LARGEST_GAIN_DB: f32 = 20.0;

/// How much everybody is amplified until their loudness is known: nothing, so that nobody begins too loud.
const FIRST_GAIN_DB: f32 = 0.0;

/// Whether a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is left out, and costs nothing.
    Off,
}

/// What is done to a microphone's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceProcessing {
    /// Takes out what the loudspeaker plays; implies the high-pass filter.
    pub echo_cancellation: Switch,
    /// Takes out fans and streets.
    pub noise_suppression: Switch,
    /// Brings every voice to about the same loudness.
    pub gain_control: Switch,
    /// Takes out what lies below a voice.
    pub high_pass: Switch,
}

impl VoiceProcessing {
    /// Everything, as for a microphone in a room.
    pub const ALL: Self = Self {
        echo_cancellation: Switch::On,
        noise_suppression: Switch::On,
        gain_control: Switch::On,
        high_pass: Switch::On,
    };

    /// Nothing, as for music.
    pub const NONE: Self = Self {
        echo_cancellation: Switch::Off,
        noise_suppression: Switch::Off,
        gain_control: Switch::Off,
        high_pass: Switch::Off,
    };

    fn config(self) -> Config {
        Config {
            // The library's own default keeps nothing above 16 kHz.
            pipeline: Pipeline {
                maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
                ..Pipeline::default()
            },
            echo_canceller: self.echo_cancellation.is_on().then(EchoCanceller::default),
            noise_suppression: self.noise_suppression.is_on().then(|| NoiseSuppression {
                level: NoiseSuppressionLevel::Moderate,
                ..NoiseSuppression::default()
            }),
            gain_controller2: self.gain_control.is_on().then(|| GainController2 {
                adaptive_digital: Some(AdaptiveDigital {
                    initial_gain_db: FIRST_GAIN_DB,
                    max_gain_db: LARGEST_GAIN_DB,
                    ..AdaptiveDigital::default()
                }),
                ..GainController2::default()
            }),
            high_pass_filter: self.high_pass.is_on().then(HighPassFilter::default),
            ..Config::default()
        }
    }
}

impl Switch {
    const fn is_on(self) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// The usual processor of a microphone in a room.
#[derive(Debug)]
pub struct VoiceProcessor {
    library: AudioProcessing,
    steps: VoiceProcessing,
}

impl VoiceProcessor {
    /// Makes a processor that has heard nothing.
    #[must_use]
    pub fn new(steps: VoiceProcessing) -> Self {
        let format = StreamConfig::new(SAMPLE_RATE.hz(), 1);
        let library = AudioProcessing::builder()
            .config(steps.config())
            .capture_config(format)
            .render_config(format)
            .build();
        Self { library, steps }
    }

    /// What is done.
    #[must_use]
    pub const fn steps(&self) -> VoiceProcessing {
        self.steps
    }

    /// Does something else from the next frame on; what is switched on learns anew.
    pub fn set_steps(&mut self, steps: VoiceProcessing) {
        if self.steps != steps {
            self.steps = steps;
            self.library.apply_config(steps.config());
        }
    }
}

impl AudioProcessor for VoiceProcessor {
    fn process_capture(&mut self, frame: &mut AudioFrame) {
        let mut processed = [0; HALF_SAMPLES];
        for half in frame.samples_mut().chunks_exact_mut(HALF_SAMPLES) {
            // The library refuses formats only, and this one is fixed: what it did not take stays as it is.
            if self.library.process_capture_i16(half, &mut processed).is_ok() {
                half.copy_from_slice(&processed);
            }
        }
    }

    fn analyse_render(&mut self, frame: &AudioFrame) {
        let mut unused = [0; HALF_SAMPLES];
        for half in frame.samples().chunks_exact(HALF_SAMPLES) {
            // As above; without the far end's sound an echo stays.
            self.library.process_render_i16(half, &mut unused).ok();
        }
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]
mod tests;
