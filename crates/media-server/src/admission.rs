//! What the media side asks of, and tells, the control plane, without knowing it.

use std::sync::Arc;

use carillon_meeting::{Attendee, MeetingEvent};
use carillon_types::{MeetingId, MeetingLife, TranscriptionConfiguration, TranscriptionTurn};

/// Who a token lets in, and where.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The meeting.
    pub meeting: MeetingId,
    /// Which of its lives the meeting is in.
    pub life: MeetingLife,
    /// The attendee.
    pub attendee: Attendee,
    /// How the meeting's speech is being turned into text, if it is.
    pub transcription: Option<Arc<TranscriptionConfiguration>>,
}

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token is forged, damaged, of an attendee who was deleted, or of one whom a locked meeting keeps out.
    BadToken,
    /// The meeting is over.
    MeetingEnded,
}

/// Judges the credentials a client presents with its signaling connection.
pub trait Admission: Send + Sync {
    /// Says who the sub-protocol header's token stands for; it has to answer from memory.
    ///
    /// It is asked twice for each connection, before and after the meeting knows of it.
    /// What is decided about a meeting or an attendee therefore has to show here *before* the media side is told of it:
    /// then no decision can slip through between a connection's admission and its session.
    ///
    /// # Errors
    /// When the connection has to be refused.
    fn admit(
        &self,
        credentials: &carillon_signaling::SocketCredentials,
    ) -> Result<Admitted, Refusal>;
}

/// Hears what happens in meetings.
pub trait MeetingEvents: Send + Sync {
    /// Takes note of an event; called on a media worker, so it must neither wait nor work long.
    fn record(&self, meeting: MeetingId, event: &MeetingEvent);

    /// Takes note of what became of a transcription that was started like this.
    fn transcription(
        &self,
        meeting: MeetingId,
        configuration: Arc<TranscriptionConfiguration>,
        turn: TranscriptionTurn,
    );

    /// Takes note that something is shared that nobody else watches, or that this is over.
    fn unwatched(&self, meeting: MeetingId, is_unwatched: bool);

    /// Takes note that a meeting was given up because of a bug: nobody is connected to it any more.
    fn lost(&self, meeting: MeetingId);
}
