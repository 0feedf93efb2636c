//! One meeting's pictures: every packet of a source goes on to those who subscribe to it.
//!
//! It forwards and never decodes; it knows no sockets, no encryption and no SDP.
//! Each receive section of each viewer is one subscription, whose stream stays continuous while the
//! sources behind it come, change their format, restart and go, and while layers come and go.
//!
//! The main type is [`Forwarder`]: packets in, a finished packet per subscriber out, and requests
//! for key frames on the side.
//!
//! Read on in `forwarder.rs`, then `group.rs` (which simulcast layer), `subscription.rs` (what goes
//! on), `allocation.rs` (how much of it a viewer's path takes), `selection.rs` (which layers of a scalable stream), `rewrite.rs` (under which numbers) and
//! `resend.rs` (what comes again); `carillon-meeting` drives it.

mod allocation;
mod clock;
mod flow;
mod forwarder;
mod group;
mod key_start;
mod keyframe;
mod layers;
mod media;
mod meter;
mod resend;
mod rewrite;
mod selection;
mod sent_window;
mod source;
mod stretch;
mod subscription;

pub use allocation::{Claim, Share, Shown};
pub use forwarder::{Forwarder, Output};
pub use media::SourcePacket;
pub use resend::Retransmission;
pub use selection::LayerLimit;
pub use source::SourceId;
pub use subscription::{SubscriptionConfig, SubscriptionId, SubscriptionState};
