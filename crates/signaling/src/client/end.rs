//! Why a client's session is over, and whether it is worth coming back.

use crate::ending::CloseCode;
use crate::status::{AudioStatus, ErrorStatus};

/// Why a session ended, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionEnd {
    /// The client left.
    Left,
    /// The same attendee joined elsewhere.
    JoinedFromAnotherDevice,
    /// The token is not, or is no longer, good.
    AuthenticationRejected,
    /// The meeting has no room.
    AtCapacity,
    /// The meeting is over.
    MeetingEnded,
    /// The attendee was removed.
    AttendeeRemoved,
    /// The meeting has as many video sources as it may have.
    AtSourceCapacity,
    /// The server refused what the client said.
    BadRequest,
    /// The server ended the session for a reason that this version does not know.
    Disconnected,
    /// The server broke; it may be better next time.
    ServerError,
    /// The server cannot serve the client at the moment.
    Unavailable,
    /// What the server says makes no sense: it speaks another protocol.
    NotUnderstood,
    /// The server did not answer in time.
    NoAnswer,
    /// The server fell silent.
    Silent,
    /// The socket was lost.
    SocketLost,
}

impl SessionEnd {
    /// Whether the same client may succeed by coming back.
    #[must_use]
    pub const fn is_worth_retrying(self) -> bool {
        match self {
            Self::ServerError
            | Self::Unavailable
            | Self::NoAnswer
            | Self::Silent
            | Self::SocketLost => true,
            Self::Left
            | Self::JoinedFromAnotherDevice
            | Self::AuthenticationRejected
            | Self::AtCapacity
            | Self::MeetingEnded
            | Self::AttendeeRemoved
            | Self::AtSourceCapacity
            | Self::BadRequest
            | Self::Disconnected
            | Self::NotUnderstood => false,
        }
    }

    /// What a closed socket means. Unlike the browser, which ignores most codes once it is connected, a client that
    /// was not told otherwise comes back: nobody listens at the other end any more.
    pub(super) const fn from_close(code: Option<CloseCode>) -> Self {
        match code {
            Some(CloseCode::MEETING_ENDED) => Self::MeetingEnded,
            Some(CloseCode::FORBIDDEN) => Self::AuthenticationRejected,
            Some(CloseCode::AT_CAPACITY) => Self::AtCapacity,
            Some(CloseCode::BAD_REQUEST) => Self::BadRequest,
            Some(CloseCode(4_500..=4_599)) => Self::ServerError,
            Some(_) | None => Self::SocketLost,
        }
    }

    /// What an audio status means; nothing if the session goes on.
    pub(super) const fn from_audio_status(status: AudioStatus) -> Option<Self> {
        Some(match status {
            AudioStatus(200..=299) => return None,
            // Reserved: browsers ignore it.
            AudioStatus(302) => return None,
            AudioStatus::JOINED_FROM_ANOTHER_DEVICE => Self::JoinedFromAnotherDevice,
            AudioStatus::AUTHENTICATION_REJECTED => Self::AuthenticationRejected,
            AudioStatus::AT_CAPACITY => Self::AtCapacity,
            AudioStatus::MEETING_ENDED => Self::MeetingEnded,
            AudioStatus::ATTENDEE_REMOVED => Self::AttendeeRemoved,
            AudioStatus::INTERNAL_ERROR => Self::ServerError,
            AudioStatus::UNAVAILABLE => Self::Unavailable,
            AudioStatus(_) => Self::Disconnected,
        })
    }

    /// What an error on a frame means; nothing if the session goes on.
    pub(super) const fn from_error(error: ErrorStatus) -> Option<Self> {
        Some(match error {
            ErrorStatus(0 | 200..=299) => return None,
            ErrorStatus::FORBIDDEN => Self::AuthenticationRejected,
            ErrorStatus::AT_CAPACITY => Self::AtCapacity,
            ErrorStatus::AT_SOURCE_CAPACITY => Self::AtSourceCapacity,
            ErrorStatus(400..=499) => Self::BadRequest,
            ErrorStatus(500..=599) => Self::ServerError,
            ErrorStatus(_) => Self::NotUnderstood,
        })
    }
}
