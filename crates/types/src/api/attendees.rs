//! Bodies of the operations on attendees.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    attendee::{Attendee, CreateAttendeeError},
    capability::{AttendeeCapabilities, AttendeeCapabilitiesBody},
    constraint::{Checked, Checker, Constraint, Violations},
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

/// The number of entries on a page, 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// The greatest page, which is also what a caller gets that names no size.
    pub const GREATEST: Self = Self(100);

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl Checked for PageSize {
    type Raw = String;

    fn check(checker: &mut Checker, path: &str, raw: String) -> Option<Self> {
        let constraint = match raw.parse::<i64>() {
            Err(_) => Constraint::Pattern("[0-9]+"),
            Ok(size) if size < 1 => Constraint::MinValue(1),
            Ok(size) => match u8::try_from(size) {
                Ok(size) if size <= Self::GREATEST.0 => return Some(Self(size)),
                Ok(_) | Err(_) => Constraint::MaxValue(Self::GREATEST.0.into()),
            },
        };
        checker.refuse(path, constraint);
        None
    }
}

/// A caller's place in a list, as the service gave it out; only the service can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken(String);

impl PageToken {
    const MAX: usize = 4096;

    /// Wraps what the service made.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageToken(..)")
    }
}

impl Checked for PageToken {
    type Raw = String;

    fn check(checker: &mut Checker, path: &str, raw: String) -> Option<Self> {
        if raw.chars().count() > Self::MAX {
            checker.refuse(path, Constraint::MaxLength(Self::MAX));
            return None;
        }
        Some(Self(raw))
    }
}

/// `ListAttendees` as a caller sends it in the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ListAttendeesQuery {
    /// The size of the page.
    pub max_results: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// A valid wish for a page of attendees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListAttendeesRequest {
    /// The size of the page.
    pub max_results: PageSize,
    /// Where the last page ended; the first page when absent.
    pub next_token: Option<PageToken>,
}

impl Checked for ListAttendeesRequest {
    type Raw = ListAttendeesQuery;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let max_results = checker.optional((path, "maxResults"), raw.max_results);
        let next_token = checker.optional((path, "nextToken"), raw.next_token);
        Some(Self { max_results: max_results.unwrap_or(PageSize::GREATEST), next_token })
    }
}

impl TryFrom<ListAttendeesQuery> for ListAttendeesRequest {
    type Error = Violations;

    fn try_from(query: ListAttendeesQuery) -> Result<Self, Violations> {
        Checker::run(query)
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
