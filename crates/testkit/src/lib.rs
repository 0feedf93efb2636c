//! How everything is tested: sound to send, ears to judge what arrived, and a world in which time stands still.
//!
//! It is not part of any product: only tests and benches use it.
//! Its main types are [`tone::Tone`] and [`ear::Ear`] for sound, [`clock::VirtualClock`] and [`network::Link`] for the
//! world, [`alloc::CountingAllocator`] for memory, [`process::Service`] for the real program, and [`rig::MeetingRig`] with its [`client::Client`]s for whole
//! meetings.
//! Read on in the tests of `carillon-mixer` and `carillon-meeting`, which use most of it.

pub mod alloc;
pub mod client;
pub mod clock;
pub mod ear;
pub mod network;
pub mod process;
pub mod rig;
pub mod rng;
pub mod speech_path;
pub mod tone;
