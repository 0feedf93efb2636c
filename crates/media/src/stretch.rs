//! Sound that lasts longer or shorter without another pitch and without a step: whole periods are put in or taken out.

mod similarity;

use carillon_frame::{AudioFrame, FRAME_SAMPLES};

use similarity::Match;

/// The longest period that is put in or taken out at once: 15 ms, that of a voice of 67 Hz.
const LONGEST_PERIOD: usize = 720;

/// Over how much two places are compared and faded into each other: 10 ms, a period of a low voice or some of a high one.
const OVERLAP: usize = 480;

/// How much sound that was fetched is kept, to repeat a period of it.
const HISTORY: usize = LONGEST_PERIOD;

/// How much sound must wait before some of it can be taken out.
pub(crate) const SHRINKABLE: usize = LONGEST_PERIOD + OVERLAP;

/// How much sound may wait: the longest packet behind two frames; what comes on top replaces the oldest.
const MOST_QUEUED: usize = 5_760 + 2 * FRAME_SAMPLES;

/// How alike two places must be for one to go on as the other, out of 1.
const ALIKE: f32 = 0.85;

/// How alike they must be when sound is far behind: what is then heard beside a voice is better than waiting.
const ALIKE_IN_A_HURRY: f32 = 0.2;

/// The root mean square below which nothing tells two places apart: 60 dB below overload.
const QUIET: f32 = 33.0;

/// What fraction of the usual loudness counts as quiet as well: 30 dB below speech is its background.
const QUIET_SHARE: f32 = 0.03;

/// How fast the usual loudness is forgotten with each frame: to a third within two seconds.
const LOUDNESS_DECAY: f32 = 0.99;

/// How urgent it is to become shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Only where it cannot be heard.
    Calm,
    /// Also where a good ear hears it.
    Hurry,
}

/// Sound on its way from the decoder, in front of it what was fetched last.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// [`HISTORY`] samples that were fetched, then those that wait.
    samples: Box<[i16; HISTORY + MOST_QUEUED]>,
    queued: usize,
    loudness: f32,
}

impl Stretch {
    pub(crate) fn new() -> Self {
        Self { samples: Box::new([0; HISTORY + MOST_QUEUED]), queued: 0, loudness: 0.0 }
    }

    /// How many samples wait.
    pub(crate) const fn queued(&self) -> usize {
        self.queued
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.samples.fill(0);
        self.queued = 0;
        self.loudness = 0.0;
    }

    /// Takes more sound; when there is no room, the oldest that waits gives way.
    pub(crate) fn push(&mut self, sound: &[i16]) {
        let sound = sound.get(sound.len().saturating_sub(MOST_QUEUED)..).unwrap_or(sound);
        let excess = self.queued.saturating_add(sound.len()).saturating_sub(MOST_QUEUED);
        self.drop_front(excess);
        let end = HISTORY.saturating_add(self.queued);
        if let Some(room) = self.samples.get_mut(end..end.saturating_add(sound.len())) {
            room.copy_from_slice(sound);
            self.queued = self.queued.saturating_add(sound.len());
        }
    }

    /// Fetches the oldest 20 ms, once so much is there.
    pub(crate) fn pop_frame(&mut self) -> Option<AudioFrame> {
        self.queued.checked_sub(FRAME_SAMPLES)?;
        let frame = AudioFrame::new(*self.samples.get(HISTORY..)?.first_chunk()?);
        self.loudness = (self.loudness * LOUDNESS_DECAY).max(root_mean_square(frame.samples()));
        self.drop_front(FRAME_SAMPLES);
        Some(frame)
    }

    /// Puts a period in front of what waits, and tells how long it is; none where it would be heard.
    pub(crate) fn lengthen(&mut self) -> usize {
        let waiting = self.samples.get(..HISTORY.saturating_add(self.queued)).unwrap_or(&[]);
        let Some(found) = similarity::period_before(waiting, HISTORY) else { return 0 };
        let room = MOST_QUEUED.saturating_sub(self.queued);
        if found.lag > room || !self.is_inaudible(found, Urgency::Calm) {
            return 0;
        }
        self.insert(found.lag);
        found.lag
    }

