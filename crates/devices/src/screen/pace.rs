//! How often a screen is looked at.

use std::time::Duration;

/// The most pictures a second: more than any screen shows.
const MOST: u32 = 240;

/// Lets so many pictures a second through, and no more.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    due: Duration,
}

impl Pace {
    pub(super) fn new(framerate: u32) -> Self {
        let interval = Duration::from_secs(1) / framerate.clamp(1, MOST);
        Self { interval, due: Duration::ZERO }
    }

    /// Whether it is time for the next picture.
    ///
    /// Whoever asks at just this rate does so a little early at times: a quarter of an interval is forgiven, or every
    /// other picture would be left out. Whoever was late does not catch up.
    pub(super) fn is_due(&mut self, elapsed: Duration) -> bool {
        let is_due = elapsed.saturating_add(self.interval / 4) >= self.due;
        if is_due {
            let next = self.due.saturating_add(self.interval);
            let is_late = next < elapsed;
            self.due = if is_late { elapsed.saturating_add(self.interval) } else { next };
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the pictures asked for at these milliseconds are let through.
    fn taken(framerate: u32, asked: impl Iterator<Item = u64>) -> usize {
        let mut pace = Pace::new(framerate);
        asked.filter(|millis| pace.is_due(Duration::from_millis(*millis))).count()
    }

    #[test]
    fn no_more_pictures_come_than_were_asked_for() {
        assert_eq!(taken(15, (0..9_980).step_by(16)), 150);
        assert_eq!(taken(5, (0..9_940).step_by(10)), 50);
        assert_eq!(taken(0, (0..700).step_by(10)), 1);
    }

    #[test]
    fn asking_a_little_early_or_late_costs_no_picture() {
        let early_and_late = |n: u64| {
            (n * 1_000 / 15).saturating_add_signed(if n.is_multiple_of(2) { 4 } else { -4 })
        };
        assert_eq!(taken(15, (0..15).map(early_and_late)), 15);
    }

    #[test]
    fn whoever_was_late_does_not_catch_up() {
        assert_eq!(taken(10, [0, 1_000, 1_010, 1_020, 1_100].into_iter()), 3);
    }
}
