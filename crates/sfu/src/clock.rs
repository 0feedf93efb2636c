//! Where a stream's clock stands against its sender's wall clock.

use carillon_frame::{ClockRate, MediaTime};
use carillon_rtp::rtcp::SenderReport;

/// What is added to a stream's timestamps to read its sender's wall clock, in ticks of 90 kHz.
///
/// The layers of one picture count from different random starts (RFC 3550 section 5.1); their
/// sender's reports give each of them the same wall clock (section 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderClock(u32);

impl SenderClock {
    pub(crate) fn from_report(report: &SenderReport) -> Self {
        let ticks = (u128::from(report.ntp.0) * u128::from(ClockRate::VIDEO.hz())) >> 32;
        let wall = MediaTime((ticks & 0xffff_ffff) as u32);
        Self(wall.0.wrapping_sub(report.rtp.0))
    }

    /// What has to be added to the timestamps of a stream with this clock, so that pictures of one
    /// moment get the time that `other` and its `offset` give them.
    pub(crate) const fn offset_like(self, other: Self, offset: u32) -> u32 {
        offset.wrapping_sub(other.0).wrapping_add(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use carillon_frame::Ssrc;
    use carillon_rtp::NtpTime;

    use super::*;

    fn report(millis: u64, rtp: u32) -> SenderReport {
        SenderReport {
            ssrc: Ssrc(1),
            ntp: NtpTime::from_unix(Duration::from_millis(1_700_000_000_000 + millis)),
            rtp: MediaTime(rtp),
            packets: 0,
            octets: 0,
            blocks: Vec::new(),
        }
    }

    #[test]
    fn reports_of_different_moments_give_streams_the_same_offset() {
        let low = SenderClock::from_report(&report(0, 5_000));
        let hi = SenderClock::from_report(&report(100, u32::MAX));
        // A picture 200 ms in has 23,000 on the low layer's clock, and 8,999 on the other's.
        let offset = 77_u32;
        let other = hi.offset_like(low, offset);
        let difference = 8_999_u32.wrapping_add(other).wrapping_sub(23_000 + offset);
        assert!(difference.cast_signed().abs() <= 1, "{difference}");
    }
}
