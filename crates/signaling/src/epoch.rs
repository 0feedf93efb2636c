//! Wall time for the frames, without a clock.

use std::time::{Duration, Instant};

use carillon_types::WallTime;

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
    }
}
