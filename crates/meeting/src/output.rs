//! What a meeting asks its shell to do, and what it tells.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use carillon_signaling::{CloseCode, Identity};
use carillon_types::{TranscriptionConfiguration, TranscriptionTurn};

use crate::SessionId;

/// The next thing to do; [`Timeout`](Self::Timeout) means that everything has been said.
#[derive(Debug)]
pub enum Output {
    /// Send a message over the session's signaling socket.
    Signal {
        /// Whose socket.
        session: SessionId,
        /// The whole binary message.
        message: Bytes,
    },
    /// Close the session's signaling socket.
    CloseSocket {
        /// Whose socket.
        session: SessionId,
        /// The code that tells the client why.
        code: CloseCode,
    },
    /// Let connectivity checks that carry this name reach the session.
    Expect {
        /// Whose checks.
        session: SessionId,
        /// The server's user name fragment.
        ufrag: String,
    },
    /// Let datagrams from this address reach the session, which has authenticated it.
    Validated {
        /// Whose address.
        session: SessionId,
        /// The client's address.
        address: SocketAddr,
    },
    /// Stop letting datagrams from this address reach the session.
    Abandoned {
        /// Whose address.
        session: SessionId,
        /// The client's former address.
        address: SocketAddr,
    },
    /// The session's media path is over: forget its routes. Its socket may still have to say why.
    Forget(SessionId),
    /// Something is shared that nobody else watches, or that is over.
    Unwatched(bool),
    /// Something happened that others than the clients may want to know.
    Event(MeetingEvent),
    /// Something became of the transcription that others than the clients may want to know.
    Transcription {
        /// How it was started.
        configuration: Arc<TranscriptionConfiguration>,
        /// What became of it.
        turn: TranscriptionTurn,
    },
    /// Call again at this time, or whenever there is input.
    Timeout(Option<Instant>),
}

/// Something happened to an attendee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeetingEvent {
    /// The attendee, in its own right or as its content share.
    pub who: Identity,
    /// What happened.
    pub kind: MeetingEventKind,
}

/// What happened to an attendee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingEventKind {
    /// Its media path is up: the others see and hear it.
    Joined,
    /// It was in already, and another device of it took its place.
    TakenOver,
    /// It was in already, and is back over another connection; the others never saw it gone.
    Resumed,
    /// It left on purpose or was made to.
    Left,
    /// It was lost.
    Dropped,
    /// It shows pictures.
    VideoStarted,
    /// It shows no pictures any more.
    VideoStopped,
}
