//! The AWS-compatible REST API: an axum router that takes what unmodified AWS SDKs send for Chime SDK meetings.
//!
//! It verifies who asks, reads the request, makes one call to the control plane and writes the answer.
//! It holds no rule of meetings or attendees, knows no media, and opens no socket: the server crate does.
//! Start at [`router`] and its [`ApiState`]; read `operation.rs` next for every operation on one screen, `sigv4.rs` for
//! signatures and `problem.rs` for errors.

mod call;
mod caller;
mod client_events;
mod clock;
mod limits;
mod live_meetings;
mod openapi;
mod operation;
mod problem;
mod query;
mod request_id;
mod router;
mod routes;
mod sigv4;
#[cfg(test)]
mod test_signer;
mod throttle;
mod token_bucket;

pub use call::{ApiConfig, ApiState};
pub use caller::{AccessKey, Credentials, Secret, Session};
pub use client_events::{
    ClientEvent, ClientEvents, MAX_BYTES_PER_ATTENDEE, MAX_EVENTS_PER_ATTENDEE, MAX_TOTAL_BYTES,
};
pub use clock::Clock;
pub use live_meetings::{
    Answer, Figure, LiveMeetings, Measurements, Present, Sent, StreamMeasurements,
};
pub use router::router;
pub use sigv4::{Regions, SignatureRules};
pub use token_bucket::Rate;
