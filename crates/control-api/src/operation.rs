//! Which operation a request names, by its method, its path and the parameter `operation` together.

mod own;

use axum::http::Method;

pub(crate) use own::OwnOperation;

use crate::problem::Problem;

/// One operation, with the identifiers of its path as they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation<'a> {
    CreateMeeting,
    CreateMeetingWithAttendees,
    GetMeeting(&'a str),
    DeleteMeeting(&'a str),
    CreateAttendee(&'a str),
    BatchCreateAttendee(&'a str),
    ListAttendees(&'a str),
    GetAttendee(&'a str, &'a str),
    DeleteAttendee(&'a str, &'a str),
    UpdateAttendeeCapabilities(&'a str, &'a str),
    BatchUpdateAttendeeCapabilitiesExcept(&'a str),
    StartMeetingTranscription(&'a str),
    StopMeetingTranscription(&'a str),
    ListTagsForResource,
    TagResource,
    UntagResource,
    /// Not of the model, but of this service.
    Own(OwnOperation<'a>),
}

impl<'a> Operation<'a> {
    /// Finds the operation.
    ///
    /// # Errors
    ///
    /// Refuses what no operation takes: the path, or else the method, or else the parameter.
    pub(crate) fn find(
        method: &Method,
        path: &[&'a str],
        parameter: Option<&str>,
    ) -> Result<Self, Problem> {
        Ok(match (path, method.as_str(), parameter) {
            (["meetings"], "POST", None) => Self::CreateMeeting,
            (["meetings"], "POST", Some("create-attendees")) => Self::CreateMeetingWithAttendees,
            (["meetings"], _, other) => return Err(refuse(method, "POST", other)),

            (["meetings", meeting], "GET", None) => Self::GetMeeting(meeting),
            (["meetings", meeting], "DELETE", None) => Self::DeleteMeeting(meeting),
            (["meetings", _], _, other) => return Err(refuse(method, "GET, DELETE", other)),

            (["meetings", meeting, "attendees"], "POST", None) => Self::CreateAttendee(meeting),
            (["meetings", meeting, "attendees"], "POST", Some("batch-create")) => {
                Self::BatchCreateAttendee(meeting)
            }
            (["meetings", meeting, "attendees"], "GET", None) => Self::ListAttendees(meeting),
            (["meetings", _, "attendees"], _, other) => {
                return Err(refuse(method, "POST, GET", other));
            }

            (
                ["meetings", meeting, "attendees", "capabilities"],
                "PUT",
                Some("batch-update-except"),
            ) => Self::BatchUpdateAttendeeCapabilitiesExcept(meeting),
            (["meetings", _, "attendees", "capabilities"], _, other) => {
                return Err(refuse(method, "PUT", other));
            }

            (["meetings", meeting, "attendees", attendee], "GET", None) => {
                Self::GetAttendee(meeting, attendee)
            }
            (["meetings", meeting, "attendees", attendee], "DELETE", None) => {
                Self::DeleteAttendee(meeting, attendee)
            }
            (["meetings", _, "attendees", _], _, other) => {
                return Err(refuse(method, "GET, DELETE", other));
            }

            (["meetings", meeting, "attendees", attendee, "capabilities"], "PUT", None) => {
                Self::UpdateAttendeeCapabilities(meeting, attendee)
            }
            (["meetings", _, "attendees", _, "capabilities"], _, other) => {
                return Err(refuse(method, "PUT", other));
            }

            (["meetings", meeting, "transcription"], "POST", Some("start")) => {
                Self::StartMeetingTranscription(meeting)
            }
            (["meetings", meeting, "transcription"], "POST", Some("stop")) => {
                Self::StopMeetingTranscription(meeting)
            }
            (["meetings", _, "transcription"], _, other) => {
                return Err(refuse(method, "POST", other));
            }

            (["tags"], "GET", None) => Self::ListTagsForResource,
            (["tags"], "POST", Some("tag-resource")) => Self::TagResource,
            (["tags"], "POST", Some("untag-resource")) => Self::UntagResource,
            (["tags"], _, other) => return Err(refuse(method, "GET, POST", other)),

            (["carillon", "v1", path @ ..], _, other) => {
                Self::Own(OwnOperation::find(method, path, other)?)
            }
            (_, _, _) => return Err(Problem::unknown_path()),
        })
    }

    /// What the model calls the operation.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CreateMeeting => "CreateMeeting",
            Self::CreateMeetingWithAttendees => "CreateMeetingWithAttendees",
            Self::GetMeeting(_) => "GetMeeting",
            Self::DeleteMeeting(_) => "DeleteMeeting",
            Self::CreateAttendee(_) => "CreateAttendee",
            Self::BatchCreateAttendee(_) => "BatchCreateAttendee",
            Self::ListAttendees(_) => "ListAttendees",
            Self::GetAttendee(_, _) => "GetAttendee",
            Self::DeleteAttendee(_, _) => "DeleteAttendee",
            Self::UpdateAttendeeCapabilities(_, _) => "UpdateAttendeeCapabilities",
            Self::BatchUpdateAttendeeCapabilitiesExcept(_) => {
                "BatchUpdateAttendeeCapabilitiesExcept"
            }
            Self::StartMeetingTranscription(_) => "StartMeetingTranscription",
            Self::StopMeetingTranscription(_) => "StopMeetingTranscription",
            Self::ListTagsForResource => "ListTagsForResource",
            Self::TagResource => "TagResource",
            Self::UntagResource => "UntagResource",
            Self::Own(operation) => operation.name(),
        }
    }
}

/// Refuses what no operation takes of a path that exists: the method, or else the parameter.
fn refuse(method: &Method, allowed: &'static str, parameter: Option<&str>) -> Problem {
    if !allowed.split(", ").any(|name| name == method.as_str()) {
        return Problem::method_not_allowed(allowed);
    }
    Problem::bad_request(match parameter {
        Some(name) => format!("{method} has no operation `{name}` on this path"),
        None => format!("{method} on this path needs the query parameter `operation`"),
    })
}
