//! How many bits a second.

use std::time::Duration;

/// A bitrate in bits per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bitrate(u64);

impl Bitrate {
    /// A bitrate of so many bits per second.
    #[must_use]
    pub const fn from_bps(bits_per_second: u64) -> Self {
        Self(bits_per_second)
    }

    /// A bitrate of so many kilobits (1,000 bits) per second.
    #[must_use]
    pub const fn from_kbps(kilobits_per_second: u32) -> Self {
        Self(kilobits_per_second as u64 * 1_000)
    }

    /// Bits per second.
    #[must_use]
    pub const fn bps(self) -> u64 {
        self.0
    }

    /// Whole kilobits per second, at most `u32::MAX`.
    #[must_use]
    pub fn kbps(self) -> u32 {
        u32::try_from(self.0 / 1_000).unwrap_or(u32::MAX)
    }

    /// The bitrate at which so many octets take this long; nothing for no time at all.
    #[must_use]
    pub fn of(octets: u64, span: Duration) -> Option<Self> {
        let bits = u128::from(octets).saturating_mul(8_000_000);
        let bps = bits.checked_div(span.as_micros())?;
        Some(Self(u64::try_from(bps).unwrap_or(u64::MAX)))
    }

    /// How many whole octets go through in this time.
    #[must_use]
    pub fn octets_in(self, span: Duration) -> u64 {
        let octets = u128::from(self.0).saturating_mul(span.as_micros()) / 8_000_000;
        u64::try_from(octets).unwrap_or(u64::MAX)
    }

    /// So many hundredths of it.
    #[must_use]
    pub const fn percent(self, hundredths: u32) -> Self {
        Self(self.0.saturating_mul(hundredths as u64) / 100)
    }

    /// Both together.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left without the other; nothing rather than less.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_and_time_make_a_bitrate_and_back() {
        let rate = Bitrate::of(1_250, Duration::from_millis(10)).unwrap();
        assert_eq!(rate, Bitrate::from_kbps(1_000));
        assert_eq!(rate.octets_in(Duration::from_millis(20)), 2_500);
        assert_eq!(Bitrate::of(1, Duration::ZERO), None);
        assert_eq!(rate.percent(85).kbps(), 850);
        assert_eq!(rate.saturating_sub(Bitrate::from_kbps(2_000)), Bitrate::default());
    }
}
