//! Bytes of the WebSocket ↔ typed words, every limit checked.
//!
//! One binary message is one prefix byte and one protobuf envelope. Fields that clients tell apart from their absence are
//! written out even when zero, because the words in this crate cannot leave them out.

mod checks;
mod client;
mod client_metrics;
mod data_message;
mod index;
mod join;
mod roster;
mod server;
mod subscribe;
mod transcript;
mod video_subscription;

use bytes::{BufMut, Bytes, BytesMut};
use carillon_types::WallTime;
use prost::Message;

pub use transcript::{decode_transcripts, encode_transcripts};

use crate::{
    client_message::ClientMessage,
    proto::{SignalFrame, signal_frame::Type},
    server_message::ServerFrame,
};

/// Bytes of one message from a client. An offer has about 7 KiB a section: 25 received videos, sound and camera come to
/// 190 KiB. Less would cut off large meetings; more lets a client make the server hold more, up to about a
/// hundredfold while a message of empty list entries is decoded.
pub const MAX_CLIENT_FRAME_BYTES: usize = 256 << 10;

/// Bytes of one message from a server. A roster entry has about 110 bytes and a roster travels in one frame: room for
/// 9,000 attendees. Less would hide large meetings from native clients; more lets a hostile server fill their memory.
pub const MAX_SERVER_FRAME_BYTES: usize = 1 << 20;

/// The prefix that both sides write.
const PREFIX: u8 = 0x05;

/// A prefix that clients accept as well.
const OTHER_SERVER_PREFIX: u8 = 0x02;

/// Why a message is no frame. A server ignores the message; one that recurs is a bug of the sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The message has not even a prefix.
    #[error("empty message")]
    Empty,
    /// The prefix is of another protocol.
    #[error("prefix byte {0:#04x}")]
    Prefix(u8),
    /// The message is larger than any that is read.
    #[error("message of {bytes} bytes, at most {limit} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The bytes are no envelope.
    #[error("malformed protobuf")]
    Malformed(#[source] prost::DecodeError),
    /// A mandatory field is absent.
    #[error("field {0} is missing")]
    Missing(&'static str),
    /// A field has a value that nothing can have there.
    #[error("field {0} has an illegal value")]
    Illegal(&'static str),
    /// A list or a text is longer than any that is read.
    #[error("field {field} has length {length}, at most {limit} is read")]
    TooLong {
        /// Which.
        field: &'static str,
        /// Its entries or bytes.
        length: usize,
        /// The limit.
        limit: usize,
    },
}

/// A word of the other side, with its own time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped<T> {
    /// When it was said, by the other side's clock.
    pub at: WallTime,
    /// What was said.
    pub content: T,
}

/// Reads a message from a client; `None` is one of a kind that a server does not know, to be ignored.
///
/// # Errors
/// [`WireError`] if it is no frame, or one that no client of ours would send.
pub fn decode_client(message: &[u8]) -> Result<Option<Stamped<ClientMessage>>, WireError> {
    let Some((at, kind, frame)) = open(message, MAX_CLIENT_FRAME_BYTES, &[PREFIX])? else {
        return Ok(None);
    };
    Ok(client::decode(kind, frame)?.map(|content| Stamped { at, content }))
}

/// Reads a message from a server; `None` is one of a kind that a client does not know, to be ignored.
///
/// # Errors
/// [`WireError`] if it is no frame, or one that no server of ours would send.
pub fn decode_server(message: &[u8]) -> Result<Option<Stamped<ServerFrame>>, WireError> {
    let prefixes = &[PREFIX, OTHER_SERVER_PREFIX];
    let Some((at, kind, frame)) = open(message, MAX_SERVER_FRAME_BYTES, prefixes)? else {
        return Ok(None);
    };
    Ok(server::decode(kind, frame)?.map(|content| Stamped { at, content }))
}

/// Writes a message of a client, said at this time.
#[must_use]
pub fn encode_client(at: WallTime, message: &ClientMessage) -> Bytes {
    seal(at, client::encode(message))
}

/// Writes a message of a server, said at this time.
#[must_use]
pub fn encode_server(at: WallTime, frame: &ServerFrame) -> Bytes {
    seal(at, server::encode(frame))
}

type Opened = Option<(WallTime, Type, SignalFrame)>;

fn open(message: &[u8], limit: usize, prefixes: &[u8]) -> Result<Opened, WireError> {
    if message.len() > limit {
        return Err(WireError::TooLarge { bytes: message.len(), limit });
    }
    let (prefix, body) = message.split_first().ok_or(WireError::Empty)?;
    if !prefixes.contains(prefix) {
        return Err(WireError::Prefix(*prefix));
    }
    let frame = SignalFrame::decode(body).map_err(WireError::Malformed)?;
    let at = WallTime::from_millis(checks::required(frame.timestamp_ms, "timestamp_ms")?);
    let kind = checks::required(frame.r#type, "type")?;
    Ok(Type::try_from(kind).ok().map(|kind| (at, kind, frame)))
}

fn seal(at: WallTime, (kind, mut frame): (Type, SignalFrame)) -> Bytes {
    frame.timestamp_ms = Some(at.as_millis());
    frame.set_type(kind);
    let mut bytes = BytesMut::with_capacity(frame.encoded_len().saturating_add(1));
    bytes.put_u8(PREFIX);
    // Growing on demand, `BytesMut` has room for whatever is written.
    frame.encode_raw(&mut bytes);
    bytes.freeze()
}

#[cfg(test)]
mod tests;
