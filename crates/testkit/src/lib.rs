//! How everything is tested: sound and pictures to send, ears and eyes to judge what arrived, and a world in which time stands still.
//!
//! It is not part of any product: only tests, benches and the program `make-media` use it.
//! Its main types are [`tone::Tone`] and [`ear::Ear`] for sound, [`picture::Picture`] and [`eye::Seen`] for pictures,
//! [`clock::VirtualClock`] and [`network::Link`] for the world, [`alloc::CountingAllocator`] for memory, and
//! [`rig::MeetingRig`] with its [`client::Client`]s for whole meetings.
//! Read on in the tests of `carillon-mixer` and `carillon-meeting`, which use most of it.

pub mod alloc;
pub mod client;
pub mod clock;
pub mod ear;
pub mod eye;
pub mod network;
pub mod picture;
pub mod rig;
pub mod rng;
pub mod tone;
pub mod wav;
pub mod y4m;
