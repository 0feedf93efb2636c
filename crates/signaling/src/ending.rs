//! How a session ends, in the words that browsers understand at that moment.
//!
//! The same close code means different things to a browser before and after its first index. Before, most codes are
//! final. After, most are *ignored*: the browser keeps its media and never learns that nobody listens. So a connected
//! client is told by a frame, leaves by itself, and is closed on with a code that would at worst make it come back.

use crate::{
    server_message::{ServerFrame, ServerMessage},
    status::{AudioStatus, ErrorStatus},
};

/// Why a WebSocket was closed (RFC 6455 section 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// Said only to a client that has left.
    pub const NORMAL: Self = Self(1000);
    /// The client speaks another protocol; it stops.
    pub const BAD_REQUEST: Self = Self(4400);
    /// The client may not be here; it stops.
    pub const FORBIDDEN: Self = Self(4403);
    /// There is no room for the client; it stops.
    pub const AT_CAPACITY: Self = Self(4409);
    /// The meeting is over; the client stops.
    pub const MEETING_ENDED: Self = Self(4410);
    /// The client comes back, in whatever phase it is.
    pub const RETRY: Self = Self(4500);
}

/// Why the server ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The meeting is over.
    MeetingEnded,
    /// The attendee was deleted, or lost the right to be here.
    AttendeeRemoved,
    /// Another client joined as the same attendee.
    JoinedFromAnotherDevice,
    /// The same client came back on another socket. This one hears nothing any more: the client might take it for a word
    /// on the other.
    Resumed,
    /// The token opens nothing.
    BadToken,
    /// The meeting has no room for another attendee.
    AtCapacity,
    /// This server stops or sheds load; the client finds another, or this one later.
    ServerGoingAway,
    /// This server broke; the client may try again.
    ServerFault,
    /// The client does not keep to the protocol.
    ProtocolViolation,
}

impl Ending {
    /// The frame that says it; none where the close code must do.
    pub(crate) fn notice(self) -> Option<ServerFrame> {
        let status = match self {
            Self::MeetingEnded => AudioStatus::MEETING_ENDED,
            Self::AttendeeRemoved => AudioStatus::ATTENDEE_REMOVED,
            Self::JoinedFromAnotherDevice => AudioStatus::JOINED_FROM_ANOTHER_DEVICE,
            Self::BadToken => AudioStatus::AUTHENTICATION_REJECTED,
            Self::AtCapacity => AudioStatus::AT_CAPACITY,
            Self::ProtocolViolation => return Some(error_frame(ErrorStatus::BAD_REQUEST)),
            Self::Resumed | Self::ServerGoingAway | Self::ServerFault => return None,
        };
        Some(ServerMessage::AudioStatus(status).into())
    }
}

/// The code with which to close on a client that has seen no index, right after accepting its upgrade.
///
/// Refusing the upgrade itself by an HTTP error would be invisible to a browser, which then retries for two minutes.
#[must_use]
pub const fn refusal_close_code(ending: Ending) -> CloseCode {
    match ending {
        Ending::MeetingEnded => CloseCode::MEETING_ENDED,
        Ending::AttendeeRemoved | Ending::BadToken | Ending::JoinedFromAnotherDevice => {
            CloseCode::FORBIDDEN
        }
        Ending::AtCapacity => CloseCode::AT_CAPACITY,
        Ending::ProtocolViolation => CloseCode::BAD_REQUEST,
        Ending::Resumed | Ending::ServerGoingAway | Ending::ServerFault => CloseCode::RETRY,
    }
}

/// A frame whose error is its message. The browser reads no error on a notification, so it rides on an audio status that
/// means no harm.
pub(crate) const fn error_frame(error: ErrorStatus) -> ServerFrame {
    ServerFrame { error: Some(error), message: ServerMessage::AudioStatus(AudioStatus::OK) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_final_or_retried_as_meant() {
        assert_eq!(refusal_close_code(Ending::MeetingEnded).0, 4410);
        assert_eq!(refusal_close_code(Ending::BadToken).0, 4403);
        assert_eq!(refusal_close_code(Ending::AttendeeRemoved).0, 4403);
        for retried in [Ending::ServerGoingAway, Ending::ServerFault] {
            assert!((4500..4600).contains(&refusal_close_code(retried).0));
            assert_eq!(retried.notice(), None);
        }
    }

    #[test]
    fn errors_never_ride_on_a_notification() {
        let frame = error_frame(ErrorStatus::VIDEO_VIEW_ONLY);
        assert_eq!(frame.message, ServerMessage::AudioStatus(AudioStatus::OK));
    }
}
