//! The whole service over real sockets: what clients, strangers and operators may do, and what it costs them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests end the test when something is not as it should be"
)]

mod abuse;
mod admission;
mod api;
mod clock;
mod conversation;
mod datagrams;
mod events;
mod guest;
mod lifecycle;
mod lives;
mod logs;
mod metrics;
mod multitude;
mod own_operations;
mod receiver;
mod rust_sdk;
mod socket;
mod transcription;
