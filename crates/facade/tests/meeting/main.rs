//! Native clients in meetings of a real server: what they hear, see and are told.

mod callbacks;
// Without PulseAudio there is no sound device that a test could rely on.
#[cfg(feature = "pulseaudio")]
mod devices;
mod life;
mod messages;
mod pictures;
mod procedure;
mod refusals;
mod rig;
mod share;
mod sound;
