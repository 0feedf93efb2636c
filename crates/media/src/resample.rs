//! Mono sound of one rate made into sound of another, with a fine adjustment for clocks that differ a little.

use carillon_frame::SAMPLE_RATE;
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Adjustable as _, Async, FixedAsync, Resampler as _, ResamplerConstructionError,
    SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

/// The rates that devices have.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// How far the ratio may be adjusted: half of a hundredth, a semitone being six. The worst clocks are off by a fiftieth of it.
const MOST_ADJUSTMENT: f64 = 0.005;

/// How many chunks make a second: 5 ms each, what the resampler holds back at most beside its filter.
const CHUNKS_PER_SECOND: u32 = 200;

/// How long the filter is, in samples of the lower rate: flat up to nine tenths of its band, with aliases 90 dB down.
const FILTER_SAMPLES: usize = 128;

/// Why a resampler could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    /// No device has such a rate: ask it for another one.
    #[error("rate of {0} Hz is not between 8 and 192 kHz")]
    Rate(u32),
    /// The library refused, which it has no reason to: report a bug.
    #[error("resampler could not be made")]
    Setup(#[source] ResamplerConstructionError),
}

/// A streaming resampler of mono sound.
///
/// What it is fed with is taken in chunks of 5 ms; after the first ones it allocates nothing.
pub struct MonoResampler {
    library: Async<f32>,
    waiting: Vec<f32>,
    made: Vec<f32>,
}

impl MonoResampler {
    /// Makes a resampler from a device's rate to 48 kHz.
    ///
    /// # Errors
    /// [`ResampleError::Rate`] below 8 and above 192 kHz.
    pub fn from_device(hertz: u32) -> Result<Self, ResampleError> {
        Self::new(hertz, SAMPLE_RATE.hz())
    }

    /// Makes a resampler from 48 kHz to a device's rate.
    ///
    /// # Errors
    /// [`ResampleError::Rate`] below 8 and above 192 kHz.
    pub fn to_device(hertz: u32) -> Result<Self, ResampleError> {
        Self::new(SAMPLE_RATE.hz(), hertz)
    }

    /// Makes a resampler between two rates.
    ///
    /// # Errors
    /// [`ResampleError::Rate`] below 8 and above 192 kHz.
    pub fn new(from: u32, to: u32) -> Result<Self, ResampleError> {
        if let Some(hertz) = [from, to].into_iter().find(|hertz| !RATES.contains(hertz)) {
            return Err(ResampleError::Rate(hertz));
        }
        let thinning = usize::try_from(from.div_ceil(to)).unwrap_or(1);
        let filter = SincInterpolationParameters::new(
            FILTER_SAMPLES.saturating_mul(thinning),
            WindowFunction::BlackmanHarris2,
        )
        .interpolation(SincInterpolationType::Cubic);
        let ratio = f64::from(to) / f64::from(from);
        let chunk = usize::try_from(from / CHUNKS_PER_SECOND).unwrap_or(1);
        // A little more than is used, so that rounding never refuses the last step.
        let most = 1.0 + MOST_ADJUSTMENT * 1.1;
        let library = Async::new_sinc(ratio, most, &filter, chunk, 1, FixedAsync::Input)
            .map_err(ResampleError::Setup)?;
        let made = vec![0.0; library.output_frames_max()];
        Ok(Self { library, waiting: Vec::with_capacity(2 * chunk), made })
    }

    /// Makes so many millionths more samples of the same sound, or fewer when negative; at most half of a hundredth.
    ///
    /// For a buffer that runs dry because whoever empties it has a faster clock, and the other way round.
    pub fn adjust(&mut self, parts_per_million: i32) {
        let wish = f64::from(parts_per_million) / 1_000_000.0;
        let ratio = 1.0 + wish.clamp(-MOST_ADJUSTMENT, MOST_ADJUSTMENT);
        // Refused only out of the range that the clamp keeps to.
        self.library.set_resample_ratio_relative(ratio, true).ok();
    }

    /// How many samples of the new rate the sound is late by, beside what waits for its chunk to fill.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.library.output_delay()
    }

    /// Takes `input` and appends what becomes of it to `output`.
    pub fn process(&mut self, input: &[i16], output: &mut Vec<i16>) {
        let chunk = self.library.input_frames_next();
        let mut rest = input;
        while !rest.is_empty() {
            let room = chunk.saturating_sub(self.waiting.len()).max(1);
            let (taken, left) = rest.split_at(room.min(rest.len()));
            self.waiting.extend(taken.iter().map(|sample| f32::from(*sample)));
            rest = left;
            if self.waiting.len() >= chunk {
                self.convert(output);
                self.waiting.clear();
            }
        }
    }

    /// Forgets the sound so far.
    pub fn reset(&mut self) {
        self.waiting.clear();
        self.library.reset();
    }

    fn convert(&mut self, output: &mut Vec<i16>) {
        let room = self.made.len();
        let input = SequentialSlice::new(self.waiting.as_slice(), 1, self.waiting.len());
        let made = SequentialSlice::new_mut(self.made.as_mut_slice(), 1, room);
        let (Ok(input), Ok(mut made)) = (input, made) else { return };
        // Refused only for buffers of the wrong size, and these were made for it.
        let Ok((_, count)) = self.library.process_into_buffer(&input, &mut made, None) else {
            return;
        };
        output.extend(self.made.iter().take(count).map(|sample| to_sample(*sample)));
    }
}

