//! Sound as it is mixed: 20 ms of 48 kHz mono PCM; and in stereo, as music is sent.

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

/// Twenty milliseconds of stereo sound, in 16-bit samples, left and right by turns.
#[derive(Clone, PartialEq, Eq)]
pub struct StereoFrame {
    samples: [i16; 2 * FRAME_SAMPLES],
}

impl StereoFrame {
    /// A frame in which nobody is heard.
    pub const SILENCE: Self = Self { samples: [0; 2 * FRAME_SAMPLES] };

    /// Makes a frame of its samples, left before right.
    #[must_use]
    pub const fn new(samples: [i16; 2 * FRAME_SAMPLES]) -> Self {
        Self { samples }
    }

    /// The samples, oldest first, left before right.
    #[must_use]
    pub const fn samples(&self) -> &[i16; 2 * FRAME_SAMPLES] {
        &self.samples
    }

    /// The samples, to be overwritten in place.
    #[must_use]
    pub const fn samples_mut(&mut self) -> &mut [i16; 2 * FRAME_SAMPLES] {
        &mut self.samples
    }

    /// Puts the same sound on both sides.
    pub fn copy_mono(&mut self, mono: &AudioFrame) {
        for (pair, sample) in self.samples.chunks_exact_mut(2).zip(mono.samples()) {
            pair.fill(*sample);
        }
    }

    /// Writes the mean of both sides.
    pub fn mix_down(&self, mono: &mut AudioFrame) {
        for (sample, pair) in mono.samples_mut().iter_mut().zip(self.samples.chunks_exact(2)) {
            let sum: i32 = pair.iter().map(|side| i32::from(*side)).sum();
            // The mean of two samples is a sample.
            *sample = i16::try_from(sum / 2).unwrap_or(0);
        }
    }
}

impl Default for StereoFrame {
    fn default() -> Self {
        Self::SILENCE
    }
}

impl std::fmt::Debug for StereoFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let peak = self.samples.iter().map(|sample| sample.unsigned_abs()).max();
        f.debug_struct("StereoFrame").field("peak", &peak).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]
mod tests {
    use super::*;

    #[test]
    fn mono_on_both_sides_mixes_down_to_itself_and_one_side_to_half() {
        let mut mono = AudioFrame::new(std::array::from_fn(|n| n as i16 - 480));
        let mut stereo = StereoFrame::SILENCE;
        stereo.copy_mono(&mono);
        let said = mono.clone();
        stereo.mix_down(&mut mono);
        assert_eq!(mono, said);
        stereo.samples_mut().chunks_exact_mut(2).for_each(|pair| pair.copy_from_slice(&[200, 0]));
        stereo.mix_down(&mut mono);
        assert!(mono.samples().iter().all(|sample| *sample == 100));
    }
}
