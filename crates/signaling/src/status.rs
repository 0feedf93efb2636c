//! The numbers by which the server tells a client how it stands.

/// What an AUDIO_STATUS frame says about the whole session.
///
/// Every value has a number: a frame without one would end the client's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioStatus(pub u32);

impl AudioStatus {
    /// All is well.
    pub const OK: Self = Self(200);
    /// The attendee joined elsewhere; the client stops.
    pub const JOINED_FROM_ANOTHER_DEVICE: Self = Self(301);
    /// The token is not, or is no longer, good; the client stops.
    pub const AUTHENTICATION_REJECTED: Self = Self(403);
    /// No room for this attendee; the client stops.
    pub const AT_CAPACITY: Self = Self(409);
    /// The meeting is over; the client stops.
    pub const MEETING_ENDED: Self = Self(410);
    /// The attendee was removed; the client stops.
    pub const ATTENDEE_REMOVED: Self = Self(411);
    /// The server broke; the client reconnects.
    pub const INTERNAL_ERROR: Self = Self(500);
    /// The server cannot serve it at the moment; the client reconnects.
    pub const UNAVAILABLE: Self = Self(503);
}

/// What rides on a frame of another kind as its error; it outweighs the frame's own content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorStatus(pub u32);

impl ErrorStatus {
    /// The client may look but not send video. It takes its own tile away and says so to the application, but
    /// goes on sending: the server has to stop forwarding by itself.
    pub const VIDEO_VIEW_ONLY: Self = Self(206);
    /// The client said something illegal; it stops.
    pub const BAD_REQUEST: Self = Self(400);
    /// The client may not do this; outside of a promotion it stops.
    pub const FORBIDDEN: Self = Self(403);
    /// There is no room; outside of a promotion the client stops.
    pub const AT_CAPACITY: Self = Self(409);
    /// There are as many video sources as the meeting may have; the client stops.
    pub const AT_SOURCE_CAPACITY: Self = Self(509);
}
