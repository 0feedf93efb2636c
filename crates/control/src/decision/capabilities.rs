//! Decisions on what attendees may do.

use std::{collections::BTreeSet, sync::Arc};

use carillon_types::{
    AccountId, AttendeeCapabilities, AttendeeId, MediaCapability, MeetingId,
    api::BatchUpdateAttendeeCapabilitiesExceptRequest,
};

use super::{Decision, Scene};
use crate::{
    error::ControlError,
    event::Change,
    record::{AttendeeRecord, MeetingRecord},
};

/// Returns what an attendee gets whose creator named no capabilities.
pub(super) fn default_of(meeting: &MeetingRecord) -> AttendeeCapabilities {
    let capabilities = meeting.request.features().default_capabilities();
    if !meeting.is_replica() {
        return capabilities;
    }
    let receive = |medium: MediaCapability| {
        if medium.can_receive() { MediaCapability::Receive } else { MediaCapability::None }
    };
    AttendeeCapabilities::new(
        receive(capabilities.audio()),
        receive(capabilities.video()),
        receive(capabilities.content()),
    )
    .unwrap_or(capabilities)
}

/// Says whether attendees of the meeting may have the capabilities.
pub(super) fn permit(
    meeting: &MeetingRecord,
    capabilities: AttendeeCapabilities,
) -> Result<(), ControlError> {
    meeting.request.features().permit(capabilities)?;
    let media = [capabilities.audio(), capabilities.video(), capabilities.content()];
    if meeting.is_replica() && media.into_iter().any(MediaCapability::can_send) {
        return Err(ControlError::ReplicaSends);
    }
    Ok(())
}

impl Scene<'_> {
    pub(crate) fn update_capabilities(
        &self,
        account: &AccountId,
        meeting: MeetingId,
        attendee: AttendeeId,
        capabilities: AttendeeCapabilities,
    ) -> Result<Decision<Arc<AttendeeRecord>>, ControlError> {
        let entry = self.directory.owned(account, meeting)?;
        let before = entry.attendee(attendee).ok_or(ControlError::AttendeeNotFound(attendee))?;
        permit(&entry.record, capabilities)?;
        let after = Arc::new(AttendeeRecord { capabilities, ..AttendeeRecord::clone(before) });
        let updated = self.event(&entry.record, Change::CapabilitiesUpdated(Arc::clone(&after)));
        Ok(Decision { events: vec![updated], answer: after })
    }

    /// Gives everybody but the excluded the same capabilities; who has them already is left alone.
    pub(crate) fn update_capabilities_except(
        &self,
        account: &AccountId,
        meeting: MeetingId,
        request: &BatchUpdateAttendeeCapabilitiesExceptRequest,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.directory.owned(account, meeting)?;
        let capabilities = request.capabilities;
        permit(&entry.record, capabilities)?;
        let excluded: BTreeSet<_> = request.excluded_attendee_ids.iter().collect();
        let events = entry
            .attendees_after(None)
            .filter(|attendee| !excluded.contains(&attendee.attendee_id))
            .filter(|attendee| attendee.capabilities != capabilities)
            .map(|before| {
                let after = AttendeeRecord { capabilities, ..AttendeeRecord::clone(before) };
                self.event(&entry.record, Change::CapabilitiesUpdated(Arc::new(after)))
            })
            .collect();
        Ok(Decision { events, answer: () })
    }
}
