//! When a session that was lost tries again, and when it gives up.

use std::time::{Duration, Instant};

use crate::configuration::MeetingSessionConfiguration;

/// The waits of one outage: random ones that double, so that a meeting does not come back all at once.
#[derive(Debug)]
pub(crate) struct Reconnect {
    limit: Duration,
    fixed: Duration,
    short: Duration,
    long: Duration,
    outage: Option<Outage>,
}

#[derive(Debug)]
struct Outage {
    since: Instant,
    attempts: u32,
}

impl Reconnect {
    pub(crate) const fn new(configuration: &MeetingSessionConfiguration) -> Self {
        Self {
            limit: configuration.reconnect_timeout,
            fixed: configuration.reconnect_fixed_wait,
            short: configuration.reconnect_short_back_off,
            long: configuration.reconnect_long_back_off,
            outage: None,
        }
    }

    /// Takes note that the session is up.
    pub(crate) fn handle_success(&mut self) {
        self.outage = None;
    }

    /// How often it was tried in this outage.
    pub(crate) fn attempts(&self) -> u32 {
        self.outage.as_ref().map_or(0, |outage| outage.attempts)
    }

    /// How long to wait before the next attempt, `chance` of the longest wait; nothing when it is time to give up.
    pub(crate) fn next_wait(&mut self, now: Instant, chance: f64) -> Option<Duration> {
        let outage = self.outage.get_or_insert(Outage { since: now, attempts: 0 });
        let doubled =
            self.short.saturating_mul(1_u32.checked_shl(outage.attempts).unwrap_or(u32::MAX));
        let wait =
            self.fixed.saturating_add(doubled.min(self.long).mul_f64(chance.clamp(0.0, 1.0)));
        outage.attempts = outage.attempts.saturating_add(1);
        (now + wait < outage.since + self.limit).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn waits_double_up_to_the_longest_and_end_with_the_limit() {
        let start = Instant::now();
        let mut reconnect = Reconnect {
            limit: Duration::from_secs(120),
            fixed: Duration::ZERO,
            short: Duration::from_secs(1),
            long: Duration::from_secs(5),
            outage: None,
        };
        let waits: Vec<u64> =
            (0..5).map(|_| reconnect.next_wait(start, 1.0).unwrap().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(reconnect.next_wait(start, 0.0), Some(Duration::ZERO));
        assert_eq!(reconnect.next_wait(start + Duration::from_secs(119), 1.0), None);
        reconnect.handle_success();
        assert_eq!(reconnect.attempts(), 0);
        assert!(reconnect.next_wait(start + Duration::from_secs(300), 1.0).is_some());
    }
}
