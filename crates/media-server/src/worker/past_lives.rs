//! What is remembered of meetings that emptied and may come to life again.

use std::{collections::BTreeMap, time::Instant};

use carillon_signaling::FirstNumber;
use carillon_types::{MeetingId, MeetingLife};

/// Meetings that are remembered. The control plane ends what stays empty and tells so: these are the meetings that
/// emptied in the last minutes, and few that ended while somebody came in. At some 60 bytes each they take 4 MiB; beyond
/// that the one that has been empty for longest is forgotten, and starts at the base of its life again.
const MAX_MEETINGS: usize = 65_536;

/// Where the numbers of empty meetings stopped.
#[derive(Debug, Default)]
pub(crate) struct PastLives(BTreeMap<MeetingId, PastLife>);

#[derive(Debug)]
struct PastLife {
    emptied: Instant,
    numbered_until: FirstNumber,
}

impl PastLives {
    /// Where the numbers of a meeting start that comes to life.
    pub(crate) fn first_number(&mut self, meeting: MeetingId, life: MeetingLife) -> FirstNumber {
        let base = FirstNumber::of_life(life);
        self.0.remove(&meeting).map_or(base, |past| past.numbered_until.max(base))
    }

    /// Remembers a meeting that has emptied.
    pub(crate) fn remember(&mut self, now: Instant, meeting: MeetingId, until: FirstNumber) {
        if self.0.len() >= MAX_MEETINGS
            && let Some(longest) = self.0.iter().min_by_key(|(_, past)| past.emptied)
        {
            let longest = *longest.0;
            self.0.remove(&longest);
        }
        self.0.insert(meeting, PastLife { emptied: now, numbered_until: until });
    }

    /// Forgets a meeting that has ended.
    pub(crate) fn forget(&mut self, meeting: MeetingId) {
        self.0.remove(&meeting);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    fn life(earlier: u32) -> FirstNumber {
        FirstNumber::of_life(MeetingLife::after(earlier))
    }

    #[test]
    fn the_meeting_that_is_empty_for_longest_makes_room() {
        let (mut past, start) = (PastLives::default(), clock::now());
        let meeting = |number: usize| MeetingId::from_random(number as u128);
        for number in 0..=MAX_MEETINGS {
            past.remember(start + Duration::from_secs(number as u64), meeting(number), life(1));
        }
        assert_eq!(past.0.len(), MAX_MEETINGS);
        assert_eq!(past.first_number(meeting(0), MeetingLife::FIRST), life(0));
        assert_eq!(past.first_number(meeting(1), MeetingLife::FIRST), life(1));
    }

    #[test]
    fn the_higher_of_life_and_memory_counts() {
        let (mut past, meeting) = (PastLives::default(), MeetingId::from_random(1));
        past.remember(clock::now(), meeting, life(1));
        assert_eq!(past.first_number(meeting, MeetingLife::after(2)), life(2));
        past.remember(clock::now(), meeting, life(2));
        past.forget(meeting);
        assert_eq!(past.first_number(meeting, MeetingLife::after(1)), life(1));
    }
}
