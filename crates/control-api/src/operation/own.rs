//! Which operation of the service's own a request names: what operators ask for and no AWS SDK has.

use axum::http::Method;

use super::refuse;
use crate::problem::Problem;

/// One operation of the service's own, with the identifiers of its path as they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnOperation<'a> {
    GetServer,
    ListMeetings,
    GetLiveMeeting(&'a str),
    LockMeeting(&'a str),
    UnlockMeeting(&'a str),
    MuteAttendee(&'a str, &'a str),
    UnmuteAttendee(&'a str, &'a str),
    SendDataMessage(&'a str),
    GetClientEvents(&'a str, &'a str),
}

impl<'a> OwnOperation<'a> {
    /// Finds the operation by its path below `/carillon/v1`.
    ///
    /// # Errors
    ///
    /// As for those of the model.
    pub(super) fn find(
        method: &Method,
        path: &[&'a str],
        parameter: Option<&str>,
    ) -> Result<Self, Problem> {
        let allowed = match (path, method.as_str(), parameter) {
            (["server"], "GET", None) => return Ok(Self::GetServer),
            (["server"], _, _) => "GET",

            (["meetings"], "GET", None) => return Ok(Self::ListMeetings),
            (["meetings"], _, _) => "GET",

            (["meetings", meeting], "GET", None) => return Ok(Self::GetLiveMeeting(meeting)),
            (["meetings", _], _, _) => "GET",

            (["meetings", meeting, "lock"], "PUT", None) => return Ok(Self::LockMeeting(meeting)),
            (["meetings", meeting, "lock"], "DELETE", None) => {
                return Ok(Self::UnlockMeeting(meeting));
            }
            (["meetings", _, "lock"], _, _) => "PUT, DELETE",

            (["meetings", meeting, "data-messages"], "POST", None) => {
                return Ok(Self::SendDataMessage(meeting));
            }
            (["meetings", _, "data-messages"], _, _) => "POST",

            (["meetings", meeting, "attendees", attendee, "mute"], "PUT", None) => {
                return Ok(Self::MuteAttendee(meeting, attendee));
            }
            (["meetings", meeting, "attendees", attendee, "mute"], "DELETE", None) => {
                return Ok(Self::UnmuteAttendee(meeting, attendee));
            }
            (["meetings", _, "attendees", _, "mute"], _, _) => "PUT, DELETE",

            (["meetings", meeting, "attendees", attendee, "client-events"], "GET", None) => {
                return Ok(Self::GetClientEvents(meeting, attendee));
            }
            (["meetings", _, "attendees", _, "client-events"], _, _) => "GET",

            (_, _, _) => return Err(Problem::unknown_path()),
        };
        Err(refuse(method, allowed, parameter))
    }

    /// What the service calls the operation.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GetServer => "GetServer",
            Self::ListMeetings => "ListMeetings",
            Self::GetLiveMeeting(_) => "GetLiveMeeting",
            Self::LockMeeting(_) => "LockMeeting",
            Self::UnlockMeeting(_) => "UnlockMeeting",
            Self::MuteAttendee(_, _) => "MuteAttendee",
            Self::UnmuteAttendee(_, _) => "UnmuteAttendee",
            Self::SendDataMessage(_) => "SendDataMessage",
            Self::GetClientEvents(_, _) => "GetClientEvents",
        }
    }
}
