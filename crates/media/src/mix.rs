//! Mixing arithmetic: exact sums of integers, so that equal sound gives equal samples.

use carillon_frame::{AudioFrame, FRAME_SAMPLES};

/// Up to this magnitude a sum passes unchanged; above it the curve bends.
///
/// 2.5 dB below full scale: lower would colour a single loud talker, higher would make two loud talkers sound harder.
const KNEE: i32 = 24_576;

/// What is left above the knee.
const HEADROOM: i32 = 32_767 - KNEE;

/// The sum of everybody's sound in one frame, from which each listener's own part can be taken away again.
///
/// Samples are summed in 32 bits, which is exact for up to 65,536 sources.
#[derive(Clone, Debug)]
pub struct Mix {
    sum: [i32; FRAME_SAMPLES],
}

impl Mix {
    /// Makes a mix in which nobody is heard.
    #[must_use]
    pub const fn new() -> Self {
        Self { sum: [0; FRAME_SAMPLES] }
    }

    /// Takes everybody out.
    pub const fn clear(&mut self) {
        self.sum = [0; FRAME_SAMPLES];
    }

    /// Adds one source's sound.
    pub fn add(&mut self, frame: &AudioFrame) {
        for (sum, sample) in self.sum.iter_mut().zip(frame.samples()) {
            *sum = sum.wrapping_add(i32::from(*sample));
        }
    }

    /// Takes one source's sound away again.
    pub fn subtract(&mut self, frame: &AudioFrame) {
        for (sum, sample) in self.sum.iter_mut().zip(frame.samples()) {
            *sum = sum.wrapping_sub(i32::from(*sample));
        }
    }

    /// The mix as a frame: the sum, bent softly where it would exceed 16 bits.
    ///
    /// The limiter has no memory and treats every sample alike: equal sums make equal frames for every listener.
    #[must_use]
    pub fn frame(&self) -> AudioFrame {
        let mut frame = AudioFrame::SILENCE;
        for (sample, sum) in frame.samples_mut().iter_mut().zip(&self.sum) {
            *sample = limited(*sum);
        }
        frame
    }
}

impl Default for Mix {
    fn default() -> Self {
        Self::new()
    }
}

/// Bends a sum into 16 bits: straight up to the knee, then a hyperbola of the same slope that never reaches full scale.
fn limited(sum: i32) -> i16 {
    let magnitude = i64::from(sum).abs();
    let over = magnitude.saturating_sub(i64::from(KNEE));
    if over <= 0 {
        return i16::try_from(sum).unwrap_or(i16::MAX);
    }
    let headroom = i64::from(HEADROOM);
    let bent = i64::from(KNEE) + headroom * over / (headroom + over);
    let bent = i16::try_from(bent).unwrap_or(i16::MAX);
    if sum < 0 { -bent } else { bent }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_frame() -> impl Strategy<Value = AudioFrame> {
        any::<[i16; 32]>().prop_map(|seed| AudioFrame::new(std::array::from_fn(|n| seed[n % 32])))
    }

    fn mix_of(frames: &[AudioFrame]) -> Mix {
        let mut mix = Mix::new();
        frames.iter().for_each(|frame| mix.add(frame));
        mix
    }

    #[test]
    fn one_moderate_talker_passes_unchanged() {
        let talker = AudioFrame::new([-24_000; FRAME_SAMPLES]);
        assert_eq!(mix_of(std::slice::from_ref(&talker)).frame(), talker);
    }

    #[test]
    fn loud_sums_keep_their_order_and_stay_in_range() {
        let bent: Vec<i16> = (0..200_000).step_by(97).map(limited).collect();
        assert!(bent.is_sorted());
        assert_eq!(limited(i32::MAX), 32_766);
        assert_eq!(limited(i32::MIN), -32_766);
    }

    proptest! {
        #[test]
        fn nobody_hears_themselves(
            others in prop::collection::vec(any_frame(), 0..6),
            own in any_frame(),
        ) {
            let mut mix = mix_of(&others);
            mix.add(&own);
            mix.subtract(&own);
            prop_assert_eq!(mix.frame(), mix_of(&others).frame());
        }

        #[test]
        fn a_silent_listener_hears_exactly_what_all_hear(
            talkers in prop::collection::vec(any_frame(), 0..6),
        ) {
            let mut mine = mix_of(&talkers);
            mine.add(&AudioFrame::SILENCE);
            mine.subtract(&AudioFrame::SILENCE);
            prop_assert_eq!(mine.frame(), mix_of(&talkers).frame());
        }

        #[test]
        fn the_limiter_is_odd_and_never_amplifies(sum in -2_000_000_i32..2_000_000) {
            prop_assert_eq!(limited(-sum), -limited(sum));
            prop_assert!(i32::from(limited(sum)).abs() <= sum.abs());
        }
    }
}
