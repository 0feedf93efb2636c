//! An attendee as the API shows it.

use serde::{Deserialize, Serialize};

use crate::{
    capability::AttendeeCapabilities,
    id::AttendeeId,
    problem::ProblemKind,
    text::{ExternalUserId, JoinToken},
};

/// A person's place in a meeting, with the secret that opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attendee {
    /// The builder's name for the person.
    pub external_user_id: ExternalUserId,
    /// The service's name for the place.
    pub attendee_id: AttendeeId,
    /// The secret.
    pub join_token: JoinToken,
    /// What the person may send and receive.
    #[serde(default = "all")]
    pub capabilities: AttendeeCapabilities,
}

const fn all() -> AttendeeCapabilities {
    AttendeeCapabilities::ALL
}

/// Why one attendee of a batch was not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAttendeeError {
    /// The person.
    pub external_user_id: ExternalUserId,
    /// The kind of problem.
    pub error_code: ProblemKind,
    /// The problem in words.
    pub error_message: String,
}
