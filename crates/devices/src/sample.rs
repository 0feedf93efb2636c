//! Samples in their two forms: 16-bit numbers in frames, floats while they are computed with.

use carillon_frame::AudioFrame;

/// What a float of 1 is in 16-bit samples.
const FULL_SCALE: f32 = 32_768.0;

/// A float between -1 and 1.
pub(crate) fn to_float(sample: i16) -> f32 {
    f32::from(sample) / FULL_SCALE
}

/// A 16-bit sample; what is too loud is clipped.
#[expect(clippy::cast_possible_truncation, reason = "a float beyond the range becomes its end")]
pub(crate) fn to_i16(sample: f32) -> i16 {
    (sample * FULL_SCALE).round() as i16
}

/// Writes a frame; where there are too few samples, silence follows.
pub(crate) fn write_frame(frame: &mut AudioFrame, samples: &[f32]) {
    let silence = std::iter::repeat(0.0);
    for (to, from) in frame.samples_mut().iter_mut().zip(samples.iter().copied().chain(silence)) {
        *to = to_i16(from);
    }
}

/// Fades from the beginning of one run of sound to the end of another.
#[cfg(any(test, feature = "audio"))]
pub(crate) fn cross_fade(from: &AudioFrame, to: &AudioFrame) -> AudioFrame {
    let mut faded = AudioFrame::SILENCE;
    let pairs = from.samples().iter().zip(to.samples());
    let length = pairs.len() as f32;
    for (n, (out, (from, to))) in faded.samples_mut().iter_mut().zip(pairs).enumerate() {
        let share = (n as f32 + 0.5) / length;
        *out = to_i16(to_float(*from) * (1.0 - share) + to_float(*to) * share);
    }
    faded
}

#[cfg(test)]
mod tests {
    use carillon_frame::FRAME_SAMPLES;

    use super::*;

    #[test]
    fn samples_survive_and_loud_ones_are_clipped() {
        for sample in [i16::MIN, -1, 0, 1, 12_345, i16::MAX] {
            assert_eq!(to_i16(to_float(sample)), sample);
        }
        assert_eq!((to_i16(1.5), to_i16(-2.0), to_i16(f32::NAN)), (i16::MAX, i16::MIN, 0));
    }

    #[test]
    fn a_short_frame_ends_in_silence() {
        let mut frame = AudioFrame::new([7; FRAME_SAMPLES]);
        write_frame(&mut frame, &[0.5; 10]);
        assert_eq!(frame.samples()[..11], [[16_384; 10].as_slice(), &[0]].concat());
        assert_eq!(frame.samples()[FRAME_SAMPLES - 1], 0);
    }

    #[test]
    fn a_cross_fade_begins_with_one_frame_and_ends_with_the_other() {
        let faded = cross_fade(
            &AudioFrame::new([1_000; FRAME_SAMPLES]),
            &AudioFrame::new([-1_000; FRAME_SAMPLES]),
        );
        assert_eq!(faded.samples()[0], 999);
        assert_eq!(faded.samples()[FRAME_SAMPLES - 1], -999);
        assert!(faded.samples().windows(2).all(|pair| pair[0] - pair[1] <= 3));
    }
}
