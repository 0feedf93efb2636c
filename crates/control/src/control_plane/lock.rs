//! Closing a meeting to those who are not in it: no operation of the original service.

use std::collections::BTreeSet;

use carillon_types::{AttendeeId, Caller, MeetingId};

use super::ControlPlane;
use crate::{error::ControlError, moment::Moment};

impl ControlPlane {
    /// Lets nobody enter a meeting but those who are `inside` it; no attendees are made while it is locked.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], or why nothing could be written.
    pub async fn lock_meeting(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        inside: BTreeSet<AttendeeId>,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        self.change(now, move |scene| scene.lock(&account, meeting, inside)).await
    }

    /// Lets everybody with a token enter a meeting again.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], or why nothing could be written.
    pub async fn unlock_meeting(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        self.change(now, move |scene| scene.unlock(&account, meeting)).await
    }
}
