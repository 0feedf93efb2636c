//! What clients report of how their meetings went, kept so that a failed join can be explained afterwards.
//!
//! It is memory only: it goes with the process, and the reports of a meeting with the meeting.

pub(crate) mod failed_join;
pub(crate) mod report;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use carillon_types::{AttendeeId, MeetingId, WallTime};

/// Events of one attendee that are kept, the latest ones. A call without trouble has about a dozen, a reload doubles
/// them; more would reach further back and let one attendee push out the reports of others sooner.
pub const MAX_EVENTS_PER_ATTENDEE: usize = 64;

/// Bytes of one attendee's events that are kept, the latest ones: twice what a full number of usual events takes.
pub const MAX_BYTES_PER_ATTENDEE: usize = 32 * 1024;

/// Bytes of everybody's events that are kept. Beyond, whoever has been silent for longest is forgotten. An attendee has
/// about 4 KiB, so more than a few thousand at once are rare; raising it is memory of the process, nothing else.
pub const MAX_TOTAL_BYTES: usize = 16 * 1024 * 1024;

/// What keeping an event costs beside its text.
const EVENT_OVERHEAD_BYTES: usize = 128;

/// Attendees from which on those of meetings that have ended are looked for.
const TIDY_FROM: usize = 64;

/// One thing that happened at a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientEvent {
    /// What, such as `meetingStartFailed`.
    pub name: Box<str>,
    /// When, by the client's clock; by the server's if the client did not say.
    pub at: WallTime,
    /// When the report came in, by the server's clock.
    pub received: WallTime,
    /// Everything else about it, a JSON object as text.
    pub attributes: Box<str>,
}

impl ClientEvent {
    fn weight(&self) -> usize {
        self.name.len().saturating_add(self.attributes.len()).saturating_add(EVENT_OVERHEAD_BYTES)
    }
}

/// The reported events of all attendees; copies share everything.
#[derive(Clone, Debug, Default)]
pub struct ClientEvents(Arc<Mutex<Reports>>);

#[derive(Debug, Default)]
struct Reports {
    rings: BTreeMap<Reporter, Ring>,
    /// Who reported when, the longest silent first.
    by_turn: BTreeMap<u64, Reporter>,
    turn: u64,
    bytes: usize,
    tidy_at: usize,
}

/// An attendee of a meeting.
pub(crate) type Reporter = (MeetingId, AttendeeId);

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<ClientEvent>,
    bytes: usize,
    turn: u64,
    failed_joins: u32,
}

impl ClientEvents {
    /// The events of one attendee that are still known, in the order in which they came in.
    #[must_use]
    pub fn of(&self, meeting: MeetingId, attendee: AttendeeId) -> Vec<ClientEvent> {
        let reports = self.lock();
        let ring = reports.rings.get(&(meeting, attendee));
        ring.map(|ring| ring.events.iter().cloned().collect()).unwrap_or_default()
    }

    /// Who of a meeting has reported anything that is still known.
    #[must_use]
    pub fn reporters(&self, meeting: MeetingId) -> Vec<AttendeeId> {
        let from = (meeting, AttendeeId::from_random(0));
        let reports = self.lock();
        let of_meeting = reports.rings.range(from..).take_while(|((id, _), _)| *id == meeting);
        of_meeting.map(|((_, attendee), _)| *attendee).collect()
    }

    /// Keeps events of an attendee. `is_alive` is asked now and then which meetings still exist.
    pub(crate) fn keep(
        &self,
        reporter: Reporter,
        events: impl IntoIterator<Item = ClientEvent>,
        is_alive: impl Fn(MeetingId) -> bool,
    ) {
        let mut reports = self.lock();
        for event in events {
            reports.keep(reporter, event);
        }
        reports.tidy(is_alive);
    }

    /// Counts a failed join of an attendee and returns how many there were.
    pub(crate) fn count_failed_join(&self, reporter: Reporter) -> u32 {
        let mut reports = self.lock();
        let Some(ring) = reports.rings.get_mut(&reporter) else { return 0 };
        ring.failed_joins = ring.failed_joins.saturating_add(1);
        ring.failed_joins
    }

    fn lock(&self) -> MutexGuard<'_, Reports> {
        // Whoever panicked meanwhile left at worst a count of bytes that is off.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reports {
    fn keep(&mut self, reporter: Reporter, event: ClientEvent) {
        let ring = self.rings.entry(reporter).or_default();
        self.by_turn.remove(&ring.turn);
        self.turn = self.turn.saturating_add(1);
        ring.turn = self.turn;
        self.by_turn.insert(self.turn, reporter);
        self.bytes = self.bytes.saturating_sub(ring.bytes);
        ring.push(event);
        self.bytes = self.bytes.saturating_add(ring.bytes);
        while self.bytes > MAX_TOTAL_BYTES {
            let Some((_, silent)) = self.by_turn.pop_first() else { return };
            self.forget(silent);
        }
    }

