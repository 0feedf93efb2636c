//! Lets through as many pictures a second as are wanted, evenly.

use std::time::{Duration, Instant};

/// How much too soon a picture may be, as a share of the interval: cameras are not exact.
const TOLERANCE: u32 = 4;

/// Decides by the time at which a picture comes.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// When the next picture is due.
    due: Option<Instant>,
}

impl Pace {
    /// A pace of so many pictures a second: 1 to 60.
    pub(super) fn new(framerate: f32) -> Self {
        Self { interval: interval(framerate), due: None }
    }

    /// Goes on at another pace after the next picture.
    pub(super) fn set_framerate(&mut self, framerate: f32) {
        self.interval = interval(framerate);
    }

    /// Whether a picture that comes at this time is sent.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        let Some(due) = self.due else {
            self.due = now.checked_add(self.interval);
            return true;
        };
        let early = due.saturating_duration_since(now);
        if early > self.interval / TOLERANCE {
            return false;
        }
        // A source that paused or is slower does not get the pictures it missed.
        let late = now.saturating_duration_since(due);
        let from = if late > self.interval { now } else { due };
        self.due = from.checked_add(self.interval);
        true
    }
}

fn interval(framerate: f32) -> Duration {
    Duration::from_secs_f32(framerate.clamp(1.0, 60.0).recip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(framerate: f32, source: u32, seconds: u32) -> usize {
        let start = carillon_testkit::clock::VirtualClock::start().now();
        let mut pace = Pace::new(framerate);
        let times = (0..source * seconds).map(|n| {
            // Every picture is up to 3 ms late.
            Duration::from_secs(1) * n / source + Duration::from_millis(u64::from(n * 7 % 4))
        });
        times.filter(|time| pace.admits(start + *time)).count()
    }

    #[test]
    fn as_many_pictures_pass_as_are_wanted() {
        for (wanted, source, expected) in
            [(15_u16, 30, 150), (30, 30, 300), (20, 30, 200), (30, 15, 150), (10, 24, 100)]
        {
            let passed = admitted(f32::from(wanted), source, 10);
            assert!(passed.abs_diff(expected) <= 2, "{passed} of {source} for {wanted}");
        }
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let start = carillon_testkit::clock::VirtualClock::start().now();
        let mut pace = Pace::new(10.0);
        assert!(pace.admits(start));
        let later = start + Duration::from_secs(5);
        assert!(pace.admits(later));
        assert!(!pace.admits(later + Duration::from_millis(20)));
    }
}
