//! Native clients in meetings of a real server: what they hear, see and are told.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests end the test when something is not as it should be"
)]

mod ahead;
mod between;
mod callbacks;
#[cfg(feature = "camera")]
mod cameras;
// Without PulseAudio there is no sound device that a test could rely on.
#[cfg(feature = "pulseaudio")]
mod devices;
mod ingestion;
mod life;
mod messages;
mod pictures;
mod procedure;
mod readiness;
mod refusals;
mod rig;
// A window to share comes from the window of a tile.
#[cfg(all(feature = "screen", feature = "window"))]
mod screen;
mod share;
mod simulcast;
mod sound;
mod watching;
