//! What the media side tells of attendees, for those who want to hear of it.

use std::sync::Arc;

use carillon_types::WallTime;

use crate::record::{AttendeeRecord, MeetingRecord};

/// Something happened to an attendee's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: WallTime,
    /// The meeting, as it was when the attendee came; it may have ended since.
    pub meeting: Arc<MeetingRecord>,
    /// The attendee, as it was when it came; it may have been deleted since.
    pub attendee: Arc<AttendeeRecord>,
    /// Which part of it.
    pub part: Part,
    /// What happened.
    pub happening: Happening,
}

/// What of an attendee is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The person.
    Main,
    /// The content that it shares.
    Content,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It came up.
    Joined,
    /// Another device of the attendee took its place.
    TakenOver,
    /// It ended on purpose.
    Left,
    /// It was lost.
    Dropped,
    /// It shows pictures.
    VideoStarted,
    /// It shows none any more.
    VideoStopped,
}
