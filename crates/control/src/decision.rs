//! What a request amounts to, before anything is written.

mod attendees;
mod capabilities;
mod lock;
mod meetings;
mod tags;
mod transcription;

use std::{sync::Arc, time::Duration};

use carillon_types::{AccountId, ExternalUserId, MeetingId};
use rand::rngs::StdRng;

use crate::{
    boot::Boot,
    directory::{Directory, MeetingEntry},
    error::ControlError,
    event::{Change, ControlEvent},
    event_rules::EventRules,
    lifetime::LifetimeRules,
    moment::Moment,
    placement::PlacementConfig,
    quota::Quotas,
    record::{AttendeeRecord, MeetingRecord},
};

/// The rules an operator set.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) placement: PlacementConfig,
    pub(crate) quotas: Quotas,
    pub(crate) lifetime: LifetimeRules,
    pub(crate) key_life: Duration,
    pub(crate) transcription: bool,
    pub(crate) events: EventRules,
    pub(crate) boot: Boot,
}

/// All that a decision may look at; it is made without waiting, from this alone.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) now: Moment,
    pub(crate) directory: &'a Directory,
    pub(crate) rules: &'a Rules,
    pub(crate) chance: &'a mut StdRng,
}

/// The changes to write, and the answer to give once they are durable.
#[derive(Debug)]
pub(crate) struct Decision<T> {
    pub(crate) events: Vec<ControlEvent>,
    pub(crate) answer: T,
}

impl<T> Decision<T> {
    /// Answers without changing anything.
    const fn unchanged(answer: T) -> Self {
        Self { events: Vec::new(), answer }
    }

    /// Answers with the meeting beside.
    pub(crate) fn beside(self, meeting: Arc<MeetingRecord>) -> Decision<(Arc<MeetingRecord>, T)> {
        Decision { events: self.events, answer: (meeting, self.answer) }
    }
}

/// One wish of a batch: the person's attendee, or why there is none.
pub(crate) type Placed = Result<Arc<AttendeeRecord>, (ExternalUserId, ControlError)>;

/// A meeting together with the outcome of its batch.
pub(crate) type Gathering = (Arc<MeetingRecord>, Vec<Placed>);

impl Scene<'_> {
    /// Returns a meeting of this account.
    pub(crate) fn meeting(
        &self,
        account: &AccountId,
        id: MeetingId,
    ) -> Result<Arc<MeetingRecord>, ControlError> {
        Ok(Arc::clone(&self.directory.owned(account, id)?.record))
    }

    fn event(&self, meeting: &Arc<MeetingRecord>, change: Change) -> ControlEvent {
        ControlEvent { at: self.now.wall, meeting: Arc::clone(meeting), change }
    }
}

impl Directory {
    /// Returns a meeting of this account; those of others do not exist for it.
    pub(crate) fn owned(
        &self,
        account: &AccountId,
        id: MeetingId,
    ) -> Result<&MeetingEntry, ControlError> {
        self.meeting(id)
            .filter(|entry| entry.record.owner.account == *account)
            .ok_or(ControlError::MeetingNotFound(id))
    }
}
