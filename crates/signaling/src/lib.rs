//! The conversation beside the media: who joins, which streams exist, who is heard, and how it ends.
//!
//! It is the wire protocol of `amazon-chime-sdk-js` 3.x as bytes and typed words, the state machines of both
//! ends of a signaling socket, and what a meeting tells its members: [`Roster`], [`VideoIndex`], [`VolumeReport`], [`DataBoard`].
//! It is not a WebSocket, opens no SDP, sees no media and reads no clock.
//! The main types are [`ServerSession`] and [`ClientSession`]: messages and `now` go in, frames to send and events come out.
//! Read on in `server.rs` for the conversation, `wire.rs` for the bytes, `ending.rs` for how a session ends.

mod client;
mod client_message;
mod client_metrics;
mod credentials;
mod data_board;
mod data_message;
mod ending;
mod epoch;
mod error;
mod event;
mod id;
mod identity;
mod join;
mod liveness;
mod numbering;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod proto;
mod rate_limit;
mod roster;
mod server;
mod server_message;
mod status;
mod subscribe;
mod transcript;
mod video_index;
mod video_subscription;
mod volume;
mod wire;

pub use carillon_frame::VideoSize;
pub use client::{
    Attendance, ClientEvent, ClientOutput, ClientSession, Presence, SessionEnd, VolumeChange,
};
pub use client_message::{ClientMessage, PrimaryMeetingCredentials};
pub use client_metrics::{ClientMetrics, Metric, MetricKind, StreamKind, StreamMetrics};
pub use credentials::{CredentialsError, SUB_PROTOCOL, SocketCredentials};
pub use data_board::{DataBoard, MAX_DATA_LIFETIME, MAX_KEPT_MESSAGES, Posting};
pub use data_message::{
    Arrival, InvalidTopic, MAX_DATA_BYTES, MAX_TOPIC_CHARS, MessageSender, ReceivedData, SentData,
    Topic,
};
pub use ending::{CloseCode, Ending, refusal_close_code};
pub use epoch::{Epoch, UnixNanos};
pub use error::SignalError;
pub use event::{Event, Loss, Output};
pub use id::{AudioStreamId, GroupId, InvalidMid, Mid, PingId, StreamId};
pub use identity::{Identity, Modality};
pub use join::{AudioSessionId, ClientDetails, Join, JoinAck, NetworkAdaption, TurnCredentials};
pub use numbering::FirstNumber;
pub use rate_limit::RateExceeded;
pub use roster::{Mute, Roster, RosterEntry};
pub use server::{ServerSession, SessionConfig, SessionStats};
pub use server_message::{Bitrates, Notification, NotificationLevel, ServerFrame, ServerMessage};
pub use status::{AudioStatus, ErrorStatus};
pub use subscribe::{Allocation, AudioCheckIn, Sdp, SendLayer, Subscribe, SubscribeAck, Track};
pub use transcript::{
    Transcript, TranscriptAlternative, TranscriptEntity, TranscriptEvent, TranscriptItem,
    TranscriptItemKind, TranscriptLanguageWithScore, TranscriptResult, TranscriptionStatus,
    TranscriptionStatusKind,
};
pub use video_index::{
    Change, Index, Publication, VideoCodec, VideoIndex, VideoLayer, VideoSource,
};
pub use video_subscription::{
    QualityPreference, RemoteVideoUpdate, VideoPriority, VideoSubscription,
};
pub use volume::{AudioState, SignalStrength, VolumeReport};
pub use wire::{
    MAX_CLIENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES, Stamped, WireError, decode_client,
    decode_server, decode_transcripts, encode_client, encode_server, encode_transcripts,
};