    fn forget(&mut self, reporter: Reporter) {
        if let Some(ring) = self.rings.remove(&reporter) {
            self.by_turn.remove(&ring.turn);
            self.bytes = self.bytes.saturating_sub(ring.bytes);
        }
    }

    /// Looks through everybody only when there are twice as many as were left last time.
    fn tidy(&mut self, is_alive: impl Fn(MeetingId) -> bool) {
        if self.rings.len() < self.tidy_at.max(TIDY_FROM) {
            return;
        }
        let over: Vec<_> =
            self.rings.keys().filter(|(meeting, _)| !is_alive(*meeting)).copied().collect();
        over.into_iter().for_each(|reporter| self.forget(reporter));
        self.tidy_at = self.rings.len().saturating_mul(2);
    }
}

impl Ring {
    fn push(&mut self, event: ClientEvent) {
        self.bytes = self.bytes.saturating_add(event.weight());
        self.events.push_back(event);
        while self.events.len() > MAX_EVENTS_PER_ATTENDEE || self.bytes > MAX_BYTES_PER_ATTENDEE {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(oldest.weight());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn latest_events_of_an_attendee_are_kept() {
        let events = ClientEvents::default();
        for number in 0..100 {
            events.keep(reporter(1, 1), [event(number, 10)], |_| true);
        }
        let kept = events.of(meeting(1), attendee(1));
        assert_eq!(kept.len(), MAX_EVENTS_PER_ATTENDEE);
        assert_eq!(kept.first().unwrap().at.as_millis(), 36);
        assert_eq!(kept.last().unwrap().at.as_millis(), 99);
        assert_eq!(events.of(meeting(1), attendee(2)), []);
        assert_eq!(events.of(meeting(2), attendee(1)), []);
    }

    #[test]
    fn reporters_of_one_meeting_are_not_those_of_another() {
        let events = ClientEvents::default();
        for (meeting, attendee) in [(1, 1), (2, 1), (2, 2), (3, 1)] {
            events.keep(reporter(meeting, attendee), [event(0, 0)], |_| true);
        }
        assert_eq!(events.reporters(meeting(2)), [attendee(1), attendee(2)]);
        assert_eq!(events.reporters(meeting(4)), []);
    }

    #[test]
    fn whoever_is_silent_for_longest_is_forgotten_first() {
        let events = ClientEvents::default();
        let fill = |attendee| {
            let most = [event(0, 10_000), event(1, 10_000), event(2, 10_000)];
            events.keep(reporter(1, attendee), most, |_| true);
        };
        (0..500).for_each(fill);
        fill(0);
        (500..600).for_each(fill);
        let known = events.reporters(meeting(1));
        assert!(known.contains(&attendee(0)) && known.contains(&attendee(599)));
        assert!(!known.contains(&attendee(1)));
    }

    #[test]
    fn meetings_that_are_over_are_forgotten() {
        let events = ClientEvents::default();
        for number in 0..10_000 {
            let alive = |id| id == meeting(number) || id == meeting(7);
            events.keep(reporter(number, 1), [event(0, 10)], alive);
        }
        assert!(events.lock().rings.len() <= TIDY_FROM);
        assert_eq!(events.reporters(meeting(7)), [attendee(1)]);
    }

    proptest! {
        #[test]
        fn counts_of_bytes_are_true_and_bounded(
            reports in vec((0..3_u128, 0..3_u128, 0..60_000_usize), 0..200),
        ) {
            let events = ClientEvents::default();
            for (number, size) in reports.iter().map(|(m, a, size)| (reporter(*m, *a), *size)) {
                events.keep(number, [event(0, size)], |_| true);
            }
            let reports = events.lock();
            let weigh = |ring: &Ring| ring.events.iter().map(ClientEvent::weight).sum::<usize>();
            prop_assert!(reports.rings.values().all(|ring| ring.bytes == weigh(ring)));
            prop_assert!(reports.rings.values().all(|ring| ring.bytes <= MAX_BYTES_PER_ATTENDEE));
            let total: usize = reports.rings.values().map(|ring| ring.bytes).sum();
            prop_assert_eq!(reports.bytes, total);
            prop_assert_eq!(reports.by_turn.len(), reports.rings.len());
        }
    }

    fn event(at: u64, size: usize) -> ClientEvent {
        let at = WallTime::from_millis(at);
        let attributes = "x".repeat(size).into();
        ClientEvent { name: "meetingEnded".into(), at, received: at, attributes }
    }

    fn reporter(number: u128, who: u128) -> Reporter {
        (meeting(number), attendee(who))
    }

    fn meeting(number: u128) -> MeetingId {
        MeetingId::from_random(number)
    }

    fn attendee(number: u128) -> AttendeeId {
        AttendeeId::from_random(number)
    }
}
