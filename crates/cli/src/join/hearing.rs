//! What is heard, in figures: how loud, and which tones stand out.

use std::sync::{Arc, Mutex, PoisonError};

use carillon_facade::frame::{AudioFrame, AudioSink, FRAME_SAMPLES};
use realfft::RealFftPlanner;

/// Frames that are listened to at once: half a second, in which tones 4 Hz apart are told apart.
const FRAMES: usize = 25;

/// Samples of that at a third of the rate: tones above 8 kHz do not stand out in a meeting.
const SAMPLES: usize = FRAMES * FRAME_SAMPLES / STEP;
const STEP: usize = 3;
const RATE: f32 = 48_000.0 / 3.0;

/// How far below the strongest a tone may be and still stand out.
const FLOOR: f32 = 0.2;

/// The most tones that are told.
const MOST: usize = 8;

/// How far apart two tones must be to be two: leakage of the window makes neighbours of one.
const APART_HERTZ: f32 = 30.0;

/// The quietest amplitude that counts as a tone: below it is the noise of codecs.
const QUIETEST: f32 = 40.0;

/// An output that remembers the last half second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hearing(Arc<Mutex<Vec<f32>>>);

impl AudioSink for Hearing {
    fn play(&mut self, frame: &AudioFrame) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let overflow = (held.len() + FRAME_SAMPLES / STEP).saturating_sub(SAMPLES);
        held.drain(..overflow);
        held.extend(frame.samples().chunks_exact(STEP).map(|three| {
            three.iter().map(|sample| f32::from(*sample)).sum::<f32>() / three.len() as f32
        }));
    }
}

impl Hearing {
    /// How loud the last half second was, in dBov: 0 is the loudest.
    pub(crate) fn level_dbov(&self) -> f32 {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let power =
            held.iter().map(|sample| sample * sample).sum::<f32>() / held.len().max(1) as f32;
        (10.0 * (power / (32_768.0 * 32_768.0)).log10()).clamp(-127.0, 0.0)
    }

    /// The tones that stand out, in whole hertz, the lowest first.
    pub(crate) fn tones_hz(&self) -> Vec<u32> {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if samples.len() < SAMPLES {
            return Vec::new();
        }
        let count = samples.len() as f32;
        for (n, sample) in samples.iter_mut().enumerate() {
            *sample *= 0.5 - 0.5 * (std::f32::consts::TAU * n as f32 / count).cos();
        }
        let fft = RealFftPlanner::new().plan_fft_forward(samples.len());
        let mut spectrum = fft.make_output_vec();
        if fft.process(&mut samples, &mut spectrum).is_err() {
            return Vec::new();
        }
        let bin = RATE / count;
        let mut strengths: Vec<(f32, f32)> = spectrum
            .iter()
            .enumerate()
            .map(|(n, value)| (n as f32 * bin, value.norm() * 4.0 / count))
            .collect();
        strengths.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        peaks(&strengths)
    }
}

/// The strongest of each neighbourhood, down to the floor.
fn peaks(strengths: &[(f32, f32)]) -> Vec<u32> {
    let strongest = strengths.first().map_or(0.0, |(_, strength)| *strength);
    let mut found: Vec<f32> = Vec::new();
    for (hertz, strength) in strengths {
        let stands_out = *strength >= (strongest * FLOOR).max(QUIETEST);
        if !stands_out || found.len() >= MOST {
            break;
        }
        if found.iter().all(|known| (known - hertz).abs() > APART_HERTZ) {
            found.push(*hertz);
        }
    }
    found.sort_by(f32::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "frequencies are between 0 and half the rate"
    )]
    found.into_iter().map(|hertz| hertz.round() as u32).collect()
}

#[cfg(test)]
mod tests {
    use carillon_testkit::tone::Tone;

    use super::*;

    #[test]
    fn two_tones_are_told_apart_and_silence_has_none() {
        let mut hearing = Hearing::default();
        let (mut low, mut high) = (Tone::new(440.0, 6_000), Tone::new(1_300.0, 3_000));
        for _ in 0..FRAMES {
            hearing.play(&AudioFrame::SILENCE);
        }
        assert_eq!((hearing.tones_hz(), hearing.level_dbov()), (vec![], -127.0));
        for _ in 0..FRAMES {
            let mut frame = low.next_frame();
            for (sample, other) in frame.samples_mut().iter_mut().zip(high.next_frame().samples()) {
                *sample += other;
            }
            hearing.play(&frame);
        }
        assert_eq!(hearing.tones_hz(), [440, 1_300]);
        assert!((-19.0..-16.0).contains(&hearing.level_dbov()), "{}", hearing.level_dbov());
    }
}
