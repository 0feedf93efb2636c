//! Everything a session tells its application, as one stream of values.

mod meeting;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use carillon_frame::VideoSize;
use carillon_signaling::{Identity, Mute, SignalStrength, Topic};
pub use carillon_signaling::{
    Transcript, TranscriptAlternative, TranscriptEntity, TranscriptEvent, TranscriptItem,
    TranscriptItemKind, TranscriptLanguageWithScore, TranscriptResult, TranscriptionStatus,
    TranscriptionStatusKind,
};
use tokio::sync::broadcast;

pub use self::meeting::MeetingEvent;
use crate::device_controller::DeviceChangeEvent;
use crate::metrics::MetricsReport;
use crate::policy::SimulcastLayers;
use crate::status::MeetingSessionStatus;
use crate::tiles::{TileId, VideoTileState};

/// An attendee, or an attendee's content share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttendeeInfo {
    /// Who: shows as `<AttendeeId>` or `<AttendeeId>#content`.
    pub identity: Identity,
    /// The application's own name for the attendee.
    pub external_user_id: Arc<str>,
}

/// How an attendee is heard changed; what did not change is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeUpdate {
    /// Who.
    pub attendee: AttendeeInfo,
    /// How loud, from 0 to 1.
    pub volume: Option<f32>,
    /// Whether the microphone is open.
    pub mute: Option<Mute>,
    /// How well the attendee's sound reaches the server.
    pub signal_strength: Option<SignalStrength>,
}

/// A message of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataMessage {
    /// What it is about.
    pub topic: Topic,
    /// Its content.
    pub data: Bytes,
    /// Who sent it; `None` is the server itself. Anybody may send on any topic: check the sender.
    pub sender: Option<AttendeeInfo>,
    /// When the server took it in, since 1970-01-01T00:00:00Z; `None` if it was throttled and only came back.
    pub timestamp: Option<Duration>,
}

impl DataMessage {
    /// Whether the server refused the message and handed it back to its sender.
    #[must_use]
    pub const fn is_throttled(&self) -> bool {
        self.timestamp.is_none()
    }

    /// The content as text; nothing if it is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.data).ok()
    }

    /// The content as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.data)
    }
}

/// Why a video that exists is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnavailableReason {
    /// It comes in a format that this client cannot decode, or the attendee may not receive video.
    NotDecodable,
    /// The policy of the application, or the limit of the server, leaves it out.
    NotSelected,
}

/// One attendee's video that could be received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteVideoSource {
    /// Whose.
    pub attendee: AttendeeInfo,
    /// The size of its best layer, where the server says so.
    pub size: Option<VideoSize>,
    /// Why it is not shown, if it is not.
    pub unavailable: Option<UnavailableReason>,
}

/// What became of the application's own content share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentShareEvent {
    /// It shows in the meeting.
    Started,
    /// It ended.
    Stopped(MeetingSessionStatus),
    /// It is held back.
    Paused,
    /// It goes on.
    Unpaused,
}

/// How the connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionHealth {
    /// It recovered.
    Good,
    /// Sound suffers.
    Poor,
    /// Sound suffers while video is sent or received: offer to turn it off.
    SuggestStopVideo,
}

/// Everything a session tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SessionEvent {
    /// It connects.
    StartedConnecting {
        /// Whether it was connected before.
        reconnecting: bool,
    },
    /// The server took the attendee in; media may follow.
    SignalingConnected,
    /// It is up: sound flows.
    Started,
    /// It ended; nothing follows.
    Stopped(MeetingSessionStatus),
    /// An attendee came.
    AttendeeJoined(AttendeeInfo),
    /// An attendee left.
    AttendeeLeft(AttendeeInfo),
    /// An attendee's connection was lost.
    AttendeeDropped(AttendeeInfo),
    /// How attendees are heard changed.
    VolumeChanged(VolumeUpdate),
    /// The own microphone was closed or opened.
    LocalMuteChanged(Mute),
    /// Whether the attendee may open the own microphone changed.
    LocalCanUnmuteChanged(bool),
    /// A message arrived.
    DataMessage(DataMessage),
    /// Something that was said was written down, or writing down began or ended.
    Transcript(TranscriptEvent),
    /// A tile appeared or changed.
    TileUpdated(VideoTileState),
    /// A tile is gone.
    TileRemoved(TileId),
    /// Which videos could be received changed.
    RemoteVideoSourcesChanged(Vec<RemoteVideoSource>),
    /// Whether the camera may be started changed.
    VideoAvailabilityChanged {
        /// Whether there are videos of others.
        remote_video_available: bool,
        /// Whether the meeting has room for another.
        can_start_local_video: bool,
    },
    /// Which layers of the own video are sent changed: by who is there, or by what the path takes.
    EncodingSimulcastLayersChanged(SimulcastLayers),
    /// The camera's video is not wanted any more: there are enough, or the right is gone.
    VideoSendBecameUnavailable,
    /// Who speaks changed; loudest first.
    ActiveSpeakersChanged(Vec<AttendeeInfo>),
    /// What became of the own content share.
    ContentShare(ContentShareEvent),
    /// Something changed among the devices, or with a source in use.
    Device(DeviceChangeEvent),
    /// The connection got better or worse.
    ConnectionHealthChanged(ConnectionHealth),
    /// Figures, once a second.
    Metrics(Box<MetricsReport>),
    /// A step in the life of the session.
    Meeting(MeetingEvent),
}

/// How many events wait for a reader. One that falls further behind misses the oldest, and is told how many.
pub(crate) const WAITING_EVENTS: usize = 1_024;

/// The events of a session, to be awaited one by one.
///
/// ```no_run
/// # async fn example(session: &carillon_facade::MeetingSession) {
/// use carillon_facade::SessionEvent;
///
/// let mut events = session.audio_video().events();
/// while let Some(event) = events.next().await {
///     match event {
///         SessionEvent::AttendeeJoined(attendee) => println!("{} came", attendee.external_user_id),
///         SessionEvent::Stopped(status) => return println!("{status}"),
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct SessionEvents {
    receiver: broadcast::Receiver<SessionEvent>,
    missed: u64,
}

impl SessionEvents {
    pub(crate) const fn new(receiver: broadcast::Receiver<SessionEvent>) -> Self {
        Self { receiver, missed: 0 }
    }

    /// The next event; nothing once the session is released. It may be dropped while it waits without losing any.
    ///
    /// ```no_run
    /// # async fn example(mut events: carillon_facade::SessionEvents) {
    /// while let Some(event) = events.next().await {
    ///     println!("{event:?}");
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<SessionEvent> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Closed) => return None,
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    self.missed = self.missed.saturating_add(missed);
                }
            }
        }
    }

    /// How many events were lost because they were not fetched in time.
    ///
    /// ```no_run
    /// # fn example(events: &carillon_facade::SessionEvents) {
    /// if events.missed() > 0 {
    ///     println!("read events sooner: {} are lost", events.missed());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }
}
