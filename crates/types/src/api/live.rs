//! Bodies of the operations on what goes on, which are this service's own.

use serde::{Deserialize, Serialize};

use super::page::PageToken;
use crate::{
    capability::AttendeeCapabilities, id::AttendeeId, meeting::Meeting, text::ExternalUserId,
};

/// The answer to `ListMeetings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMeetingsResponse {
    /// The page, in the order of the identifiers.
    pub meetings: Vec<Meeting>,
    /// Where the page ended; absent on the last one.
    #[serde(default)]
    pub next_token: Option<PageToken>,
}

/// The answer to `GetLiveMeeting`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LiveMeetingResponse {
    /// The meeting.
    pub meeting: Meeting,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// Whether nobody else may enter it.
    pub locked: bool,
    /// Whether its speech is being turned into text.
    pub transcribing: bool,
    /// Everybody who has been invited, in the order of creation.
    pub attendees: Vec<LiveAttendee>,
}

/// An attendee, and what it does at this moment; its token is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the answer")]
pub struct LiveAttendee {
    /// The service's name for it.
    pub attendee_id: AttendeeId,
    /// The builder's name for the person.
    pub external_user_id: ExternalUserId,
    /// What the person may do.
    pub capabilities: AttendeeCapabilities,
    /// Whether it is in the meeting.
    pub connected: bool,
    /// Whether nobody hears it, of its own or by the server's will.
    pub muted: bool,
    /// Whether its camera is on.
    pub video: bool,
    /// Whether it shares content.
    pub content: bool,
}

/// The answer to `GetServer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServerResponse {
    /// What the program is called.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The region to place meetings in.
    pub media_region: String,
    /// How many meetings the account has.
    pub meetings: usize,
}
