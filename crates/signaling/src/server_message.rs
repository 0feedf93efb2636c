//! Everything the server can say.

use carillon_frame::Bitrate;

use crate::{
    data_message::ReceivedData,
    id::{GroupId, PingId, StreamId},
    join::JoinAck,
    roster::RosterEntry,
    status::{AudioStatus, ErrorStatus},
    subscribe::SubscribeAck,
    video_index::Index,
    volume::AudioState,
};

/// One frame of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFrame {
    /// An error that rides on it. Browsers do not look for one on a notification.
    pub error: Option<ErrorStatus>,
    /// What it says by itself.
    pub message: ServerMessage,
}

impl From<ServerMessage> for ServerFrame {
    fn from(message: ServerMessage) -> Self {
        Self { error: None, message }
    }
}

/// What one frame of the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerMessage {
    /// Asks for a sign of life.
    Ping(PingId),
    /// Gives one.
    Pong(PingId),
    /// Accepts the client; precedes the first index.
    JoinAck(JoinAck),
    /// Lists every video.
    Index(Index),
    /// Answers an offer.
    SubscribeAck(SubscribeAck),
    /// Says who came, went, or changed.
    Roster(Vec<RosterEntry>),
    /// Says who is heard and how well.
    AudioMetadata(Vec<AudioState>),
    /// Says how the session stands.
    AudioStatus(AudioStatus),
    /// Says that these videos stopped for the time being.
    Pause(Vec<GroupId>),
    /// Says that they go on.
    Resume(Vec<GroupId>),
    /// Says how many bits flow.
    Bitrates(Bitrates),
    /// Delivers messages of applications.
    Data(Vec<ReceivedData>),
    /// Says whether the client takes part in the primary meeting: it does unless the frame carries an error.
    JoinPrimaryMeetingAck,
    /// Ends that.
    LeavePrimaryMeeting,
    /// Tells the client's log something.
    Notification(Notification),
    /// Confirms that the client left.
    LeaveAck,
}

/// How many bits flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitrates {
    /// Averages of single streams.
    pub streams: Vec<(StreamId, Bitrate)>,
    /// What the server believes the path to this client takes, in whole kilobits.
    pub available: Option<Bitrate>,
}

/// How loud a notification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationLevel {
    /// For the curious.
    Info,
    /// Unusual.
    Warning,
    /// Broken.
    Error,
}

/// A line for the client's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// How loud.
    pub level: NotificationLevel,
    /// What.
    pub message: String,
}
