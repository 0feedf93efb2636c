//! The control plane's rules and its durable state: meetings, attendees, capabilities, quotas,
//! lifetimes, join tokens and the events that tell of them.
//!
//! It knows no HTTP and no media, and reads no clock; only its store waits for the outside world.
//! The main type is [`ControlPlane`].
//! Read `decision` for the rules, `writer` for how a change becomes durable, `outbox` for how others hear
//! of it, `token` for how an attendee enters, and `carillon-types` for the words.

mod admission;
mod announcement;
mod boot;
mod config;
mod control_plane;
mod decision;
mod directory;
mod error;
mod event;
mod event_rules;
mod key_ring;
mod lifetime;
mod moment;
mod notice;
mod outbox;
mod page;
mod placement;
mod postbox;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod quota;
mod record;
mod seal;
mod store;
mod token;
mod writer;

pub use admission::{Admission, AdmissionError};
pub use boot::{Boot, Uptime};
pub use config::{ControlConfig, KEY_LIFE, StoreLocation};
pub use control_plane::{ControlPlane, Overview};
pub use error::ControlError;
pub use event::{Change, ControlEvent};
pub use event_rules::{EventRules, TargetName, UnknownArns};
pub use lifetime::{Connected, EndReason, LifetimeRules};
pub use moment::Moment;
pub use notice::{Happening, News, Notice, Part};
pub use outbox::{Posting, PostingNumber, Search};
pub use placement::{CLIENT_EVENTS_PATH, InvalidPublicUrl, PlacementConfig};
pub use postbox::Postbox;
pub use quota::Quotas;
pub use record::{AttendeeRecord, MeetingLock, MeetingRecord, MeetingState, Sequence};
pub use store::{BoxError, StoreError};
