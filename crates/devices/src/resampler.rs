//! From the rate of a device or a file to 48 kHz and back.

use carillon_frame::{FRAME_SAMPLES, SAMPLE_RATE};
#[cfg(any(test, feature = "audio"))]
use rubato::Adjustable as _;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

/// The lowest rate that is converted: that of telephones.
pub(crate) const MIN_RATE: u32 = 8_000;

/// The highest rate that is converted: more than any device has, and 8 times the work of 48 kHz.
pub(crate) const MAX_RATE: u32 = 384_000;

/// How many samples each one is computed from: 1.3 ms late at 48 kHz, and flat up to 19 kHz from 44.1 kHz.
///
/// Half as many would dull sound above 16 kHz, twice as many cost twice the time.
const FILTER_SAMPLES: usize = 128;

/// In how many steps the filter is tabled between two samples: with lines between them, below the noise of 16 bits.
const FILTER_STEPS: usize = 256;

/// How far the ratio can be steered, to either side: 1 %, far more than two clocks drift apart.
const MAX_STEERING: f64 = 1.01;

/// Converts mono sound between 48 kHz and another rate, in frames of 20 ms on the side of 48 kHz.
pub(crate) struct Resampler {
    inner: Async<f32>,
    output: Vec<f32>,
}

impl Resampler {
    /// Makes frames of 20 ms from sound at `rate`; nothing if no device has that rate.
    pub(crate) fn to_frames(rate: u32) -> Option<Self> {
        Self::new(rate, f64::from(SAMPLE_RATE.hz()) / f64::from(rate), FixedAsync::Output)
    }

    /// Makes sound at `rate` from frames of 20 ms; nothing if no device has that rate.
    #[cfg(any(test, feature = "audio"))]
    pub(crate) fn from_frames(rate: u32) -> Option<Self> {
        Self::new(rate, f64::from(rate) / f64::from(SAMPLE_RATE.hz()), FixedAsync::Input)
    }

    fn new(rate: u32, ratio: f64, fixed: FixedAsync) -> Option<Self> {
        if !(MIN_RATE..=MAX_RATE).contains(&rate) {
            return None;
        }
        let filter =
            SincInterpolationParameters::new(FILTER_SAMPLES, WindowFunction::BlackmanHarris2)
                .oversampling_factor(FILTER_STEPS)
                .interpolation(SincInterpolationType::Linear);
        let inner = Async::new_sinc(ratio, MAX_STEERING, &filter, FRAME_SAMPLES, 1, fixed).ok()?;
        let output = vec![0.0; inner.output_frames_max()];
        Some(Self { inner, output })
    }

    /// How many samples the next call of [`Self::process`] takes.
    pub(crate) fn input_len(&self) -> usize {
        self.inner.input_frames_next()
    }

    /// How many samples any call takes at most.
    pub(crate) fn max_input_len(&self) -> usize {
        self.inner.input_frames_max()
    }

    /// Lets so many samples come out of each that would come out otherwise, from the next call on.
    #[cfg(any(test, feature = "audio"))]
    pub(crate) fn steer(&mut self, relative: f64) {
        let relative = relative.clamp(1.0 / MAX_STEERING, MAX_STEERING);
        // What is left to refuse is a number that is none, and then the ratio stays as it is.
        self.inner.set_resample_ratio_relative(relative, true).ok();
    }

    /// Converts [`Self::input_len`] samples.
    pub(crate) fn process(&mut self, input: &[f32]) -> &[f32] {
        let length = self.output.len();
        let (Ok(from), Ok(mut to)) = (
            InterleavedSlice::new(input, 1, input.len()),
            InterleavedSlice::new_mut(&mut self.output, 1, length),
        ) else {
            return &[];
        };
        let made = self.inner.process_into_buffer(&from, &mut to, None);
        // It fails for nothing but too few samples.
        self.output.get(..made.map_or(0, |(_, made)| made)).unwrap_or_default()
    }
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler")
            .field("ratio", &self.inner.resample_ratio())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use carillon_testkit::ear::Ear;

    use super::*;
    use crate::sample::to_i16;

    /// What 440 Hz at `rate` are at 48 kHz, half a second of it.
    fn converted(rate: u32, steering: f64) -> Vec<i16> {
        let mut resampler = Resampler::to_frames(rate).unwrap();
        resampler.steer(steering);
        let (mut at, mut heard) = (0, Vec::new());
        for _ in 0..30 {
            let length = resampler.input_len();
            let tone = |n: usize| 0.25 * (TAU * 440.0 * n as f32 / rate as f32).sin();
            let input: Vec<f32> = (at..at + length).map(tone).collect();
            at += length;
            heard.extend(resampler.process(&input).iter().copied().map(to_i16));
        }
        heard.split_off(5 * FRAME_SAMPLES)
    }

    #[test]
    fn a_tone_keeps_its_pitch_from_any_rate() {
        for rate in [MIN_RATE, 16_000, 44_100, 48_000, 96_000, MAX_RATE] {
            let heard = Ear::new(&[440]).hear(&converted(rate, 1.0));
            assert!((heard.amplitude(440) - 8_192.0).abs() < 82.0, "{rate}: {heard:?}");
            assert!(heard.rest < 25.0, "{rate}: {heard:?}");
        }
    }

    #[test]
    fn steering_takes_fewer_samples_for_the_same_sound() {
        let mut resampler = Resampler::to_frames(48_000).unwrap();
        resampler.steer(1.005);
        let mut taken = 0;
        for _ in 0..100 {
            let length = resampler.input_len();
            taken += length;
            assert_eq!(resampler.process(&vec![0.0; length]).len(), FRAME_SAMPLES);
        }
        assert!((95_400..95_700).contains(&taken), "{taken} of 96,000");
    }

    #[test]
    fn frames_come_out_at_the_rate_of_a_device() {
        let mut resampler = Resampler::from_frames(44_100).unwrap();
        let made: usize = (0..100).map(|_| resampler.process(&[0.0; FRAME_SAMPLES]).len()).sum();
        assert!((88_100..=88_250).contains(&made), "{made} of 88,200");
    }

    #[test]
    fn rates_of_no_device_are_refused() {
        assert!(Resampler::to_frames(0).is_none() && Resampler::to_frames(7_999).is_none());
        assert!(Resampler::from_frames(u32::MAX).is_none());
    }
}
