//! One meeting put together: who takes part, what was negotiated, what flows, and how it ends.
//!
//! It drives the signaling, transport, mixer and forwarder engines and holds the rules between them.
//! It opens no socket, starts no thread, reads no clock and stores nothing.
//! The main type is [`Meeting`]: messages, datagrams and `now` go in, datagrams and [`Output`]s come out.
//! Read on in `meeting.rs`, then in `negotiation.rs` for offers and answers, and in `link.rs` for one client's media.

mod attendee;
mod codec_intersection;
mod datagrams;
mod link;
mod meeting;
mod negotiation;
mod output;
mod participant;
mod picture_limit;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod sdp;
mod transcription;
mod views;

pub use attendee::{Attendee, Doing, SessionId};
pub use datagrams::{DatagramBatch, DatagramRun};
pub use meeting::{Meeting, MeetingConfig};
pub use negotiation::{Agreement, Negotiation, Payload, Permission, SentAudio, Terms, View};
pub use output::{MeetingEvent, MeetingEventKind, Output};
pub use transcription::{EngineRefusal, EngineReport, Transcriber, TranscriptionEngine};