    /// Takes a period out of what waits, and tells how long it was; none where it would be heard.
    pub(crate) fn shorten(&mut self, urgency: Urgency) -> usize {
        let waiting = self.samples.get(HISTORY..HISTORY.saturating_add(self.queued)).unwrap_or(&[]);
        let Some(found) = similarity::period_behind(waiting) else { return 0 };
        if !self.is_inaudible(found, urgency) {
            return 0;
        }
        self.remove(found.lag);
        found.lag
    }

    fn is_inaudible(&self, found: Match, urgency: Urgency) -> bool {
        let alike = match urgency {
            Urgency::Calm => ALIKE,
            Urgency::Hurry => ALIKE_IN_A_HURRY,
        };
        found.alike >= alike || found.loudness <= QUIET.max(self.loudness * QUIET_SHARE)
    }

    /// Fades what waits into the period before it, so that period is heard again and what waits follows it.
    fn insert(&mut self, lag: usize) {
        let end = HISTORY.saturating_add(self.queued);
        let overlap = lag.min(OVERLAP);
        let mut faded = [0; OVERLAP];
        {
            let here = self.samples.get(HISTORY..).unwrap_or(&[]);
            let before = self.samples.get(HISTORY.saturating_sub(lag)..).unwrap_or(&[]);
            fade(here, before, faded.get_mut(..overlap).unwrap_or(&mut []));
        }
        // The period, as it was played, goes between; its beginning is the fade.
        self.samples.copy_within(HISTORY..end, HISTORY.saturating_add(lag));
        self.samples.copy_within(HISTORY.saturating_sub(lag)..HISTORY, HISTORY);
        self.write(&faded, overlap);
        self.queued = self.queued.saturating_add(lag);
    }

    /// Fades what waits into what comes a period later.
    fn remove(&mut self, lag: usize) {
        let end = HISTORY.saturating_add(self.queued);
        let later = HISTORY.saturating_add(lag);
        let overlap = lag.min(OVERLAP);
        let mut faded = [0; OVERLAP];
        {
            let here = self.samples.get(HISTORY..).unwrap_or(&[]);
            let behind = self.samples.get(later..).unwrap_or(&[]);
            fade(here, behind, faded.get_mut(..overlap).unwrap_or(&mut []));
        }
        self.samples.copy_within(later..end, HISTORY);
        self.write(&faded, overlap);
        self.queued = self.queued.saturating_sub(lag);
    }

    fn write(&mut self, faded: &[i16; OVERLAP], overlap: usize) {
        let from = faded.get(..overlap).unwrap_or(&[]);
        let to = self.samples.get_mut(HISTORY..).unwrap_or(&mut []);
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    }

    /// Moves so many samples that wait into the past.
    fn drop_front(&mut self, count: usize) {
        let end = HISTORY.saturating_add(self.queued);
        let count = count.min(self.queued);
        self.samples.copy_within(count..end, 0);
        self.queued = self.queued.saturating_sub(count);
    }
}

/// Fades one sound into another over the length of `faded`.
fn fade(from: &[i16], into: &[i16], faded: &mut [i16]) {
    let steps = i32::try_from(faded.len()).unwrap_or(1).max(1);
    for ((step, out), (from, into)) in (0..).zip(faded).zip(from.iter().zip(into)) {
        let mixed = i32::from(*from) * (steps - step) + i32::from(*into) * step;
        // A weighted mean of two samples is a sample.
        *out = i16::try_from(mixed / steps).unwrap_or(0);
    }
}

fn root_mean_square(samples: &[i16]) -> f32 {
    let energy: f32 = samples.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    (energy / samples.len().max(1) as f32).sqrt()
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers of these tests are small"
)]
mod tests {
    use carillon_testkit::ear::Ear;
    use carillon_testkit::tone::{SpeechNoise, Tone};
    use proptest::prelude::*;

    use super::*;

    /// What is heard of `seconds` of a sound when `change` may work on it before each frame.
    fn heard(
        seconds: usize,
        mut next: impl FnMut() -> AudioFrame,
        mut change: impl FnMut(&mut Stretch),
    ) -> Vec<i16> {
        let mut stretch = Stretch::new();
        let mut heard = Vec::new();
        for _ in 0..seconds * 50 {
            stretch.push(next().samples());
            if stretch.queued() >= 2 * FRAME_SAMPLES {
                change(&mut stretch);
                while stretch.queued() >= 2 * FRAME_SAMPLES {
                    heard.extend_from_slice(stretch.pop_frame().unwrap().samples());
                }
            }
        }
        heard
    }

