//! Wall time as RTCP writes it (RFC 3550 section 4).

use std::time::Duration;

/// Seconds from the start of 1900, where NTP counts from, to the start of 1970.
const NTP_TO_UNIX_SECONDS: u64 = 2_208_988_800;

/// A wall clock's time in 32.32 fixed point seconds since 1900, handed in by whoever owns a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// The time that lies `since_epoch` after the start of 1970; it wraps in 2036.
    #[must_use]
    pub fn from_unix(since_epoch: Duration) -> Self {
        let seconds = since_epoch.as_secs().wrapping_add(NTP_TO_UNIX_SECONDS);
        let fraction = (u64::from(since_epoch.subsec_nanos()) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }

    /// The middle 32 bits, in units of 1/65,536 s: what reports refer to a time by.
    #[must_use]
    pub const fn middle(self) -> ShortNtp {
        ShortNtp(((self.0 >> 16) & 0xffff_ffff) as u32)
    }
}

/// The middle 32 bits of an [`NtpTime`], in units of 1/65,536 s, wrapping every 18 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShortNtp(pub u32);

/// A span in units of 1/65,536 s, as reports write delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortSpan(pub u32);

impl ShortSpan {
    /// The span nearest below `span`, at most 18 hours.
    #[must_use]
    pub fn from_duration(span: Duration) -> Self {
        let units = (span.as_nanos() << 16) / 1_000_000_000;
        Self(u32::try_from(units).unwrap_or(u32::MAX))
    }

    /// This span as a duration.
    #[must_use]
    pub const fn to_duration(self) -> Duration {
        Duration::from_nanos((self.0 as u64 * 1_000_000_000) >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_time_becomes_ntp_time() {
        let ntp = NtpTime::from_unix(Duration::from_millis(1_500));
        assert_eq!(ntp.0 >> 32, 2_208_988_801);
        assert_eq!(ntp.0 & 0xffff_ffff, 1 << 31);
        assert_eq!(ntp.middle().0 & 0xffff, 0x8000);
    }

    #[test]
    fn short_spans_keep_milliseconds() {
        let span = ShortSpan::from_duration(Duration::from_millis(250));
        assert_eq!(span.0, 16_384);
        assert_eq!(span.to_duration(), Duration::from_millis(250));
        assert_eq!(ShortSpan::from_duration(Duration::MAX / 65_536), ShortSpan(u32::MAX));
    }
}
