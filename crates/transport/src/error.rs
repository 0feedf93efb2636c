//! What can be wrong with one input; none of these ends a session.

use std::net::SocketAddr;

use carillon_frame::{SeqNo, Ssrc};

/// Why a datagram was refused: count it and go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The first bytes are of no protocol spoken here: drop the datagram.
    #[error("the datagram is of no known protocol")]
    Unrecognised,
    /// No authenticated check has come from this address: drop the datagram, and look for an attack if many come.
    #[error("{0} is not a validated address")]
    Unvalidated(SocketAddr),
    /// Media came before the handshake was over: drop the datagram, the sender repeats what matters.
    #[error("the path is not secured yet")]
    NotSecured,
    /// The session is over: stop routing to it.
    #[error("the session is closed")]
    Closed,
    /// A STUN message was refused.
    #[error("a connectivity check was refused")]
    Check(#[from] CheckError),
    /// A DTLS datagram was refused.
    #[error("a DTLS datagram was refused")]
    Dtls(#[from] DtlsError),
    /// An SRTP or SRTCP packet was refused.
    #[error("a packet was refused")]
    Open(#[from] OpenError),
}

/// Why a STUN message was refused; the sender gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// It does not parse, or lacks what RFC 8445 section 7.1 asks of a check: drop it.
    #[error("malformed STUN message")]
    Malformed,
    /// It is not the kind of message that this end receives, or answers nothing that was asked: drop it.
    #[error("unexpected STUN message")]
    Unexpected,
    /// Its user name or integrity is not that of this session: drop it, and look for an attack if many come.
    #[error("the check is not authentic")]
    Unauthentic,
}

/// Why a DTLS datagram was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DtlsError {
    /// It does not parse as records, or is longer than any that a path carries whole: drop it.
    #[error("malformed DTLS datagram")]
    Malformed,
    /// It does not fit the stage of the handshake: drop it.
    #[error("DTLS datagram out of turn")]
    OutOfTurn,
    /// The hello asks for something that cannot be agreed on, like no SRTP profile of ours: drop it.
    #[error("unsupported ClientHello")]
    UnsupportedHello,
    /// The peer has used up its lifetime allowance of unauthenticated datagrams: drop it.
    #[error("the allowance of unauthenticated DTLS datagrams is spent")]
    AllowanceSpent,
    /// The association broke off on this datagram; a `Closed` event follows.
    #[error("the DTLS association failed")]
    Failed,
}

/// Why a protected packet was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is too short, or its header does not parse: drop it.
    #[error("malformed packet")]
    Malformed,
    /// It was received before, or is too old to tell: drop it.
    #[error("the packet is a replay")]
    Replayed,
    /// Its authentication tag does not match: drop it.
    #[error("the packet is not authentic")]
    Unauthentic,
    /// It is of a new stream, and the peer has had as many under these keys as it may; a `Closed` event follows.
    #[error("the peer has had too many streams")]
    TooManyStreams,
}

/// Why a packet could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No keys are in place, or the session is over: drop the packet.
    #[error("the path is not secured")]
    NotSecured,
    /// The packet has no valid header: report a bug.
    #[error("malformed packet")]
    Malformed,
    /// This sequence number was sealed before, or is too old to tell: sealing it again would give away the
    /// key. Send the bytes that were sealed then, or a retransmission on another stream.
    #[error("packet {seq:?} of stream {ssrc} was sealed before")]
    Repeated {
        /// The stream.
        ssrc: Ssrc,
        /// The number within it.
        seq: SeqNo,
    },
    /// The keys have protected as many packets (RFC 3711 section 9.2) or streams as they may; a `Closed` event follows.
    #[error("the keys are used up")]
    KeysUsedUp,
}

/// The server's identity could not be made: the system's source of randomness fails, so do not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not generate a certificate: {reason}")]
pub struct CertificateError {
    /// What the library said.
    pub reason: String,
}
