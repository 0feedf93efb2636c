//! What can be wrong with what a client says.

use crate::{rate_limit::RateExceeded, wire::WireError};

/// What is wrong with one message. The session has dealt with it already, and goes on unless an event says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// The message is no frame; it was ignored.
    #[error("undecodable signaling message")]
    Wire(#[from] WireError),
    /// The message was one too many; it was dropped unread.
    #[error(transparent)]
    Rate(#[from] RateExceeded),
    /// The client has to JOIN first; the message was ignored.
    #[error("message before JOIN")]
    NotJoined,
    /// The client joined before; the message was ignored.
    #[error("second JOIN on one socket")]
    JoinedAlready,
    /// The client has to wait for its first index; the message was ignored.
    #[error("SUBSCRIBE before the first index")]
    SubscribeTooEarly,
    /// The client has to wait for the answer to its last offer; the message was ignored.
    #[error("SUBSCRIBE while another is unanswered")]
    SubscribePending,
}
