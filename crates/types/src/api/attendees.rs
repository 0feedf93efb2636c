//! Bodies of the operations on attendees.

use serde::{Deserialize, Serialize};

use super::page::PageToken;
use crate::{
    attendee::{Attendee, CreateAttendeeError},
    capability::{AttendeeCapabilities, AttendeeCapabilitiesBody},
    constraint::{Checked, Checker, Violations},
    object,
    text::ExternalUserId,
};

/// The most attendees of one `BatchCreateAttendee`.
const ATTENDEES_OF_BATCH: usize = 100;

/// `CreateAttendee`, or one entry of a batch, as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateAttendeeBody {
    /// Required.
    pub external_user_id: Option<String>,
    /// What the person may do.
    #[serde(deserialize_with = "object::optional")]
    pub capabilities: Option<AttendeeCapabilitiesBody>,
}

/// A valid wish for an attendee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttendee {
    /// The builder's name for the person.
    pub external_user_id: ExternalUserId,
    /// What the person may do; the meeting's features decide when absent.
    pub capabilities: Option<AttendeeCapabilities>,
}

impl Checked for NewAttendee {
    type Raw = CreateAttendeeBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let external_user_id = checker.required((path, "externalUserId"), raw.external_user_id);
        let capabilities = checker.optional((path, "capabilities"), raw.capabilities);
        Some(Self { external_user_id: external_user_id?, capabilities })
    }
}

impl TryFrom<CreateAttendeeBody> for NewAttendee {
    type Error = Violations;

    fn try_from(body: CreateAttendeeBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// `BatchCreateAttendee` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BatchCreateAttendeeBody {
    /// Required: 1 to 100 attendees.
    #[serde(deserialize_with = "object::list")]
    pub attendees: Option<Vec<CreateAttendeeBody>>,
}

/// A valid wish for several attendees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchCreateAttendeeRequest {
    /// The attendees, 1 to 100.
    pub attendees: Vec<NewAttendee>,
}

impl Checked for BatchCreateAttendeeRequest {
    type Raw = BatchCreateAttendeeBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let attendees = checker.list((path, "attendees"), raw.attendees, 1..=ATTENDEES_OF_BATCH);
        Some(Self { attendees })
    }
}

impl TryFrom<BatchCreateAttendeeBody> for BatchCreateAttendeeRequest {
    type Error = Violations;

    fn try_from(body: BatchCreateAttendeeBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// The answer to `CreateAttendee`, `GetAttendee` and `UpdateAttendeeCapabilities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttendeeResponse {
    /// The attendee.
    pub attendee: Attendee,
}

/// The answer to `BatchCreateAttendee`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchCreateAttendeeResponse {
    /// Those attendees that were made, in the order of the request.
    pub attendees: Vec<Attendee>,
    /// Those that were not.
    pub errors: Vec<CreateAttendeeError>,
}

/// The answer to `ListAttendees`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAttendeesResponse {
    /// The page, in the order of creation.
    pub attendees: Vec<Attendee>,
    /// Where the page ended; absent on the last one.
    #[serde(default)]
    pub next_token: Option<PageToken>,
}
