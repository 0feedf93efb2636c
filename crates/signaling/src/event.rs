//! What a session has to say: to its client, to its meeting, and to the shell around both.

use std::time::Instant;

use bytes::Bytes;

use crate::{
    client_message::PrimaryMeetingCredentials, data_message::SentData, ending::CloseCode,
    id::StreamId, join::Join, roster::Mute, subscribe::Subscribe,
    video_subscription::RemoteVideoUpdate,
};

/// What the shell must do next; `Timeout` means drained.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "outputs are drained at once, and most carry bytes or an event"
)]
pub enum Output {
    /// Send this as one binary message.
    Send(Bytes),
    /// Something for the meeting.
    Event(Event),
    /// Close the socket; nothing follows.
    Close(CloseCode),
    /// Call [`ServerSession::handle_timeout`](crate::ServerSession::handle_timeout) then, unless something else comes first.
    Timeout(Option<Instant>),
}

/// What a client wants of the meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It wants in; answer with [`ServerSession::acknowledge_join`](crate::ServerSession::acknowledge_join) and [`ServerSession::send_index`](crate::ServerSession::send_index), or
    /// [`ServerSession::end`](crate::ServerSession::end).
    Join(Join),
    /// It offers media; answer with [`ServerSession::acknowledge_subscribe`](crate::ServerSession::acknowledge_subscribe) within a few seconds.
    Subscribe(Subscribe),
    /// It muted or unmuted itself.
    Mute(Mute),
    /// It wants these streams stopped without negotiation.
    Pause(Vec<StreamId>),
    /// It wants these streams again, from a key frame on.
    Resume(Vec<StreamId>),
    /// It wants other layers on its sections.
    UpdateRemoteVideos(RemoteVideoUpdate),
    /// It has a message for everybody.
    Data(SentData),
    /// It wants to take part in the primary meeting.
    JoinPrimaryMeeting(PrimaryMeetingCredentials),
    /// It goes back to watching the primary meeting.
    LeavePrimaryMeeting,
    /// It left of its own accord; the session is over.
    Left,
    /// The session is over without the client saying so.
    Lost(Loss),
}

/// How a client was lost while its socket was still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It never joined.
    NeverJoined,
    /// It fell silent.
    Silent,
    /// It broke the protocol for too long.
    Misbehaved,
}
