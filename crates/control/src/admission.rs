//! Who may enter a meeting.

use std::sync::Arc;

use carillon_types::TranscriptionConfiguration;

use crate::record::{AttendeeRecord, MeetingRecord};

/// A token was good: whose it is, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The meeting.
    pub meeting: Arc<MeetingRecord>,
    /// The attendee, with its capabilities at this moment.
    pub attendee: Arc<AttendeeRecord>,
    /// How the meeting's speech is being turned into text, if it is.
    pub transcription: Option<Arc<TranscriptionConfiguration>>,
}

/// Why a token opens nothing.
///
/// All but the first are said only of tokens that this service signed, so nobody learns from them
/// whether a guessed meeting or attendee exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// This service did not sign the token; ask for an attendee.
    #[error("the join token is not valid")]
    BadToken,
    /// The meeting is over; make another one.
    #[error("the meeting has ended")]
    MeetingEnded,
    /// The attendee was deleted from the meeting, which goes on without it.
    #[error("the attendee has been removed from the meeting")]
    AttendeeRemoved,
    /// The attendee is not one of those who were in the meeting when it was locked; unlock it.
    #[error("the meeting is locked")]
    MeetingLocked,
}
