//! What the media side tells, for those who want to hear of it.

use std::sync::Arc;

use carillon_types::{TranscriptionConfiguration, TranscriptionTurn, WallTime};

use crate::record::{AttendeeRecord, MeetingRecord};

/// Something happened that nobody asked the control plane for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: WallTime,
    /// The meeting, as it was when its attendee came; it may have ended since.
    pub meeting: Arc<MeetingRecord>,
    /// To what of it.
    pub news: News,
}

/// What something happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// An attendee's connection.
    Connection {
        /// The attendee, as it was when it came; it may have been deleted since.
        attendee: Arc<AttendeeRecord>,
        /// Which part of it.
        part: Part,
        /// What happened.
        happening: Happening,
    },
    /// The transcription.
    Transcription {
        /// How it was started.
        configuration: Arc<TranscriptionConfiguration>,
        /// What became of it.
        turn: TranscriptionTurn,
    },
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
