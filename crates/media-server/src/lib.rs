//! Sockets and threads around the meeting engine: UDP workers and the signaling WebSocket.
//!
//! It moves bytes and decides nothing: rules of a meeting live in `carillon-meeting`, and who may join is asked of an
//! [`Admission`].
//! It knows neither the REST API nor storage.
//! The main type is [`MediaServer`]; read on in `worker.rs`, the thread that owns meetings.

mod admission;
mod announcement;
mod clock;
mod media_server;
mod routes;
mod session_numbers;
mod signaling_socket;
mod stats;
mod udp;
mod worker;

pub use admission::{Admission, Admitted, MeetingEvents, Refusal};
pub use announcement::Announcement;
pub use carillon_meeting::{
    Attendee, Doing, EngineRefusal, EngineReport, MeetingEvent, MeetingEventKind, Transcriber,
    TranscriptionEngine,
};
pub use media_server::{BoundMedia, MediaServer, MediaServerConfig, StartError};
pub use stats::{LAG_STEPS, LagHistogram, MediaStats};
