//! What an operator's backend is told about meetings, in the original service's JSON.

mod occurrence;

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

pub use occurrence::{
    CapabilitiesUpdate, ConnectedAttendee, EventAttendee, EventCapabilities, NetworkType,
    Occurrence, Transcription, TranscriptionTrouble, UpdateSuccess,
};

use crate::{
    caller::Caller,
    id::{EventId, MeetingId},
    text::{ExternalMeetingId, MediaRegion},
    wall_time::WallTime,
};

/// One event with all that surrounds it: what EventBridge, SQS and SNS carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingStateChange {
    /// Names the event.
    pub id: EventId,
    /// To whom the meeting belongs, and through which region it was made.
    pub owner: Caller,
    /// When it happened, as ISO 8601 in UTC.
    pub time: String,
    /// What happened.
    pub detail: StateChangeDetail,
}

impl MeetingStateChange {
    /// The layout of the envelope.
    pub const VERSION: &'static str = "0";
    /// Who tells.
    pub const SOURCE: &'static str = "aws.chime";
    /// What all these events have in common.
    pub const DETAIL_TYPE: &'static str = "Chime Meeting State Change";
}

impl Serialize for MeetingStateChange {
    /// Writes the members that are the same in every event together with those that are not.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_struct("MeetingStateChange", 9)?;
        envelope.serialize_field("version", Self::VERSION)?;
        envelope.serialize_field("id", &self.id)?;
        envelope.serialize_field("detail-type", Self::DETAIL_TYPE)?;
        envelope.serialize_field("source", Self::SOURCE)?;
        envelope.serialize_field("account", &self.owner.account)?;
        envelope.serialize_field("time", &self.time)?;
        envelope.serialize_field("region", &self.owner.region)?;
        envelope.serialize_field::<[&str; 0]>("resources", &[])?;
        envelope.serialize_field("detail", &self.detail)?;
        envelope.end()
    }
}

/// What happened in which meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateChangeDetail {
    /// The layout of the detail.
    version: &'static str,
    /// What happened.
    #[serde(flatten)]
    pub occurrence: Occurrence,
    /// When it happened, in milliseconds since the epoch.
    pub timestamp: WallTime,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The builder's name for it.
    pub external_meeting_id: ExternalMeetingId,
    /// Where its media lives.
    pub media_region: MediaRegion,
}

impl StateChangeDetail {
    /// Tells what happened at a time in the meeting of these two names, whose media lives in a region.
    #[must_use]
    pub fn new(
        occurrence: Occurrence,
        timestamp: WallTime,
        (meeting_id, external_meeting_id): (MeetingId, ExternalMeetingId),
        media_region: MediaRegion,
    ) -> Self {
        let version = MeetingStateChange::VERSION;
        Self { version, occurrence, timestamp, meeting_id, external_meeting_id, media_region }
    }
}

#[cfg(test)]
mod tests;
