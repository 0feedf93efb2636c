//! How many bits a second.

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
}
