//! A tone, which may come and go.

use std::f64::consts::TAU;
use std::time::Duration;

use carillon_frame::{AudioFrame, AudioSource, Captured, SAMPLE_RATE};

use crate::sample::to_i16;

/// How many samples a tone takes to swell and to fade: 5 ms, short and without a click.
const RAMP_SAMPLES: u32 = 240;

/// When a tone sounds, over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// How long it is silent before it sounds the first time.
    pub delay: Duration,
    /// How long it sounds.
    pub sounding: Duration,
    /// How long it is silent then.
    pub silent: Duration,
}

impl Rhythm {
    /// The rhythm of one of so many who talk in turns, each as long as `turn`; the first is number 0.
    #[must_use]
    pub fn in_turns(number: u32, talkers: u32, turn: Duration) -> Self {
        let delay = turn.saturating_mul(number);
        Self { delay, sounding: turn, silent: turn.saturating_mul(talkers.saturating_sub(1)) }
    }

    fn sounds_at(&self, sample: u64) -> bool {
        let samples =
            |span: Duration| u64::from(SAMPLE_RATE.hz()).saturating_mul(millis(span)) / 1_000;
        let Some(at) = sample.checked_sub(samples(self.delay)) else { return false };
        let sounding = samples(self.sounding);
        at.checked_rem(sounding.saturating_add(samples(self.silent)))
            .is_some_and(|at| at < sounding)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// An endless sine that swells and fades without a click.
#[derive(Clone, Debug)]
pub struct ToneSource {
    step: f64,
    phase: f64,
    amplitude: f32,
    rhythm: Option<Rhythm>,
    sample: u64,
    ramp: u32,
}

impl ToneSource {
    /// A tone of `hertz` whose peaks reach `amplitude`, that of a 16-bit sample.
    #[must_use]
    pub fn new(hertz: f64, amplitude: i16) -> Self {
        let step = TAU * hertz / f64::from(SAMPLE_RATE.hz());
        let amplitude = crate::sample::to_float(amplitude);
        Self { step, phase: 0.0, amplitude, rhythm: None, sample: 0, ramp: 0 }
    }

    /// Lets it sound in this rhythm only.
    #[must_use]
    pub const fn with_rhythm(mut self, rhythm: Rhythm) -> Self {
        self.rhythm = Some(rhythm);
        self
    }

    #[expect(clippy::cast_possible_truncation, reason = "a sine has no need of 64 bits")]
    fn next_sample(&mut self) -> i16 {
        let sounds = self.rhythm.is_none_or(|rhythm| rhythm.sounds_at(self.sample));
        self.sample = self.sample.wrapping_add(1);
        self.ramp = match sounds {
            true => self.ramp.saturating_add(1).min(RAMP_SAMPLES),
            false => self.ramp.saturating_sub(1),
        };
        self.phase = (self.phase + self.step) % TAU;
        let gain = self.amplitude * self.ramp as f32 / RAMP_SAMPLES as f32;
        to_i16(gain * self.phase.sin() as f32)
    }
}

impl AudioSource for ToneSource {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        for sample in frame.samples_mut() {
            *sample = self.next_sample();
        }
        Captured::Frame(())
    }
}

#[cfg(test)]
mod tests {
    use carillon_testkit::ear::Ear;

    use super::*;

    fn frames(tone: &mut ToneSource, count: usize) -> Vec<AudioFrame> {
        let mut next = || {
            let mut frame = AudioFrame::SILENCE;
            assert_eq!(tone.next_frame(&mut frame), Captured::Frame(()));
            frame
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn a_tone_has_its_pitch_and_its_loudness() {
        let mut tone = ToneSource::new(440.0, 6_000);
        frames(&mut tone, 1);
        let heard = Ear::new(&[440, 554]).hear_frames(&frames(&mut tone, 10));
        assert_eq!(heard.tones(), [440]);
        assert!((heard.amplitude(440) - 6_000.0).abs() < 60.0, "{heard:?}");
    }

    #[test]
    fn talkers_take_turns() {
        let turn = Duration::from_millis(200);
        let mut talkers: Vec<_> = (0..3)
            .map(|n| ToneSource::new(440.0, 6_000).with_rhythm(Rhythm::in_turns(n, 3, turn)))
            .collect();
        // The turns of two rounds, each judged by its second half.
        for round in 0..6 {
            let sounding: Vec<bool> = talkers
                .iter_mut()
                .map(|talker| {
                    let heard = Ear::new(&[440]).hear_frames(&frames(talker, 10)[5..]);
                    heard.tones() == [440]
                })
                .collect();
            let expected: Vec<bool> = (0..3).map(|n| n == round % 3).collect();
            assert_eq!(sounding, expected, "turn {round}");
        }
    }

    #[test]
    fn a_rhythm_of_no_time_is_silent() {
        let none =
            Rhythm { delay: Duration::ZERO, sounding: Duration::ZERO, silent: Duration::ZERO };
        let mut tone = ToneSource::new(440.0, 6_000).with_rhythm(none);
        assert_eq!(frames(&mut tone, 2), [AudioFrame::SILENCE, AudioFrame::SILENCE]);
    }
}
