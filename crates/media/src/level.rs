//! How loud a frame is.

use carillon_frame::{AudioFrame, AudioLevel, FRAME_SAMPLES};

/// The power of the loudest possible sound, a square wave of full amplitude: 0 dBov (RFC 6464 section 3).
const OVERLOAD_POWER: f64 = 32_768.0 * 32_768.0;

/// The loudness of a frame: its root mean square below overload, in whole decibels.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to 0..=127 before it becomes a byte"
)]
pub fn audio_level(frame: &AudioFrame) -> AudioLevel {
    let energy: u64 =
        frame.samples().iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
    if energy == 0 {
        return AudioLevel::SILENCE;
    }
    let power = energy as f64 / FRAME_SAMPLES as f64;
    let attenuation = -10.0 * (power / OVERLOAD_POWER).log10();
    AudioLevel::from_attenuation_db(attenuation.round().clamp(0.0, 127.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(amplitude: i16) -> AudioFrame {
        AudioFrame::new(std::array::from_fn(|n| if n % 96 < 48 { amplitude } else { -amplitude }))
    }

    #[test]
    fn overload_is_zero_and_each_halving_costs_six_decibels() {
        assert_eq!(audio_level(&square(i16::MAX)).attenuation_db(), 0);
        assert_eq!(audio_level(&square(16_384)).attenuation_db(), 6);
        assert_eq!(audio_level(&square(328)).attenuation_db(), 40);
    }

    #[test]
    fn the_quietest_sound_is_still_louder_than_silence() {
        assert_eq!(audio_level(&AudioFrame::SILENCE), AudioLevel::SILENCE);
        assert!(audio_level(&square(1)).is_louder_than(AudioLevel::SILENCE));
    }
}
