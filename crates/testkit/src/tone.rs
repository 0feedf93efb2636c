//! Sound to send: sines that are easy to tell apart, and noise that behaves like speech.

use std::f64::consts::TAU;

use carillon_frame::{AudioFrame, FRAME_SAMPLES, SAMPLE_RATE};
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::rng::seeded;

/// How many samples a tone takes to swell and to fade: 5 ms, short and without a click.
const RAMP_SAMPLES: u32 = 240;

/// An endless sine that can be switched on and off without a click.
#[derive(Clone, Debug)]
pub struct Tone {
    step: f64,
    phase: f64,
    amplitude: f64,
    sounding: bool,
    ramp: u32,
}

impl Tone {
    /// Starts a tone of `hertz` whose peaks reach `amplitude`.
    #[must_use]
    pub fn new(hertz: f64, amplitude: i16) -> Self {
        let step = TAU * hertz / f64::from(SAMPLE_RATE.hz());
        Self { step, phase: 0.0, amplitude: amplitude.into(), sounding: true, ramp: 0 }
    }

    /// Lets the tone swell, if it does not sound.
    pub const fn start(&mut self) {
        self.sounding = true;
    }

    /// Lets the tone fade, if it sounds.
    pub const fn stop(&mut self) {
        self.sounding = false;
    }

    /// The next sample.
    pub fn next_sample(&mut self) -> i16 {
        self.ramp = if self.sounding {
            (self.ramp + 1).min(RAMP_SAMPLES)
        } else {
            self.ramp.saturating_sub(1)
        };
        self.phase = (self.phase + self.step) % TAU;
        let gain = f64::from(self.ramp) / f64::from(RAMP_SAMPLES);
        to_sample(self.amplitude * gain * self.phase.sin())
    }

    /// The next 20 ms.
    pub fn next_frame(&mut self) -> AudioFrame {
        AudioFrame::new(std::array::from_fn(|_| self.next_sample()))
    }
}

/// A sequence of tones, each for some frames, then over again.
#[derive(Clone, Debug)]
pub struct Sequence {
    notes: Vec<(Tone, usize)>,
    frame: usize,
}

impl Sequence {
    /// Plays each pair's tone for its number of frames.
    #[must_use]
    pub const fn new(notes: Vec<(Tone, usize)>) -> Self {
        Self { notes, frame: 0 }
    }

    /// The next 20 ms; silence of an empty sequence.
    pub fn next_frame(&mut self) -> AudioFrame {
        let total: usize = self.notes.iter().map(|(_, frames)| frames).sum();
        let mut at = self.frame.checked_rem(total).unwrap_or(0);
        self.frame += 1;
        for (tone, frames) in &mut self.notes {
            if at < *frames {
                return tone.next_frame();
            }
            at -= *frames;
        }
        AudioFrame::SILENCE
    }
}

/// Noise with the spectrum, syllables and pauses of speech, the same for the same seed.
#[derive(Clone, Debug)]
pub struct SpeechNoise {
    rng: StdRng,
    low: f64,
    frame: u32,
    amplitude: f64,
}

impl SpeechNoise {
    /// How many frames a syllable lasts: 160 ms, about six a second.
    const SYLLABLE_FRAMES: u32 = 8;
    /// After so many syllables comes a pause of a third as many.
    const PHRASE_SYLLABLES: u32 = 9;

    /// Starts to talk, at about this amplitude.
    #[must_use]
    pub fn new(seed: u64, amplitude: i16) -> Self {
        Self { rng: seeded(seed), low: 0.0, frame: 0, amplitude: amplitude.into() }
    }

    /// The next 20 ms.
    pub fn next_frame(&mut self) -> AudioFrame {
        let syllable = self.frame / Self::SYLLABLE_FRAMES;
        let speaking = syllable % (Self::PHRASE_SYLLABLES * 4 / 3) < Self::PHRASE_SYLLABLES;
        let start = f64::from(self.frame % Self::SYLLABLE_FRAMES);
        self.frame = self.frame.wrapping_add(1);
        let mut frame = AudioFrame::SILENCE;
        for (n, sample) in (0_u32..).zip(frame.samples_mut()) {
            // One pole at about 600 Hz tilts white noise as the voice is tilted.
            self.low += 0.08 * (self.rng.random::<f64>() * 2.0 - 1.0 - self.low);
            let progress =
                (start + f64::from(n) / FRAME_SAMPLES as f64) / f64::from(Self::SYLLABLE_FRAMES);
            let envelope = (progress * TAU / 2.0).sin();
            if speaking {
                *sample = to_sample(self.amplitude * 4.0 * self.low * envelope);
            }
        }
        frame
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a sample")]
fn to_sample(value: f64) -> i16 {
    value.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peak(frame: &AudioFrame) -> u16 {
        frame.samples().iter().map(|sample| sample.unsigned_abs()).max().unwrap()
    }

    #[test]
    fn a_tone_swells_to_its_amplitude_and_fades_without_a_click() {
        let mut tone = Tone::new(440.0, 8_000);
        let swelling = tone.next_frame();
        assert!(swelling.samples()[0].abs() < 40);
        assert!((7_990..=8_000).contains(&peak(&tone.next_frame())));
        tone.stop();
        let fading = tone.next_frame();
        let largest_step =
            fading.samples().windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
        assert!(largest_step < 600, "{largest_step}");
        assert_eq!(tone.next_frame(), AudioFrame::SILENCE);
    }

    #[test]
    fn a_sequence_plays_each_note_for_its_time() {
        let notes = vec![(Tone::new(440.0, 8_000), 2), (Tone::new(0.0, 0), 1)];
        let mut sequence = Sequence::new(notes);
        let heard: Vec<bool> = (0..6).map(|_| peak(&sequence.next_frame()) > 0).collect();
        assert_eq!(heard, [true, true, false, true, true, false]);
    }

    #[test]
    fn speech_has_pauses_and_repeats_with_its_seed() {
        let talk = |seed| {
            let mut voice = SpeechNoise::new(seed, 10_000);
            (0..200).map(|_| voice.next_frame()).collect::<Vec<_>>()
        };
        let silent = talk(1).iter().filter(|frame| **frame == AudioFrame::SILENCE).count();
        assert!((20..100).contains(&silent), "{silent}");
        assert!(talk(1).iter().map(peak).max().unwrap() > 3_000);
        assert_eq!(talk(1), talk(1));
        assert_ne!(talk(1), talk(2));
    }
}