    fn largest_step(samples: &[i16]) -> u16 {
        samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap()
    }

    #[test]
    fn a_longer_tone_is_the_same_tone_without_a_step() {
        let mut tone = Tone::new(210.0, 8_000);
        let longer = heard(2, || tone.next_frame(), |stretch| assert!(stretch.lengthen() > 0));
        assert!(longer.len() > 2 * 48_000 * 11 / 10, "{}", longer.len());
        let pure = 8_000.0 * std::f64::consts::TAU * 210.0 / 48_000.0;
        assert!(f64::from(largest_step(&longer)) < pure * 1.2, "{}", largest_step(&longer));
        let ear = Ear::new(&[210]).hear(&longer[9_600..24_000]);
        assert!(ear.amplitude(210) > 7_500.0 && ear.rest < 800.0, "{ear:?}");
    }

    #[test]
    fn a_shorter_tone_is_the_same_tone_without_a_step() {
        let mut tone = Tone::new(210.0, 8_000);
        let shorten = |stretch: &mut Stretch| assert!(stretch.shorten(Urgency::Calm) > 0);
        let shorter = heard(2, || tone.next_frame(), shorten);
        assert!(shorter.len() < 2 * 48_000 * 9 / 10, "{}", shorter.len());
        let pure = 8_000.0 * std::f64::consts::TAU * 210.0 / 48_000.0;
        assert!(f64::from(largest_step(&shorter)) < pure * 1.2, "{}", largest_step(&shorter));
        let ear = Ear::new(&[210]).hear(&shorter[9_600..24_000]);
        assert!(ear.amplitude(210) > 7_500.0 && ear.rest < 800.0, "{ear:?}");
    }

    #[test]
    fn silence_goes_away_and_loud_noise_stays() {
        let silent =
            heard(1, || AudioFrame::SILENCE, |stretch| assert!(stretch.shorten(Urgency::Calm) > 0));
        assert!(silent.len() < 48_000 * 9 / 10);
        // Noise from one sample to the next is like nothing before or after it.
        let mut state = 1_u32;
        let mut noise = || {
            AudioFrame::new(std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as u16 as i16 / 4
            }))
        };
        let mut stretch = Stretch::new();
        (0..3).for_each(|_| stretch.push(noise().samples()));
        stretch.pop_frame();
        assert_eq!(stretch.shorten(Urgency::Calm), 0);
        assert_eq!(stretch.lengthen(), 0);
    }

    #[test]
    fn what_does_not_fit_replaces_the_oldest() {
        let mut stretch = Stretch::new();
        let count: Vec<i16> = (0..20_000).map(|n| n as i16).collect();
        stretch.push(&count[..5_000]);
        stretch.push(&count[5_000..]);
        assert_eq!(stretch.queued(), MOST_QUEUED);
        assert_eq!(stretch.pop_frame().unwrap().samples()[0] as usize, 20_000 - MOST_QUEUED);
    }

    proptest! {
        #[test]
        fn any_work_on_any_sound_keeps_what_waits_within_bounds(
            seed in any::<u64>(),
            work in prop::collection::vec((0_u8..4, 0_usize..6_000), 1..60),
        ) {
            let mut voice = SpeechNoise::new(seed, 10_000);
            let mut stretch = Stretch::new();
            for (kind, count) in work {
                let waited = stretch.queued();
                match kind {
                    0 => stretch.push(&voice.next_frame().samples()[..count.min(960)]),
                    1 => prop_assert_eq!(stretch.pop_frame().is_some(), waited >= 960),
                    2 => {
                        let lag = stretch.lengthen();
                        prop_assert_eq!(stretch.queued(), waited + lag);
                    }
                    _ => {
                        let lag = stretch.shorten(Urgency::Hurry);
                        prop_assert_eq!(stretch.queued(), waited - lag);
                    }
                }
                prop_assert!(stretch.queued() <= MOST_QUEUED);
            }
        }
    }
}
