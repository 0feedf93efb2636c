//! What the API asks of meetings that somebody is in; whoever joins it to the media side answers.

use std::{fmt::Debug, future::Future, pin::Pin};

use carillon_types::{AttendeeId, MeetingId, api::SendDataMessageRequest};

/// An answer that takes its time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The meetings that run.
///
/// Who may ask about a meeting is settled before.
pub trait LiveMeetings: Debug + Send + Sync {
    /// Says something to everybody in a meeting, in the name of the server.
    fn send(&self, meeting: MeetingId, message: SendDataMessageRequest) -> Answer<'_, Sent>;

    /// Who is in a meeting.
    fn present(&self, meeting: MeetingId) -> Answer<'_, Vec<Present>>;

    /// Lets nobody hear an attendee until it turns its microphone on anew, or everybody again; says whether it is there.
    fn silence(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
        is_silenced: bool,
    ) -> Answer<'_, bool>;

    /// What the client of an attendee last measured, if it is connected and has measured anything.
    fn measurements(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Answer<'_, Option<Measurements>>;
}

/// An attendee in a meeting, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// The attendee.
    pub attendee: AttendeeId,
    /// Whether this is its content share.
    pub is_content: bool,
    /// Whether nobody hears it.
    pub is_muted: bool,
    /// Whether it shows pictures.
    pub shows_video: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It went to so many attendees.
    To(usize),
    /// Nobody is connected, so it was dropped.
    NobodyThere,
    /// There were too many at once, so it was dropped.
    TooMany,
}

/// What a client measured over one second, in its own words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// About the client as a whole.
    pub figures: Vec<Figure>,
    /// About its streams, sent and received.
    pub streams: Vec<StreamMeasurements>,
}

/// What a client measured of one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamMeasurements {
    /// The number under which the meeting knows it, if it does.
    pub stream: Option<u32>,
    /// What it carries: `Audio` or `Video`.
    pub kind: &'static str,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// A name of the client's protocol, and a number.
pub type Figure = (&'static str, f64);