impl std::fmt::Debug for MonoResampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ratio = self.library.resample_ratio();
        f.debug_struct("MonoResampler").field("ratio", &ratio).finish_non_exhaustive()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a sample")]
fn to_sample(value: f32) -> i16 {
    value.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]
mod tests {
    use std::f64::consts::TAU;

    use carillon_testkit::ear::Ear;
    use carillon_testkit::tone::Tone;

    use super::*;

    /// A tone of a rate, in pieces of odd sizes.
    fn feed(resampler: &mut MonoResampler, rate: u32, hertz: f64, seconds: u32) -> Vec<i16> {
        let step = TAU * hertz / f64::from(rate);
        let tone: Vec<i16> = (0..rate * seconds)
            .map(|n| (f64::from(n) * step).sin() * 8_000.0)
            .map(|sample| sample as i16)
            .collect();
        let mut out = Vec::new();
        tone.chunks(317).for_each(|piece| resampler.process(piece, &mut out));
        out
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_loudness_from_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000]
        {
            let mut resampler = MonoResampler::from_device(rate).unwrap();
            let heard = feed(&mut resampler, rate, 1_000.0, 1);
            let missing = 48_000_usize.saturating_sub(heard.len());
            assert!(missing < 400, "{rate}: {} samples", heard.len());
            let heard = Ear::new(&[1_000]).hear(&heard[4_800..28_800]);
            assert!((7_900.0..8_100.0).contains(&heard.amplitude(1_000)), "{rate}: {heard:?}");
            assert!(heard.rest < 40.0, "{rate}: {heard:?}");
        }
    }

    #[test]
    fn a_tone_beyond_the_new_rate_does_not_come_back_as_another() {
        let mut resampler = MonoResampler::to_device(16_000).unwrap();
        let heard = feed(&mut resampler, 48_000, 11_000.0, 1);
        let loudest = heard[1_600..].iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!(loudest < 20, "{loudest}");
    }

    #[test]
    fn a_tone_survives_a_device_and_back() {
        let mut there = MonoResampler::to_device(44_100).unwrap();
        let mut back = MonoResampler::from_device(44_100).unwrap();
        let mut tone = Tone::new(440.0, 8_000);
        let (mut device, mut heard) = (Vec::new(), Vec::new());
        for _ in 0..50 {
            device.clear();
            there.process(tone.next_frame().samples(), &mut device);
            back.process(&device, &mut heard);
        }
        let heard = Ear::new(&[440]).hear(&heard[9_600..33_600]);
        assert!((7_900.0..8_100.0).contains(&heard.amplitude(440)), "{heard:?}");
        assert!(heard.rest < 40.0, "{heard:?}");
    }

    #[test]
    fn an_adjustment_changes_how_much_is_made_and_adds_no_step() {
        let made = |ppm| {
            let mut resampler = MonoResampler::from_device(48_000).unwrap();
            resampler.adjust(ppm);
            feed(&mut resampler, 48_000, 440.0, 10)
        };
        let even = made(0).len();
        assert!((2_300..2_500).contains(&(made(5_000).len() - even)));
        assert!((2_300..2_500).contains(&(even - made(-1_000_000).len())));

        let mut resampler = MonoResampler::from_device(48_000).unwrap();
        let mut tone = Tone::new(440.0, 8_000);
        let mut heard = Vec::new();
        for n in 0..100 {
            resampler.adjust(if n % 2 == 0 { 5_000 } else { -5_000 });
            resampler.process(tone.next_frame().samples(), &mut heard);
        }
        let largest =
            heard[4_800..].windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
        let pure = 8_000.0 * TAU * 440.0 / 48_000.0;
        assert!(f64::from(largest) < pure * 1.05, "{largest}");
    }

    #[test]
    fn rates_no_device_has_are_refused() {
        assert!(matches!(MonoResampler::from_device(7_999), Err(ResampleError::Rate(7_999))));
        assert!(matches!(MonoResampler::to_device(0), Err(ResampleError::Rate(0))));
    }
}
