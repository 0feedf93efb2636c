//! Tells a freeze from a slow stream, by the rule that browsers count freezes by.

use std::time::{Duration, Instant};

/// How many pictures the usual distance is taken from: a second's.
const PICTURES: u32 = 30;

/// How much longer than usual a picture must stand at least.
const LEAST_EXCESS: Duration = Duration::from_millis(150);

/// Watches when pictures are shown.
#[derive(Debug, Default)]
pub(super) struct FreezeDetector {
    last: Option<Instant>,
    /// The usual distance between pictures.
    usual: Option<Duration>,
}

impl FreezeDetector {
    /// Notes a picture; true if the one before stood three times as long as usual, and 150 ms longer.
    pub(super) fn shown(&mut self, now: Instant) -> bool {
        let Some(last) = self.last.replace(now) else { return false };
        let stood = now.saturating_duration_since(last);
        let Some(usual) = self.usual else {
            self.usual = Some(stood);
            return false;
        };
        let (old, new) = (usual.saturating_mul(PICTURES.saturating_sub(1)), stood);
        self.usual = Some(old.saturating_add(new) / PICTURES);
        stood > usual.saturating_mul(3).max(usual.saturating_add(LEAST_EXCESS))
    }
}

#[cfg(test)]
mod tests {
    use carillon_testkit::clock::VirtualClock;

    use super::*;

    #[test]
    fn a_long_stand_is_a_freeze_and_a_slow_stream_is_not() {
        let mut clock = VirtualClock::start();
        let mut detector = FreezeDetector::default();
        let mut freezes = |millis: u64, times: u32| {
            (0..times)
                .filter(|_| detector.shown(clock.advance(Duration::from_millis(millis))))
                .count()
        };
        assert_eq!(freezes(33, 60), 0);
        assert_eq!(freezes(180, 1), 0, "less than 150 ms beyond the usual");
        assert_eq!(freezes(200, 1), 1);
        assert_eq!(freezes(33, 60), 0);
        freezes(1_000, 30);
        assert_eq!(freezes(1_000, 60), 0, "it has become a slow stream");
    }
}
