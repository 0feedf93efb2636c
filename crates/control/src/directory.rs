//! Everything alive, in memory: what reads and joins look at, and what decisions are made from.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use carillon_types::{
    AccountId, AttendeeId, Caller, ClientRequestToken, ExternalUserId, MeetingId,
};

use crate::{
    boot::Boot,
    event::{Change, ControlEvent},
    key_ring::{KeyRing, TokenKey},
    lifetime::Lifeline,
    record::{AttendeeRecord, MeetingRecord, MeetingState, Sequence},
};

/// All meetings of all accounts.
#[derive(Debug)]
pub(crate) struct Directory {
    meetings: BTreeMap<MeetingId, MeetingEntry>,
    by_request: BTreeMap<(Caller, ClientRequestToken), MeetingId>,
    keys: KeyRing,
}

impl Directory {
    /// Takes over what a store had.
    pub(crate) fn restore(
        snapshot: Vec<(MeetingRecord, MeetingState, Vec<AttendeeRecord>)>,
        keys: Vec<Arc<TokenKey>>,
        boot: &Boot,
        now: Instant,
    ) -> Self {
        let mut directory = Self {
            meetings: BTreeMap::new(),
            by_request: BTreeMap::new(),
            keys: KeyRing::restore(keys),
        };
        for (meeting, state, attendees) in snapshot {
            let age = boot.uptime(now).since(meeting.born);
            let mut entry = MeetingEntry::new(Arc::new(meeting), Lifeline::begin(now, age));
            entry.state = state;
            for attendee in attendees {
                entry.insert(Arc::new(attendee));
            }
            directory.insert(entry);
        }
        directory
    }

    /// Makes one durable change.
    pub(crate) fn apply(&mut self, now: Instant, event: &ControlEvent) {
        let id = event.meeting.meeting_id;
        if event.change == Change::MeetingCreated {
            let life = Lifeline::begin(now, std::time::Duration::ZERO);
            self.insert(MeetingEntry::new(Arc::clone(&event.meeting), life));
        } else if let Change::MeetingEnded(_) = event.change {
            self.remove(id);
        } else if let Some(entry) = self.meetings.get_mut(&id) {
            entry.apply(&event.change);
        }
    }

    /// Returns a meeting, whoever owns it.
    pub(crate) fn meeting(&self, id: MeetingId) -> Option<&MeetingEntry> {
        self.meetings.get(&id)
    }

    /// Returns a meeting, to note who is connected.
    pub(crate) fn meeting_mut(&mut self, id: MeetingId) -> Option<&mut MeetingEntry> {
        self.meetings.get_mut(&id)
    }

    /// Returns the meeting that was made for this wish.
    pub(crate) fn requested(
        &self,
        caller: &Caller,
        token: &ClientRequestToken,
    ) -> Option<&MeetingEntry> {
        self.meetings.get(self.by_request.get(&(caller.clone(), token.clone()))?)
    }

    /// Returns the meetings after this one, or all, in the order of their identifiers.
    pub(crate) fn meetings_after(
        &self,
        last: Option<MeetingId>,
    ) -> impl Iterator<Item = &MeetingEntry> {
        let from = last.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.meetings.range((from, std::ops::Bound::Unbounded)).map(|(_, entry)| entry)
    }

    /// Returns all meetings in the order of their identifiers.
    pub(crate) fn meetings(&self) -> impl ExactSizeIterator<Item = &MeetingEntry> {
        self.meetings.values()
    }

    /// Returns the replicas of a meeting.
    pub(crate) fn replicas(&self, primary: MeetingId) -> impl Iterator<Item = &MeetingEntry> {
        self.meetings().filter(move |entry| entry.primary == Some(primary))
    }

    /// Counts the meetings of an account.
    pub(crate) fn owned_by(&self, account: &AccountId) -> usize {
        self.meetings().filter(|entry| entry.record.owner.account == *account).count()
    }

