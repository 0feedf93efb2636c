//! Sound as it is mixed: 20 ms of 48 kHz mono PCM.

use std::time::Duration;

use crate::ClockRate;

/// The rate at which sound is decoded, mixed and encoded: Opus fullband (RFC 6716 section 2).
pub const SAMPLE_RATE: ClockRate = ClockRate::OPUS;

/// How long one frame lasts: the packet time every WebRTC client sends by default.
pub const FRAME_DURATION: Duration = Duration::from_millis(20);

/// How many samples one frame of [`FRAME_DURATION`] holds at [`SAMPLE_RATE`].
pub const FRAME_SAMPLES: usize = 960;

/// Twenty milliseconds of mono sound, in 16-bit samples.
#[derive(Clone, PartialEq, Eq)]
pub struct AudioFrame {
    samples: [i16; FRAME_SAMPLES],
}

impl AudioFrame {
    /// A frame in which nobody is heard.
    pub const SILENCE: Self = Self { samples: [0; FRAME_SAMPLES] };

    /// Makes a frame of its samples.
    #[must_use]
    pub const fn new(samples: [i16; FRAME_SAMPLES]) -> Self {
        Self { samples }
    }

    /// The samples, oldest first.
    #[must_use]
    pub const fn samples(&self) -> &[i16; FRAME_SAMPLES] {
        &self.samples
    }

    /// The samples, to be overwritten in place.
    #[must_use]
    pub const fn samples_mut(&mut self) -> &mut [i16; FRAME_SAMPLES] {
        &mut self.samples
    }
}

impl Default for AudioFrame {
    fn default() -> Self {
        Self::SILENCE
    }
}

impl std::fmt::Debug for AudioFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let peak = self.samples.iter().map(|sample| sample.unsigned_abs()).max();
        f.debug_struct("AudioFrame").field("peak", &peak).finish_non_exhaustive()
    }
}
