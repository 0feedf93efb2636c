//! Media time: ticks of a clock that the stream's format defines, never wall time.

use std::time::Duration;

/// Ticks per second of an RTP clock (RFC 3550 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClockRate(u32);

impl ClockRate {
    /// Opus counts at 48 kHz, whatever the bandwidth (RFC 7587 section 4.1).
    pub const OPUS: Self = Self(48_000);
    /// Every video format of RTP counts at 90 kHz.
    pub const VIDEO: Self = Self(90_000);

    /// Ticks per second.
    #[must_use]
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// How many ticks pass in `span`, wrapping like an RTP timestamp.
    #[must_use]
    pub fn ticks_in(self, span: Duration) -> u32 {
        let ticks = span.as_nanos().wrapping_mul(u128::from(self.0)) / 1_000_000_000;
        (ticks & 0xffff_ffff) as u32
    }

    /// How long so many ticks take.
    #[must_use]
    pub const fn span_of(self, ticks: u32) -> Duration {
        let nanos = ticks as u64 * 1_000_000_000;
        match nanos.checked_div(self.0 as u64) {
            Some(nanos) => Duration::from_nanos(nanos),
            None => Duration::ZERO,
        }
    }
}

/// An RTP timestamp, which wraps at 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MediaTime(pub u32);

impl MediaTime {
    /// The time `ticks` later, around the wrap.
    #[must_use]
    pub const fn wrapping_add(self, ticks: u32) -> Self {
        Self(self.0.wrapping_add(ticks))
    }

    /// How many ticks `self` lies after `earlier`, by the shorter way around.
    #[must_use]
    pub const fn distance_from(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_opus_is_960_ticks() {
        assert_eq!(ClockRate::OPUS.ticks_in(crate::FRAME_DURATION), 960);
    }

    #[test]
    fn ticks_and_spans_agree() {
        let span = Duration::from_millis(40);
        assert_eq!(ClockRate::VIDEO.span_of(ClockRate::VIDEO.ticks_in(span)), span);
        assert_eq!(ClockRate::VIDEO.span_of(u32::MAX).as_secs(), 47_721);
    }

    #[test]
    fn distance_survives_the_wrap() {
        let late = MediaTime(5);
        assert_eq!(late.distance_from(MediaTime(u32::MAX)), 6);
    }
}
