//! The control plane's vocabulary: meetings, attendees, what they may do, and how requests and answers look.
//!
//! It is plain data with validation at the border; it knows no I/O, no time and no HTTP.
//! Start at [`MeetingId`] and [`AttendeeId`]; `carillon-control` holds the rules that use these words.

mod id;

pub use id::{AttendeeId, InvalidId, MeetingId};
