//! Wall time for the frames, without a clock.

use std::time::{Duration, Instant};

use carillon_types::WallTime;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// A point of wall time in nanoseconds since 1970-01-01T00:00:00Z, in which clients tell messages apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixNanos(pub u64);

/// A moment known both as an [`Instant`] and as wall time; every other moment follows from it.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    at: Instant,
    wall: WallTime,
}

impl Epoch {
    /// Pairs a moment with its wall time, both read by the caller as closely together as possible.
    #[must_use]
    pub const fn new(at: Instant, wall: WallTime) -> Self {
        Self { at, wall }
    }

    /// The wall time of a moment, which may lie before the pair.
    #[must_use]
    pub fn wall_time(&self, now: Instant) -> WallTime {
        let after = millis(now.saturating_duration_since(self.at));
        let before = millis(self.at.saturating_duration_since(now));
        let wall = self.wall.as_millis().saturating_add(after).saturating_sub(before);
        WallTime::from_millis(wall)
    }

    /// The wall time of a moment, which may lie before the pair, as finely as the moment is known.
    #[must_use]
    pub fn unix_nanos(&self, now: Instant) -> UnixNanos {
        let after = nanos(now.saturating_duration_since(self.at));
        let before = nanos(self.at.saturating_duration_since(now));
        let wall = self.wall.as_millis().saturating_mul(NANOS_PER_MILLI);
        UnixNanos(wall.saturating_add(after).saturating_sub(before))
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn wall_time_follows_the_instant_both_ways() {
        let at = Instant::now() + Duration::from_secs(10);
        let epoch = Epoch::new(at, WallTime::from_millis(1_000_000));
        let span = Duration::from_millis(250);
        assert_eq!(epoch.wall_time(at + span).as_millis(), 1_000_250);
        assert_eq!(epoch.wall_time(at - span).as_millis(), 999_750);
        let span = Duration::from_nanos(1_500);
        assert_eq!(epoch.unix_nanos(at + span), UnixNanos(1_000_000_001_500));
        assert_eq!(epoch.unix_nanos(at - span), UnixNanos(999_999_998_500));
    }
}
