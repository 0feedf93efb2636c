//! The steps in the life of a session.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::status::MeetingSessionStatus;

/// A step in the life of a session, for statistics of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeetingEvent {
    /// The application asked to join.
    MeetingStartRequested,
    /// The session is up.
    MeetingStartSucceeded {
        /// How long joining took.
        meeting_start_duration: Duration,
    },
    /// The session could not be brought up.
    MeetingStartFailed {
        /// Why.
        status: MeetingSessionStatus,
    },
    /// The session came back.
    MeetingReconnected {
        /// How often it tried.
        retry_count: u32,
    },
    /// The session ended as it should.
    MeetingEnded {
        /// Why.
        status: MeetingSessionStatus,
        /// How long it lasted.
        meeting_duration: Duration,
    },
    /// The session ended by a failure.
    MeetingFailed {
        /// Why.
        status: MeetingSessionStatus,
        /// How long it lasted.
        meeting_duration: Duration,
    },
    /// The attendee shows in the meeting.
    AttendeePresenceReceived {
        /// How long that took from the start.
        attendee_presence_duration: Duration,
    },
    /// The signaling socket was lost.
    SignalingDropped,
    /// No sound arrives.
    ReceivingAudioDropped,
    /// The own sound is not sent any more.
    SendingAudioFailed,
    /// The own sound is sent again.
    SendingAudioRecovered,
    /// The own sound comes from an input that was chosen.
    AudioInputSelected,
    /// The own sound comes from nowhere.
    AudioInputUnselected,
    /// The chosen microphone cannot be used.
    AudioInputFailed {
        /// Why.
        message: String,
    },
    /// The own pictures come from an input that was chosen.
    VideoInputSelected,
    /// The own pictures come from nowhere.
    VideoInputUnselected,
    /// The chosen pictures cannot be taken.
    VideoInputFailed {
        /// Why.
        message: String,
    },
    /// Something that the application published.
    Custom {
        /// What.
        name: Arc<str>,
        /// What the application says about it.
        attributes: Map<String, Value>,
    },
}

impl MeetingEvent {
    /// The name, as the browser client spells it.
    ///
    /// ```
    /// # use carillon_facade::MeetingEvent;
    /// assert_eq!(MeetingEvent::SignalingDropped.name(), "signalingDropped");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::MeetingStartRequested => "meetingStartRequested",
            Self::MeetingStartSucceeded { .. } => "meetingStartSucceeded",
            Self::MeetingStartFailed { .. } => "meetingStartFailed",
            Self::MeetingReconnected { .. } => "meetingReconnected",
            Self::MeetingEnded { .. } => "meetingEnded",
            Self::MeetingFailed { .. } => "meetingFailed",
            Self::AttendeePresenceReceived { .. } => "attendeePresenceReceived",
            Self::SignalingDropped => "signalingDropped",
            Self::ReceivingAudioDropped => "receivingAudioDropped",
            Self::SendingAudioFailed => "sendingAudioFailed",
            Self::SendingAudioRecovered => "sendingAudioRecovered",
            Self::AudioInputSelected => "audioInputSelected",
            Self::AudioInputUnselected => "audioInputUnselected",
            Self::AudioInputFailed { .. } => "audioInputFailed",
            Self::VideoInputSelected => "videoInputSelected",
            Self::VideoInputUnselected => "videoInputUnselected",
            Self::VideoInputFailed { .. } => "videoInputFailed",
            Self::Custom { name, .. } => name,
        }
    }

    /// What is known about it, by the names of the browser client.
    ///
    /// ```
    /// # use carillon_facade::MeetingEvent;
    /// let event = MeetingEvent::MeetingReconnected { retry_count: 2 };
    /// assert_eq!(event.attributes()["retryCount"], 2);
    /// ```
    #[must_use]
    pub fn attributes(&self) -> Map<String, Value> {
        match self {
            Self::MeetingStartSucceeded { meeting_start_duration } => {
                Map::from_iter([span("meetingStartDurationMs", *meeting_start_duration)])
            }
            Self::MeetingStartFailed { status } => ending(status).collect(),
            Self::MeetingReconnected { retry_count } => {
                Map::from_iter([("retryCount".to_owned(), Value::from(*retry_count))])
            }
            Self::MeetingEnded { status, meeting_duration }
            | Self::MeetingFailed { status, meeting_duration } => {
                let lasted = span("meetingDurationMs", *meeting_duration);
                ending(status).chain([lasted]).collect()
            }
            Self::AttendeePresenceReceived { attendee_presence_duration } => {
                Map::from_iter([span("attendeePresenceDurationMs", *attendee_presence_duration)])
            }
            Self::AudioInputFailed { message } => {
                Map::from_iter([text("audioInputErrorMessage", message)])
            }
            Self::VideoInputFailed { message } => {
                Map::from_iter([text("videoInputErrorMessage", message)])
            }
            Self::Custom { attributes, .. } => attributes.clone(),
            Self::MeetingStartRequested
            | Self::SignalingDropped
            | Self::ReceivingAudioDropped
            | Self::SendingAudioFailed
            | Self::SendingAudioRecovered
            | Self::AudioInputSelected
            | Self::AudioInputUnselected
            | Self::VideoInputSelected
            | Self::VideoInputUnselected => Map::new(),
        }
    }
}

type Attribute = (String, Value);

fn ending(status: &MeetingSessionStatus) -> impl Iterator<Item = Attribute> {
    let message = status.detail.as_deref().map(|detail| text("meetingErrorMessage", detail));
    std::iter::once(text("meetingStatus", status.code.name())).chain(message)
}

fn text(name: &str, text: &str) -> Attribute {
    (name.to_owned(), Value::from(text))
}

fn span(name: &str, span: Duration) -> Attribute {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    (name.to_owned(), Value::from(millis))
}
