//! What becomes of something that the server says.

/// What became of a message of the server to everybody in a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// It went to so many attendees, and is kept for others as long as it lives.
    Delivered {
        /// How many were connected.
        recipients: usize,
    },
    /// No client is connected to the meeting: nobody got it and nobody will.
    NobodyThere,
    /// The server says too much to this meeting at once: say it again in a moment.
    TooMany,
}
