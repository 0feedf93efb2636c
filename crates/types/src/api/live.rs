//! Bodies of the operations on what goes on, which are this service's own.

use serde::{Deserialize, Serialize};

use super::attendees::{PageSize, PageToken};
use crate::{
    capability::AttendeeCapabilities,
    constraint::{Checked, Checker, Violations},
    id::AttendeeId,
    meeting::Meeting,
    text::ExternalUserId,
};

/// `ListMeetings` as a caller sends it in the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ListMeetingsQuery {
    /// The size of the page.
    pub max_results: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// A valid wish for a page of meetings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMeetingsRequest {
    /// The size of the page.
    pub max_results: PageSize,
    /// Where the last page ended; the first page when absent.
    pub next_token: Option<PageToken>,
}

impl Checked for ListMeetingsRequest {
    type Raw = ListMeetingsQuery;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let max_results = checker.optional((path, "maxResults"), raw.max_results);
        let next_token = checker.optional((path, "nextToken"), raw.next_token);
        Some(Self { max_results: max_results.unwrap_or(PageSize::GREATEST), next_token })
    }
}

impl TryFrom<ListMeetingsQuery> for ListMeetingsRequest {
    type Error = Violations;

    fn try_from(query: ListMeetingsQuery) -> Result<Self, Violations> {
        Checker::run(query)
    }
}

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
