//! How many pictures a second a file has.

use std::time::Duration;

use carillon_frame::{ClockRate, MediaTime};

use super::{FileError, FileFormat};

/// Pictures a second, as a fraction: 30000/1001 is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRate {
    numerator: u32,
    denominator: u32,
}

impl FrameRate {
    /// The most pictures a second that are played: more than any screen shows.
    pub const MAX: u32 = 240;

    /// So many pictures in so many seconds; nothing for none and for more than [`Self::MAX`] a second.
    #[must_use]
    pub fn new(pictures: u32, seconds: u32) -> Option<Self> {
        let most = seconds.saturating_mul(Self::MAX);
        (1..=most).contains(&pictures).then_some(Self { numerator: pictures, denominator: seconds })
    }

    /// How many pictures are over, so long after the first began.
    pub(super) fn pictures_in(self, elapsed: Duration) -> u64 {
        let nanos = elapsed.as_nanos().saturating_mul(self.numerator.into());
        let pictures = nanos / (1_000_000_000 * u128::from(self.denominator));
        u64::try_from(pictures).unwrap_or(u64::MAX)
    }

    /// How many pictures are over after so many ticks of 90 kHz.
    pub(super) fn pictures_in_ticks(self, ticks: u32) -> u64 {
        self.pictures_in(ClockRate::VIDEO.span_of(ticks).saturating_add(Duration::from_nanos(1)))
    }

    /// When a picture begins, counted from 0, by a clock of 90 kHz.
    pub(super) fn time_of(self, picture: u64) -> MediaTime {
        let ticks = u128::from(picture)
            .saturating_mul(u128::from(self.denominator) * u128::from(ClockRate::VIDEO.hz()))
            / u128::from(self.numerator);
        MediaTime(u32::try_from(ticks & u128::from(u32::MAX)).unwrap_or_default())
    }

    /// Pictures and seconds.
    pub(super) const fn parts(self) -> (u32, u32) {
        (self.numerator, self.denominator)
    }

    /// Reads `30:1`.
    pub(super) fn parse(text: &str) -> Result<Self, FileError> {
        let (pictures, seconds) = text.split_once(':').unwrap_or((text, "1"));
        let parsed = pictures.parse().ok().zip(seconds.parse().ok());
        parsed.and_then(|(pictures, seconds)| Self::new(pictures, seconds)).ok_or(
            FileError::Unsupported(FileFormat::Y4m, "no pictures a second, or more than 240"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_begin_when_the_rate_says() {
        let rate = FrameRate::parse("30000:1001").unwrap();
        assert_eq!(rate.pictures_in(Duration::from_millis(33)), 0);
        assert_eq!(rate.pictures_in(Duration::from_millis(34)), 1);
        assert_eq!(rate.pictures_in(Duration::from_secs(1_001)), 30_000);
        assert_eq!(rate.time_of(30_000), MediaTime(90_090_000));
        assert_eq!(rate.pictures_in_ticks(rate.time_of(7).0.wrapping_add(1)), 7);
        assert_eq!(FrameRate::new(30, 1).unwrap().pictures_in_ticks(3_000), 1);
    }

    #[test]
    fn impossible_rates_are_refused() {
        for text in ["0:1", "30:0", "0:0", "241:1", "-1:1", "", "4294967295:1"] {
            assert!(FrameRate::parse(text).is_err(), "{text}");
        }
    }
}
