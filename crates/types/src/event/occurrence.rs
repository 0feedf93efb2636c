//! Everything that can happen in a meeting, each with what is told of it.

use serde::Serialize;

use crate::{
    capability::{AttendeeCapabilities, MediaCapability},
    id::AttendeeId,
    text::{ExternalUserId, MediaRegion},
    word::words,
};

/// What happened; its name travels as `eventType`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "eventType")]
pub enum Occurrence {
    /// The meeting was made.
    #[serde(rename = "chime:MeetingStarted")]
    MeetingStarted,
    /// The meeting ended.
    #[serde(rename = "chime:MeetingEnded")]
    MeetingEnded,
    /// An attendee was made.
    #[serde(rename = "chime:AttendeeAdded")]
    AttendeeAdded(EventAttendee),
    /// An attendee was deleted.
    #[serde(rename = "chime:AttendeeDeleted")]
    AttendeeDeleted(EventAttendee),
    /// An attendee who is in joined once more, as from another device.
    #[serde(rename = "chime:AttendeeAuthorized")]
    AttendeeAuthorized(EventAttendee),
    /// An attendee connected.
    #[serde(rename = "chime:AttendeeJoined")]
    AttendeeJoined(ConnectedAttendee),
    /// An attendee left on purpose, or was made to.
    #[serde(rename = "chime:AttendeeLeft")]
    AttendeeLeft(ConnectedAttendee),
    /// An attendee was lost.
    #[serde(rename = "chime:AttendeeDropped")]
    AttendeeDropped(ConnectedAttendee),
    /// An attendee's camera shows pictures.
    #[serde(rename = "chime:AttendeeVideoStarted")]
    AttendeeVideoStarted(EventAttendee),
    /// An attendee's camera shows none any more.
    #[serde(rename = "chime:AttendeeVideoStopped")]
    AttendeeVideoStopped(EventAttendee),
    /// An attendee's content share connected.
    #[serde(rename = "chime:AttendeeContentJoined")]
    AttendeeContentJoined(ConnectedAttendee),
    /// An attendee's content share ended.
    #[serde(rename = "chime:AttendeeContentLeft")]
    AttendeeContentLeft(ConnectedAttendee),
    /// An attendee's content share was lost.
    #[serde(rename = "chime:AttendeeContentDropped")]
    AttendeeContentDropped(ConnectedAttendee),
    /// An attendee's content share shows pictures.
    #[serde(rename = "chime:AttendeeContentVideoStarted")]
    AttendeeContentVideoStarted(EventAttendee),
    /// An attendee's content share shows none any more.
    #[serde(rename = "chime:AttendeeContentVideoStopped")]
    AttendeeContentVideoStopped(EventAttendee),
    /// An attendee may do something else than before.
    #[serde(rename = "chime:AttendeeCapabilitiesUpdated")]
    AttendeeCapabilitiesUpdated(CapabilitiesUpdate),
    /// Transcription started, or goes on with another configuration.
    #[serde(rename = "chime:TranscriptionStarted")]
    TranscriptionStarted(Transcription),
    /// Transcription stopped.
    #[serde(rename = "chime:TranscriptionStopped")]
    TranscriptionStopped(Transcription),
    /// Transcription goes on after an interruption.
    #[serde(rename = "chime:TranscriptionResumed")]
    TranscriptionResumed(Transcription),
    /// Transcription was interrupted.
    #[serde(rename = "chime:TranscriptionInterrupted")]
    TranscriptionInterrupted(TranscriptionTrouble),
    /// Transcription could not start or go on.
    #[serde(rename = "chime:TranscriptionFailed")]
    TranscriptionFailed(TranscriptionTrouble),
}

impl Occurrence {
    /// Returns the name that travels.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::MeetingStarted => "chime:MeetingStarted",
            Self::MeetingEnded => "chime:MeetingEnded",
            Self::AttendeeAdded(_) => "chime:AttendeeAdded",
            Self::AttendeeDeleted(_) => "chime:AttendeeDeleted",
            Self::AttendeeAuthorized(_) => "chime:AttendeeAuthorized",
            Self::AttendeeJoined(_) => "chime:AttendeeJoined",
            Self::AttendeeLeft(_) => "chime:AttendeeLeft",
            Self::AttendeeDropped(_) => "chime:AttendeeDropped",
            Self::AttendeeVideoStarted(_) => "chime:AttendeeVideoStarted",
            Self::AttendeeVideoStopped(_) => "chime:AttendeeVideoStopped",
            Self::AttendeeContentJoined(_) => "chime:AttendeeContentJoined",
            Self::AttendeeContentLeft(_) => "chime:AttendeeContentLeft",
            Self::AttendeeContentDropped(_) => "chime:AttendeeContentDropped",
            Self::AttendeeContentVideoStarted(_) => "chime:AttendeeContentVideoStarted",
            Self::AttendeeContentVideoStopped(_) => "chime:AttendeeContentVideoStopped",
            Self::AttendeeCapabilitiesUpdated(_) => "chime:AttendeeCapabilitiesUpdated",
            Self::TranscriptionStarted(_) => "chime:TranscriptionStarted",
            Self::TranscriptionStopped(_) => "chime:TranscriptionStopped",
            Self::TranscriptionResumed(_) => "chime:TranscriptionResumed",
            Self::TranscriptionInterrupted(_) => "chime:TranscriptionInterrupted",
            Self::TranscriptionFailed(_) => "chime:TranscriptionFailed",
        }
    }
}

/// Whom an event is about; a content share goes by its attendee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventAttendee {
    /// The service's name.
    pub attendee_id: AttendeeId,
    /// The builder's name.
    pub external_user_id: ExternalUserId,
}

words! {
    /// Over what an attendee is connected.
    NetworkType {
        /// The internet.
        Voip = "Voip",
    }
}

/// Who is, or was, connected, and over what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectedAttendee {
    /// Who.
    #[serde(flatten)]
    pub attendee: EventAttendee,
    /// Over what.
    pub network_type: NetworkType,
}

words! {
    /// Whether an update was carried out.
    UpdateSuccess {
        /// It was not.
        Failed = "0",
        /// It was.
        Done = "1",
    }
}

/// Whose capabilities changed, and what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilitiesUpdate {
    /// Whose.
    #[serde(flatten)]
    pub attendee: EventAttendee,
    /// Whether the update was carried out.
    pub success: UpdateSuccess,
    /// What they are from here on.
    pub attendee_capabilities: EventCapabilities,
}

/// Capabilities as events spell them: in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EventCapabilities {
    /// Sound.
    pub audio: MediaCapability,
    /// Camera.
    pub video: MediaCapability,
    /// Content share.
    pub content: MediaCapability,
}

impl From<AttendeeCapabilities> for EventCapabilities {
    fn from(rights: AttendeeCapabilities) -> Self {
        Self { audio: rights.audio(), video: rights.video(), content: rights.content() }
    }
}

/// What is transcribed how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transcription {
    /// Where the engine works.
    pub transcription_region: MediaRegion,
    /// The configuration, as a text that is JSON in itself.
    pub transcription_configuration: String,
}

/// What was transcribed how, and what came between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptionTrouble {
    /// What was transcribed.
    #[serde(flatten)]
    pub transcription: Transcription,
    /// What came between.
    pub message: String,
}
