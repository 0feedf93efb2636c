//! What happened, told after it is durable.

use std::sync::Arc;

use carillon_types::{Tags, TranscriptionConfiguration, WallTime};

use crate::{
    lifetime::EndReason,
    record::{AttendeeRecord, MeetingLock, MeetingRecord},
};

/// One durable change of one meeting.
///
/// It is at once what the store writes, what memory applies and what subscribers hear,
/// so the three cannot differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlEvent {
    /// When it was decided.
    pub at: WallTime,
    /// The meeting.
    pub meeting: Arc<MeetingRecord>,
    /// What changed.
    pub change: Change,
}

/// What changed in a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    MeetingCreated,
    /// It ended, and with it every attendee.
    MeetingEnded(EndReason),
    /// It has one attendee more.
    AttendeeAdded(Arc<AttendeeRecord>),
    /// The attendee was removed, connected or not.
    AttendeeDeleted(Arc<AttendeeRecord>),
    /// The attendee's capabilities are those in this record from here on.
    CapabilitiesUpdated(Arc<AttendeeRecord>),
    /// Its tags are these from here on.
    Tagged(Tags),
    /// Its speech is turned into text like this from here on.
    TranscriptionStarted(Arc<TranscriptionConfiguration>),
    /// Its speech is no longer turned into text, as it was until here.
    TranscriptionStopped(Arc<TranscriptionConfiguration>),
    /// Nobody enters it but those who were inside.
    Locked(Arc<MeetingLock>),
    /// Everybody with a token may enter it again.
    Unlocked,
}
