//! Native clients in meetings of a real server: what they hear, see and are told.

mod life;
mod messages;
mod pictures;
mod refusals;
mod rig;
mod share;
mod sound;
