//! Decisions on who may still enter a meeting.

use std::{collections::BTreeSet, sync::Arc};

use carillon_types::{AccountId, AttendeeId, MeetingId};

use super::{Decision, Scene};
use crate::{error::ControlError, event::Change, record::MeetingLock};

impl Scene<'_> {
    /// Keeps out everybody but those who are `inside`; a meeting that is locked lets in those of before as well.
    pub(crate) fn lock(
        &self,
        account: &AccountId,
        meeting: MeetingId,
        mut inside: BTreeSet<AttendeeId>,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.owned(account, meeting)?;
        if let Some(lock) = &entry.state.lock {
            inside.extend(&lock.inside);
        }
        let locked = Change::Locked(Arc::new(MeetingLock { inside }));
        Ok(Decision { events: vec![self.event(&entry.record, locked)], answer: () })
    }

    pub(crate) fn unlock(
        &self,
        account: &AccountId,
        meeting: MeetingId,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.owned(account, meeting)?;
        if entry.state.lock.is_none() {
            return Ok(Decision::unchanged(()));
        }
        Ok(Decision { events: vec![self.event(&entry.record, Change::Unlocked)], answer: () })
    }
}
