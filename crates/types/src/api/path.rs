//! Identifiers in paths.

use crate::{
    constraint::{Constraint, Violations},
    id::{AttendeeId, InvalidId, MeetingId},
};

/// The pattern of every identifier.
pub(super) const GUID: &str = "[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}";

/// Reads the `MeetingId` of a path.
///
/// # Errors
/// The violation of the identifier's pattern.
pub fn meeting_id(segment: &str) -> Result<MeetingId, Violations> {
    segment.parse().map_err(|InvalidId| Violations::one("meetingId", Constraint::Pattern(GUID)))
}

/// Reads the `AttendeeId` of a path.
///
/// # Errors
/// The violation of the identifier's pattern.
pub fn attendee_id(segment: &str) -> Result<AttendeeId, Violations> {
    segment.parse().map_err(|InvalidId| Violations::one("attendeeId", Constraint::Pattern(GUID)))
}
