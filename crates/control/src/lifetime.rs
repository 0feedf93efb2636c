//! How long meetings live.

use std::time::{Duration, Instant};

/// When a meeting ends by itself; [`Duration::MAX`] switches a rule off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifetimeRules {
    /// The longest a meeting lives, connected or not.
    pub longest: Duration,
    /// The longest a meeting lives with nobody connected, from its creation or the last departure.
    pub idle: Duration,
}

impl Default for LifetimeRules {
    /// 24 hours and 5 minutes, which applications written for the original service expect.
    fn default() -> Self {
        Self { longest: Duration::from_secs(24 * 60 * 60), idle: Duration::from_secs(5 * 60) }
    }
}

/// Why a meeting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner deleted it.
    Deleted,
    /// It reached the greatest age.
    TooOld,
    /// Nobody was connected for too long.
    Idle,
    /// The meeting of which it was a replica ended.
    PrimaryEnded,
}

/// What of a meeting's life bears on its end, measured on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifeline {
    /// The age at `since`; not zero when the meeting is older than the process.
    age: Duration,
    since: Instant,
    /// Since when nobody is connected; absent while somebody is.
    empty_since: Option<Instant>,
}

impl Lifeline {
    /// Begins to watch a meeting of this age, nobody being connected.
    ///
    /// After a restart, everyone has the whole idle time to come back.
    pub(crate) const fn begin(now: Instant, age: Duration) -> Self {
        Self { age, since: now, empty_since: Some(now) }
    }

    /// Notes how many are connected.
    pub(crate) fn set_connected(&mut self, now: Instant, connected: usize) {
        self.empty_since = match (connected, self.empty_since) {
            (0, None) => Some(now),
            (0, since @ Some(_)) => since,
            (_, _) => None,
        };
    }

    /// Says whether and why the meeting is over.
    pub(crate) fn verdict(&self, now: Instant, rules: LifetimeRules) -> Option<EndReason> {
        let age = self.age.saturating_add(now.saturating_duration_since(self.since));
        if age >= rules.longest {
            return Some(EndReason::TooOld);
        }
        let empty = now.saturating_duration_since(self.empty_since?);
        (empty >= rules.idle).then_some(EndReason::Idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[expect(clippy::disallowed_methods, reason = "any instant will do as an origin")]
    fn origin() -> Instant {
        Instant::now()
    }

    #[test]
    fn empty_meeting_ends_after_five_minutes() {
        let (start, rules) = (origin(), LifetimeRules::default());
        let life = Lifeline::begin(start, Duration::ZERO);
        assert_eq!(life.verdict(start + 5 * MINUTE - Duration::from_millis(1), rules), None);
        assert_eq!(life.verdict(start + 5 * MINUTE, rules), Some(EndReason::Idle));
    }

    #[test]
    fn departure_starts_the_idle_time_and_arrival_stops_it() {
        let (start, rules) = (origin(), LifetimeRules::default());
        let mut life = Lifeline::begin(start, Duration::ZERO);
        life.set_connected(start + 4 * MINUTE, 1);
        assert_eq!(life.verdict(start + 60 * MINUTE, rules), None);
        life.set_connected(start + 60 * MINUTE, 0);
        life.set_connected(start + 64 * MINUTE, 0);
        assert_eq!(life.verdict(start + 64 * MINUTE, rules), None);
        assert_eq!(life.verdict(start + 65 * MINUTE, rules), Some(EndReason::Idle));
    }

    #[test]
    fn a_day_is_the_end_even_of_a_busy_meeting() {
        let (start, rules) = (origin(), LifetimeRules::default());
        let mut life = Lifeline::begin(start, 23 * 60 * MINUTE);
        life.set_connected(start, 5);
        assert_eq!(life.verdict(start + 59 * MINUTE, rules), None);
        assert_eq!(life.verdict(start + 60 * MINUTE, rules), Some(EndReason::TooOld));
    }

    #[test]
    fn a_rule_can_be_switched_off() {
        let start = origin();
        let rules = LifetimeRules { longest: Duration::MAX, idle: Duration::MAX };
        let life = Lifeline::begin(start, 900 * 60 * MINUTE);
        assert_eq!(life.verdict(start + 900 * 60 * MINUTE, rules), None);
    }
}
