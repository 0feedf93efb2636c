//! Judges what is heard: which of the known tones, how loud, and whether anything else.

use std::f64::consts::TAU;

use carillon_frame::{AudioFrame, SAMPLE_RATE};

/// How far below the loudest known tone something counts as not there: 30 dB, above a codec's noise and far below speech.
const AUDIBLE_RATIO: f64 = 0.0316;

/// An ear that knows some tones.
///
/// It weighs sound with a Hann window and measures each tone by Goertzel's recurrence:
/// give it at least 100 ms, and tones at least 50 Hz apart.
#[derive(Clone, Debug)]
pub struct Ear {
    known: Vec<u32>,
}

/// What an ear heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The amplitude of each known tone, in the order the ear knows them.
    pub amplitudes: Vec<(u32, f64)>,
    /// The amplitude a single sine would have that holds all other energy.
    pub rest: f64,
}

impl Ear {
    /// Makes an ear that knows tones of these whole hertz.
    #[must_use]
    pub fn new(known: &[u32]) -> Self {
        Self { known: known.to_vec() }
    }

    /// Listens to samples at 48 kHz.
    #[must_use]
    pub fn hear(&self, samples: &[i16]) -> Heard {
        let length = samples.len().max(1) as f64;
        let window = |n: usize| 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / length).cos();
        let weighted: Vec<f64> =
            samples.iter().enumerate().map(|(n, s)| f64::from(*s) * window(n)).collect();
        let amplitudes: Vec<_> =
            self.known.iter().map(|hertz| (*hertz, amplitude_at(*hertz, &weighted))).collect();
        // The window keeps three eighths of a sound's power.
        let power = weighted.iter().map(|s| s * s).sum::<f64>() / (length * 0.375);
        let known: f64 = amplitudes.iter().map(|(_, a)| a * a / 2.0).sum();
        Heard { amplitudes, rest: (2.0 * (power - known).max(0.0)).sqrt() }
    }

    /// Listens to frames that follow each other.
    #[must_use]
    pub fn hear_frames(&self, frames: &[AudioFrame]) -> Heard {
        let samples: Vec<i16> = frames.iter().flat_map(|frame| *frame.samples()).collect();
        self.hear(&samples)
    }
}

impl Heard {
    /// The tones that are there: not far below the loudest, and above the noise of quantisation.
    #[must_use]
    pub fn tones(&self) -> Vec<u32> {
        let loudest = self.amplitudes.iter().map(|(_, a)| *a).fold(0.0, f64::max);
        let threshold = (loudest * AUDIBLE_RATIO).max(30.0);
        self.amplitudes.iter().filter(|(_, a)| *a > threshold).map(|(hertz, _)| *hertz).collect()
    }

    /// The amplitude of one known tone; 0 of an unknown one.
    #[must_use]
    pub fn amplitude(&self, hertz: u32) -> f64 {
        self.amplitudes.iter().find(|(known, _)| *known == hertz).map_or(0.0, |(_, a)| *a)
    }
}

/// The amplitude of one tone in sound weighted by a window whose mean is one half.
fn amplitude_at(hertz: u32, weighted: &[f64]) -> f64 {
    let angle = TAU * f64::from(hertz) / f64::from(SAMPLE_RATE.hz());
    let coefficient = 2.0 * angle.cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in weighted {
        (last, before) = (sample + coefficient * last - before, last);
    }
    let power = last * last + before * before - coefficient * last * before;
    4.0 * power.max(0.0).sqrt() / weighted.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{SpeechNoise, Tone};

    fn frames_of(tone: &mut Tone) -> Vec<AudioFrame> {
        tone.next_frame();
        (0..10).map(|_| tone.next_frame()).collect()
    }

    #[test]
    fn a_known_tone_is_measured_and_the_others_are_not_there() {
        let heard =
            Ear::new(&[440, 554, 660]).hear_frames(&frames_of(&mut Tone::new(554.0, 6_000)));
        assert_eq!(heard.tones(), [554]);
        assert!((heard.amplitude(554) - 6_000.0).abs() < 60.0, "{heard:?}");
        assert!(heard.rest < 60.0, "{heard:?}");
    }

    #[test]
    fn an_unknown_sound_is_energy_left_over() {
        let ear = Ear::new(&[440]);
        let stranger = ear.hear_frames(&frames_of(&mut Tone::new(1_234.0, 6_000)));
        assert_eq!(stranger.tones(), [] as [u32; 0]);
        assert!((stranger.rest - 6_000.0).abs() < 100.0, "{stranger:?}");
        let mut voice = SpeechNoise::new(1, 10_000);
        let speech: Vec<_> = (0..20).map(|_| voice.next_frame()).collect();
        assert!(ear.hear_frames(&speech).rest > 500.0);
    }

    #[test]
    fn silence_has_no_tones_and_no_rest() {
        let heard = Ear::new(&[440]).hear_frames(&[AudioFrame::SILENCE; 10]);
        assert_eq!(heard.tones(), [] as [u32; 0]);
        assert!(heard.rest < 1.0);
        assert_eq!(Ear::new(&[440]).hear(&[]).tones(), [] as [u32; 0]);
    }
}
