//! How long meetings live.

use std::time::{Duration, Instant};

/// When a meeting ends by itself; [`Duration::MAX`] switches a rule off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifetimeRules {
    /// The longest a meeting lives, connected or not.
    pub longest: Duration,
    /// The longest a meeting lives with nobody connected, from its creation or the last departure.
    pub idle: Duration,
    /// The longest a meeting lives with fewer than two attendees connected, from its creation or a departure.
    pub lonely: Duration,
    /// The longest a meeting lives while something is shared that nobody else watches.
    pub unwatched_share: Duration,
}

impl Default for LifetimeRules {
    /// 24 hours and 5 minutes, which applications written for the original service expect; its two older rules, of half
    /// an hour each, are off.
    fn default() -> Self {
        Self {
            longest: Duration::from_secs(24 * 60 * 60),
            idle: Duration::from_secs(5 * 60),
            lonely: Duration::MAX,
            unwatched_share: Duration::MAX,
        }
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
    /// Fewer than two attendees were connected for too long.
    Lonely,
    /// Nobody watched what was shared for too long.
    UnwatchedShare,
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
    /// Since when fewer than two attendees are connected; absent while more are.
    lonely_since: Option<Instant>,
    /// Since when something is shared and nobody else watches it; absent at other times.
    unwatched_since: Option<Instant>,
}

/// Who is connected to a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// The attendees, by their sound.
    pub attendees: usize,
    /// Their content shares.
    pub shares: usize,
}

impl Lifeline {
    /// Begins to watch a meeting of this age, nobody being connected.
    ///
    /// After a restart, everyone has the whole idle time to come back.
    pub(crate) const fn begin(now: Instant, age: Duration) -> Self {
        Self {
            age,
            since: now,
            empty_since: Some(now),
            lonely_since: Some(now),
            unwatched_since: None,
        }
    }

    /// Notes who is connected.
    pub(crate) fn set_connected(&mut self, now: Instant, connected: Connected) {
        let Connected { attendees, shares } = connected;
        let lasts = |holds: bool, since: Option<Instant>| holds.then(|| since.unwrap_or(now));
        self.empty_since = lasts(attendees == 0 && shares == 0, self.empty_since);
        self.lonely_since = lasts(attendees < 2, self.lonely_since);
        if shares == 0 {
            self.unwatched_since = None;
        }
    }

    /// Notes whether something is shared that nobody else watches.
    pub(crate) fn set_unwatched(&mut self, now: Instant, is_unwatched: bool) {
        self.unwatched_since = is_unwatched.then(|| self.unwatched_since.unwrap_or(now));
    }

    /// Says whether and why the meeting is over.
    pub(crate) fn verdict(&self, now: Instant, rules: LifetimeRules) -> Option<EndReason> {
        let age = self.age.saturating_add(now.saturating_duration_since(self.since));
        if age >= rules.longest {
            return Some(EndReason::TooOld);
        }
        [
            (self.empty_since, rules.idle, EndReason::Idle),
            (self.lonely_since, rules.lonely, EndReason::Lonely),
            (self.unwatched_since, rules.unwatched_share, EndReason::UnwatchedShare),
        ]
        .into_iter()
        .find_map(|(since, longest, reason)| {
            let lasted = now.saturating_duration_since(since?);
            (lasted >= longest).then_some(reason)
        })
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

    fn people(attendees: usize) -> Connected {
        Connected { attendees, shares: 0 }
    }

    #[test]
    fn one_alone_ends_by_the_older_rule_and_a_share_is_no_company() {
        let (start, half_an_hour) = (origin(), 30 * MINUTE);
        let rules = LifetimeRules { lonely: half_an_hour, ..LifetimeRules::default() };
        let mut life = Lifeline::begin(start, Duration::ZERO);
        life.set_connected(start, people(2));
        life.set_connected(start + MINUTE, Connected { attendees: 1, shares: 1 });
        assert_eq!(life.verdict(start + half_an_hour, rules), None);
        let end = start + MINUTE + half_an_hour;
        assert_eq!(life.verdict(end, rules), Some(EndReason::Lonely));
        assert_eq!(life.verdict(end, LifetimeRules::default()), None);
        life.set_connected(end, people(2));
        assert_eq!(life.verdict(end, rules), None);
    }

    #[test]
    fn share_that_nobody_watches_ends_the_meeting_by_the_older_rule() {
        let (start, half_an_hour) = (origin(), 30 * MINUTE);
        let rules = LifetimeRules { unwatched_share: half_an_hour, ..LifetimeRules::default() };
        let mut life = Lifeline::begin(start, Duration::ZERO);
        life.set_connected(start, Connected { attendees: 2, shares: 1 });
        life.set_unwatched(start, true);
        life.set_unwatched(start + MINUTE, true);
        assert_eq!(life.verdict(start + half_an_hour, rules), Some(EndReason::UnwatchedShare));
        assert_eq!(life.verdict(start + half_an_hour, LifetimeRules::default()), None);
        life.set_unwatched(start + MINUTE, false);
        assert_eq!(life.verdict(start + half_an_hour, rules), None);
        life.set_unwatched(start + MINUTE, true);
        life.set_connected(start + 2 * MINUTE, people(2));
        assert_eq!(life.verdict(start + 2 * half_an_hour, rules), None, "its share was lost");
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
        life.set_connected(start + 4 * MINUTE, people(1));
        assert_eq!(life.verdict(start + 60 * MINUTE, rules), None);
        life.set_connected(start + 60 * MINUTE, people(0));
        life.set_connected(start + 64 * MINUTE, people(0));
        assert_eq!(life.verdict(start + 64 * MINUTE, rules), None);
        assert_eq!(life.verdict(start + 65 * MINUTE, rules), Some(EndReason::Idle));
    }

    #[test]
    fn a_day_is_the_end_even_of_a_busy_meeting() {
        let (start, rules) = (origin(), LifetimeRules::default());
        let mut life = Lifeline::begin(start, 23 * 60 * MINUTE);
        life.set_connected(start, people(5));
        assert_eq!(life.verdict(start + 59 * MINUTE, rules), None);
        assert_eq!(life.verdict(start + 60 * MINUTE, rules), Some(EndReason::TooOld));
    }

    #[test]
    fn a_rule_can_be_switched_off() {
        let start = origin();
        let rules = LifetimeRules {
            longest: Duration::MAX,
            idle: Duration::MAX,
            ..LifetimeRules::default()
        };
        let life = Lifeline::begin(start, 900 * 60 * MINUTE);
        assert_eq!(life.verdict(start + 900 * 60 * MINUTE, rules), None);
    }
}
