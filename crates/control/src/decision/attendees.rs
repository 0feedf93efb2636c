//! Decisions on the attendees of a meeting.

use std::{collections::BTreeSet, sync::Arc};

use carillon_types::{AccountId, AttendeeId, ExternalUserId, MeetingId, api::NewAttendee};
use rand::Rng;

use super::{Decision, Placed, Scene};
use crate::{directory::MeetingEntry, error::ControlError, event::Change, record::AttendeeRecord};

/// A person's attendee.
enum Place {
    /// It was there.
    Taken(Arc<AttendeeRecord>),
    /// It is to be made.
    Made(Arc<AttendeeRecord>),
}

impl Scene<'_> {
    pub(crate) fn create_attendee(
        &mut self,
        account: &AccountId,
        meeting: MeetingId,
        wish: &NewAttendee,
    ) -> Result<Decision<Arc<AttendeeRecord>>, ControlError> {
        let directory = self.directory;
        let entry = directory.owned(account, meeting)?;
        Ok(match self.place(entry, 0, wish)? {
            Place::Taken(attendee) => Decision::unchanged(attendee),
            Place::Made(attendee) => {
                let added = Change::AttendeeAdded(Arc::clone(&attendee));
                Decision { events: vec![self.event(&entry.record, added)], answer: attendee }
            }
        })
    }

    pub(crate) fn create_attendees(
        &mut self,
        account: &AccountId,
        meeting: MeetingId,
        wishes: &[NewAttendee],
    ) -> Result<Decision<Vec<Placed>>, ControlError> {
        let directory = self.directory;
        Ok(self.add_attendees(directory.owned(account, meeting)?, wishes))
    }

    /// Finds or makes an attendee for each person, in the order of the wishes; a person who is wished for
    /// twice is answered once.
    pub(super) fn add_attendees(
        &mut self,
        entry: &MeetingEntry,
        wishes: &[NewAttendee],
    ) -> Decision<Vec<Placed>> {
        let mut decision = Decision::unchanged(Vec::with_capacity(wishes.len()));
        let mut seen = BTreeSet::<&ExternalUserId>::new();
        for wish in wishes.iter().filter(|wish| seen.insert(&wish.external_user_id)) {
            match self.place(entry, decision.events.len(), wish) {
                Ok(Place::Taken(attendee)) => decision.answer.push(Ok(attendee)),
                Ok(Place::Made(attendee)) => {
                    let added = Change::AttendeeAdded(Arc::clone(&attendee));
                    decision.events.push(self.event(&entry.record, added));
                    decision.answer.push(Ok(attendee));
                }
                Err(error) => decision.answer.push(Err((wish.external_user_id.clone(), error))),
            }
        }
        decision
    }

    /// Finds or makes one attendee, after as many as were `made` by the same decision.
    fn place(
        &mut self,
        entry: &MeetingEntry,
        made: usize,
        wish: &NewAttendee,
    ) -> Result<Place, ControlError> {
        if let Some(present) = entry.person(&wish.external_user_id) {
            return Ok(Place::Taken(Arc::clone(present)));
        }
        if entry.state.lock.is_some() {
            return Err(ControlError::MeetingLocked(entry.record.meeting_id));
        }
        let features = entry.record.request.features();
        let capabilities = match wish.capabilities {
            Some(capabilities) => capabilities,
            None => super::capabilities::default_of(&entry.record),
        };
        super::capabilities::permit(&entry.record, capabilities)?;
        let most = self.rules.quotas.attendee_cap(&features);
        if entry.len().saturating_add(made) >= most {
            return Err(ControlError::AttendeeCap { most });
        }
        Ok(Place::Made(Arc::new(AttendeeRecord {
            attendee_id: AttendeeId::from_random(self.chance.random()),
            external_user_id: wish.external_user_id.clone(),
            capabilities,
            sequence: entry.next_sequence().plus(made),
        })))
    }

    pub(crate) fn delete_attendee(
        &self,
        account: &AccountId,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.owned(account, meeting)?;
        let gone = entry.attendee(attendee).ok_or(ControlError::AttendeeNotFound(attendee))?;
        let deleted = self.event(&entry.record, Change::AttendeeDeleted(Arc::clone(gone)));
        Ok(Decision { events: vec![deleted], answer: () })
    }
}
