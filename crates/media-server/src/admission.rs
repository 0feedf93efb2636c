//! What the media side asks of, and tells, the control plane, without knowing it.

use carillon_meeting::{Attendee, MeetingEvent};
use carillon_types::MeetingId;

/// Who a token lets in, and where.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The meeting.
    pub meeting: MeetingId,
    /// The attendee.
    pub attendee: Attendee,
}

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token is forged, damaged or of an attendee who was deleted.
    BadToken,
    /// The meeting is over.
    MeetingEnded,
}

/// Judges the credentials a client presents with its signaling connection.
pub trait Admission: Send + Sync {
    /// Says who the sub-protocol header's token stands for; it has to answer from memory.
    ///
    /// # Errors
    /// When the connection has to be refused.
    fn admit(&self, credentials: &carillon_signaling::SocketCredentials) -> Result<Admitted, Refusal>;
}

/// Hears what happens in meetings.
pub trait MeetingEvents: Send + Sync {
    /// Takes note of an event; called on a media worker, so it must neither wait nor work long.
    fn record(&self, meeting: MeetingId, event: &MeetingEvent);
}
