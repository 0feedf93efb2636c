//! Two sounds as one.

use carillon_frame::{AudioFrame, AudioSource, Captured};

/// A source in which two are heard at once: a microphone with music under it.
///
/// It goes on with the other when one ends, and ends with both.
///
/// ```
/// use carillon_facade::frame::{AudioFrame, AudioSource as _};
/// use carillon_facade::{MixedAudioSource, devices::ToneSource};
///
/// let (low, high) = (ToneSource::new(440.0, 8_000), ToneSource::new(880.0, 8_000));
/// let mut both = MixedAudioSource::new(Box::new(low), Box::new(high));
/// both.next_frame(&mut AudioFrame::default());
/// ```
pub struct MixedAudioSource {
    sources: [Option<Box<dyn AudioSource>>; 2],
    room: Box<AudioFrame>,
}

impl MixedAudioSource {
    /// Both of these.
    #[must_use]
    pub fn new(one: Box<dyn AudioSource>, other: Box<dyn AudioSource>) -> Self {
        Self { sources: [Some(one), Some(other)], room: Box::default() }
    }
}

impl AudioSource for MixedAudioSource {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        *frame = AudioFrame::SILENCE;
        let mut captured = Captured::Nothing;
        for slot in &mut self.sources {
            let Some(source) = slot else { continue };
            match source.next_frame(&mut self.room) {
                Captured::Frame(()) => {
                    let added = frame.samples_mut().iter_mut().zip(self.room.samples());
                    added.for_each(|(sum, sample)| *sum = sum.saturating_add(*sample));
                    captured = Captured::Frame(());
                }
                Captured::Nothing => {}
                Captured::Ended => *slot = None,
            }
        }
        if self.sources.iter().all(Option::is_none) { Captured::Ended } else { captured }
    }
}

impl std::fmt::Debug for MixedAudioSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let left = self.sources.iter().flatten().count();
        f.debug_struct("MixedAudioSource").field("sources", &left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use carillon_testkit::ear::Ear;
    use carillon_testkit::tone::Tone;

    use super::*;

    /// So many frames of a tone.
    struct Short(Tone, u32);

    impl AudioSource for Short {
        fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
            let Some(left) = self.1.checked_sub(1) else { return Captured::Ended };
            self.1 = left;
            *frame = self.0.next_frame();
            Captured::Frame(())
        }
    }

    #[test]
    fn both_are_heard_then_the_longer_one_and_then_it_ends() {
        let short = |hertz, frames| Box::new(Short(Tone::new(hertz, 8_000), frames));
        let mut both = MixedAudioSource::new(short(440.0, 25), short(880.0, 50));
        let mut hear = || {
            let frames: Vec<AudioFrame> = (0..25)
                .map(|_| {
                    let mut frame = AudioFrame::SILENCE;
                    assert_eq!(both.next_frame(&mut frame), Captured::Frame(()));
                    frame
                })
                .collect();
            Ear::new(&[440, 880]).hear_frames(&frames).tones()
        };
        assert_eq!(hear(), [440, 880]);
        assert_eq!(hear(), [880]);
        assert_eq!(both.next_frame(&mut AudioFrame::default()), Captured::Ended);
    }

    #[test]
    fn sounds_that_are_loud_together_do_not_wrap() {
        struct Loud;
        impl AudioSource for Loud {
            fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
                *frame = AudioFrame::new([30_000; carillon_frame::FRAME_SAMPLES]);
                Captured::Frame(())
            }
        }
        let mut frame = AudioFrame::SILENCE;
        MixedAudioSource::new(Box::new(Loud), Box::new(Loud)).next_frame(&mut frame);
        assert!(frame.samples().iter().all(|sample| *sample == i16::MAX));
    }
}
