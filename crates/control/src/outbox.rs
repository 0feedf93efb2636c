//! What is to be told to others and has not reached them: which events, for whom, and how many at most.
//!
//! It is plain arithmetic over what the store holds; the store writes what is planned here in the same transaction as
//! the change that is told of.

mod strays;
mod unmapped;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::RangeInclusive,
};

use carillon_types::{EventId, MeetingId, WallTime};
use rand::{Rng, rngs::StdRng};

pub(crate) use self::strays::forget_strays;
use self::unmapped::UnmappedArns;
use crate::{
    announcement::{Announcement, iso_8601},
    event_rules::{EventRules, TargetName},
    record::MeetingRecord,
};

/// The place of an event among all that were ever posted: later ones have higher numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostingNumber(u64);

impl PostingNumber {
    /// The place that no event comes to: the store counts in signed numbers of 64 bits.
    pub const LAST: Self = Self(i64::MAX.unsigned_abs());

    /// Makes a place from its number.
    pub(crate) const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }

    /// Returns the place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One event on its way to one target.
#[derive(Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its place.
    pub number: PostingNumber,
    /// To whom it goes.
    pub target: TargetName,
    /// The meeting, whose events are to arrive in order.
    pub meeting: MeetingId,
    /// The name of the event, the same for every target and every attempt.
    pub event: EventId,
    /// What happened, in one word.
    pub event_type: String,
    /// When it happened.
    pub at: WallTime,
    /// The event as JSON.
    pub body: String,
}

impl Posting {
    /// Returns when it happened, as ISO 8601 in UTC.
    #[must_use]
    pub fn time(&self) -> String {
        iso_8601(self.at)
    }
}

impl fmt::Debug for Posting {
    /// Leaves out the body, which names people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posting")
            .field("number", &self.number)
            .field("target", &self.target)
            .field("meeting", &self.meeting)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

/// Which events somebody wants to see.
#[derive(Clone, Debug)]
pub struct Search {
    /// Of which target.
    pub target: TargetName,
    /// Of which meeting only, if of one.
    pub meeting: Option<MeetingId>,
    /// In which places only.
    pub numbers: RangeInclusive<PostingNumber>,
    /// How many at most: the first ones.
    pub most: u32,
}

/// One event of one target, by name.
pub(crate) type Waiting = (TargetName, PostingNumber);

/// What a commit does to the outbox.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OutboxChange {
    /// What is added.
    pub(crate) posted: Vec<Posting>,
    /// What has arrived, or was given up, and goes.
    pub(crate) done: Vec<Waiting>,
    /// What goes because there is too much.
    pub(crate) displaced: Vec<Waiting>,
    /// What is not even added because there is too much.
    pub(crate) left_out: usize,
}

impl OutboxChange {
    /// Says that nothing is to be written.
    pub(crate) const fn is_empty(&self) -> bool {
        self.posted.is_empty() && self.done.is_empty() && self.displaced.is_empty()
    }

    /// Counts what nobody will hear of.
    pub(crate) fn lost(&self) -> usize {
        self.displaced.len().saturating_add(self.left_out)
    }
}

/// The numbers of all that waits in the store.
#[derive(Debug)]
pub(crate) struct Outbox {
    rules: EventRules,
    last: PostingNumber,
    waiting: BTreeMap<TargetName, BTreeSet<PostingNumber>>,
    unmapped: UnmappedArns,
}

impl Outbox {
    /// Takes over what waits in the store, but for what nobody takes: that is counted for each target that is not there.
    pub(crate) fn restore(
        rules: EventRules,
        stored: Vec<Waiting>,
    ) -> (Self, BTreeMap<TargetName, usize>) {
        let last = stored.iter().map(|(_, number)| *number).max().unwrap_or_default();
        let mut waiting = BTreeMap::<_, BTreeSet<_>>::new();
        let mut strays = BTreeMap::<_, usize>::new();
        for (target, number) in stored {
            if rules.knows(&target) {
                waiting.entry(target).or_default().insert(number);
            } else {
                let count = strays.entry(target).or_default();
                *count = count.saturating_add(1);
            }
        }
        (Self { rules, last, waiting, unmapped: UnmappedArns::default() }, strays)
    }