    /// Returns the keys with which the service signs.
    pub(crate) const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    fn insert(&mut self, entry: MeetingEntry) {
        let record = &entry.record;
        let meetings = &self.meetings;
        self.keys.accept(&record.key, |number| {
            meetings.values().any(|entry| entry.record.key.number == number)
        });
        let wish = (record.owner.clone(), record.request.client_request_token.clone());
        self.by_request.insert(wish, record.meeting_id);
        self.meetings.insert(record.meeting_id, entry);
    }

    fn remove(&mut self, id: MeetingId) {
        if let Some(MeetingEntry { record, .. }) = self.meetings.remove(&id) {
            let wish = (record.owner.clone(), record.request.client_request_token.clone());
            self.by_request.remove(&wish);
        }
    }
}

/// One meeting and its attendees.
#[derive(Debug)]
pub(crate) struct MeetingEntry {
    pub(crate) record: Arc<MeetingRecord>,
    pub(crate) state: MeetingState,
    pub(crate) life: Lifeline,
    /// The meeting of which it is a replica.
    primary: Option<MeetingId>,
    attendees: BTreeMap<Sequence, Arc<AttendeeRecord>>,
    by_id: BTreeMap<AttendeeId, Sequence>,
    by_user: BTreeMap<ExternalUserId, Sequence>,
    next: Sequence,
}

impl MeetingEntry {
    pub(crate) fn new(record: Arc<MeetingRecord>, life: Lifeline) -> Self {
        let primary = record.request.primary_meeting_id.as_ref();
        Self {
            state: MeetingState::of(&record.request),
            primary: primary.and_then(|id| id.as_str().parse().ok()),
            record,
            life,
            attendees: BTreeMap::new(),
            by_id: BTreeMap::new(),
            by_user: BTreeMap::new(),
            next: Sequence::default(),
        }
    }

    /// Returns the attendee with this identifier.
    pub(crate) fn attendee(&self, id: AttendeeId) -> Option<&Arc<AttendeeRecord>> {
        self.attendees.get(self.by_id.get(&id)?)
    }

    /// Returns the attendee that stands for this person.
    pub(crate) fn person(&self, user: &ExternalUserId) -> Option<&Arc<AttendeeRecord>> {
        self.attendees.get(self.by_user.get(user)?)
    }

    /// Returns the attendees made after this place, or all of them, in the order of creation.
    pub(crate) fn attendees_after(
        &self,
        place: Option<Sequence>,
    ) -> impl Iterator<Item = &Arc<AttendeeRecord>> {
        let from = place.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.attendees.range((from, std::ops::Bound::Unbounded)).map(|(_, attendee)| attendee)
    }

    /// Counts the attendees, connected or not.
    pub(crate) fn len(&self) -> usize {
        self.attendees.len()
    }

    /// Returns the place of the next attendee.
    pub(crate) const fn next_sequence(&self) -> Sequence {
        self.next
    }

    /// Makes one change of a meeting that goes on.
    fn apply(&mut self, change: &Change) {
        match change {
            // Beginnings and ends are the directory's.
            Change::MeetingCreated | Change::MeetingEnded(_) => {}
            Change::AttendeeAdded(attendee) | Change::CapabilitiesUpdated(attendee) => {
                self.insert(Arc::clone(attendee));
            }
            Change::AttendeeDeleted(attendee) => self.remove(attendee),
            Change::Tagged(tags) => self.state.tags = tags.clone(),
            Change::TranscriptionStarted(configuration) => {
                self.state.transcription = Some(Arc::clone(configuration));
            }
            Change::TranscriptionStopped(_) => self.state.transcription = None,
            Change::Locked(lock) => self.state.lock = Some(Arc::clone(lock)),
            Change::Unlocked => self.state.lock = None,
        }
    }

    fn insert(&mut self, attendee: Arc<AttendeeRecord>) {
        self.next = self.next.max(attendee.sequence.plus(1));
        self.by_id.insert(attendee.attendee_id, attendee.sequence);
        self.by_user.insert(attendee.external_user_id.clone(), attendee.sequence);
        self.attendees.insert(attendee.sequence, attendee);
    }

    fn remove(&mut self, attendee: &AttendeeRecord) {
        self.by_id.remove(&attendee.attendee_id);
        self.by_user.remove(&attendee.external_user_id);
        self.attendees.remove(&attendee.sequence);
    }
}
