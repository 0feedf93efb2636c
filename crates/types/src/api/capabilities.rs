//! Bodies of the operations on what attendees may do.

use serde::{Deserialize, Serialize};

use crate::{
    capability::{AttendeeCapabilities, AttendeeCapabilitiesBody},
    constraint::{Checked, Checker, Constraint, Violations},
    id::AttendeeId,
    object,
};

/// The most attendees that a change of everybody's capabilities leaves out.
const EXCLUDED: usize = 250;

/// `UpdateAttendeeCapabilities` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateAttendeeCapabilitiesBody {
    /// Required.
    #[serde(deserialize_with = "object::optional")]
    pub capabilities: Option<AttendeeCapabilitiesBody>,
}

/// A valid wish for other capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateAttendeeCapabilitiesRequest {
    /// What the attendee may do from then on.
    pub capabilities: AttendeeCapabilities,
}

impl Checked for UpdateAttendeeCapabilitiesRequest {
    type Raw = UpdateAttendeeCapabilitiesBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let capabilities = checker.required((path, "capabilities"), raw.capabilities);
        Some(Self { capabilities: capabilities? })
    }
}

impl TryFrom<UpdateAttendeeCapabilitiesBody> for UpdateAttendeeCapabilitiesRequest {
    type Error = Violations;

    fn try_from(body: UpdateAttendeeCapabilitiesBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// Names one attendee, as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AttendeeIdItem {
    /// Required.
    pub attendee_id: Option<String>,
}

impl Checked for AttendeeId {
    type Raw = AttendeeIdItem;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let path = format!("{path}.attendeeId");
        let Some(text) = raw.attendee_id else {
            checker.refuse(&path, Constraint::NotNull);
            return None;
        };
        text.parse().map_err(|_| checker.refuse(&path, Constraint::Pattern(super::path::GUID))).ok()
    }
}

/// `BatchUpdateAttendeeCapabilitiesExcept` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BatchUpdateAttendeeCapabilitiesExceptBody {
    /// Required: 1 to 250 attendees.
    #[serde(deserialize_with = "object::list")]
    pub excluded_attendee_ids: Option<Vec<AttendeeIdItem>>,
    /// Required.
    #[serde(deserialize_with = "object::optional")]
    pub capabilities: Option<AttendeeCapabilitiesBody>,
}

/// A valid wish for other capabilities of everybody but a few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchUpdateAttendeeCapabilitiesExceptRequest {
    /// Those who keep what they have; who is not in the meeting does no harm here.
    pub excluded_attendee_ids: Vec<AttendeeId>,
    /// What the others may do from then on.
    pub capabilities: AttendeeCapabilities,
}

impl Checked for BatchUpdateAttendeeCapabilitiesExceptRequest {
    type Raw = BatchUpdateAttendeeCapabilitiesExceptBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let excluded_attendee_ids =
            checker.list((path, "excludedAttendeeIds"), raw.excluded_attendee_ids, 1..=EXCLUDED);
        let capabilities = checker.required((path, "capabilities"), raw.capabilities);
        Some(Self { excluded_attendee_ids, capabilities: capabilities? })
    }
}

impl TryFrom<BatchUpdateAttendeeCapabilitiesExceptBody>
    for BatchUpdateAttendeeCapabilitiesExceptRequest
{
    type Error = Violations;

    fn try_from(body: BatchUpdateAttendeeCapabilitiesExceptBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}