    /// Counts what waits, for all targets that are there together.
    pub(crate) fn len(&self) -> usize {
        self.waiting.values().map(BTreeSet::len).sum()
    }

    /// Returns the highest number that was ever given.
    pub(crate) const fn last(&self) -> PostingNumber {
        self.last
    }

    /// Warns of what a meeting that was made wishes for and cannot have.
    pub(crate) fn check(&mut self, meeting: &MeetingRecord) {
        self.unmapped.warn(&self.rules, meeting);
    }

    /// Decides what is to be written, and changes nothing before it is.
    pub(crate) fn plan(
        &self,
        announcements: &[Announcement],
        done: Vec<Waiting>,
        chance: &mut StdRng,
    ) -> OutboxChange {
        let mut change = OutboxChange { done, ..OutboxChange::default() };
        if !self.rules.are_silent() {
            for announcement in announcements {
                self.post(announcement, chance, &mut change);
            }
            self.make_room(&mut change);
        }
        change
    }

    fn post(&self, announcement: &Announcement, chance: &mut StdRng, change: &mut OutboxChange) {
        let wish = announcement.meeting.request.notifications_configuration.as_ref();
        let targets = self.rules.targets(wish);
        if targets.is_empty() {
            return;
        }
        let event = EventId::from_random(chance.random());
        let body = serde_json::to_string(&announcement.envelope(event))
            .expect("an event has texts and numbers only, and its maps have names");
        for target in targets {
            let before = change.posted.last().map_or(self.last, |posting| posting.number);
            change.posted.push(Posting {
                number: before.next(),
                target: target.clone(),
                meeting: announcement.meeting.meeting_id,
                event,
                event_type: announcement.occurrence.event_type().to_owned(),
                at: announcement.at,
                body: body.clone(),
            });
        }
    }

    /// Lets the oldest of each target go when there would be too many.
    fn make_room(&self, change: &mut OutboxChange) {
        let targets: BTreeSet<_> = change.posted.iter().map(|new| new.target.clone()).collect();
        let nothing = BTreeSet::new();
        for target in targets {
            let stored = self.waiting.get(&target).unwrap_or(&nothing);
            let of_target = |one: &&Waiting| one.0 == target && stored.contains(&one.1);
            let done: BTreeSet<_> = change.done.iter().filter(of_target).map(|one| one.1).collect();
            let old = stored.len().saturating_sub(done.len());
            let new = change.posted.iter().filter(|posting| posting.target == target).count();
            let excess = old.saturating_add(new).saturating_sub(self.rules.most_waiting);
            let oldest = stored.iter().filter(|number| !done.contains(number)).take(excess);
            change.displaced.extend(oldest.map(|number| (target.clone(), *number)));
            leave_out(change, &target, excess.saturating_sub(old));
        }
    }

    /// Takes note of what is written.
    pub(crate) fn accept(&mut self, change: &OutboxChange) {
        for (target, number) in change.done.iter().chain(&change.displaced) {
            if let Some(numbers) = self.waiting.get_mut(target) {
                numbers.remove(number);
            }
        }
        for Posting { target, number, .. } in &change.posted {
            self.waiting.entry(target.clone()).or_default().insert(*number);
            self.last = self.last.max(*number);
        }
    }
}

/// Takes back so many of what was to be added for a target, the oldest first.
fn leave_out(change: &mut OutboxChange, target: &TargetName, count: usize) {
    let mut rest = count;
    change.posted.retain(|posting| {
        let stays = rest == 0 || posting.target != *target;
        rest = rest.saturating_sub(usize::from(!stays));
        stays
    });
    change.left_out = change.left_out.saturating_add(count);
}

#[cfg(test)]
mod tests;
