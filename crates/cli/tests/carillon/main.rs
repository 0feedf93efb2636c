//! The program as operators and scripts meet it: its lines, its signals, its mistakes, its death.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests end the test when something is not as it should be"
)]

#[expect(dead_code, reason = "shared with the tests of the service, which use more of it")]
#[path = "../../../server/tests/service/api.rs"]
mod api;
mod bots;
mod client;
#[path = "../../../server/tests/service/clock.rs"]
mod clock;
mod door;
mod errors;
#[expect(dead_code, reason = "shared with the tests of the service, which use more of it")]
#[path = "../../../server/tests/service/guest.rs"]
mod guest;
mod join;
mod process;
mod signals;
#[expect(dead_code, reason = "shared with the tests of the service, which use more of it")]
#[path = "../../../server/tests/service/socket.rs"]
mod socket;
mod start;
mod video_file;
