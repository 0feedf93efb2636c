//! What is kept of a meeting and its attendees.

use std::{collections::BTreeSet, sync::Arc};

use carillon_types::{
    AttendeeCapabilities, AttendeeId, Caller, ExternalUserId, MeetingId, MeetingLife, Tags,
    TranscriptionConfiguration, WallTime, api::CreateMeetingRequest,
};

use crate::{boot::Uptime, key_ring::TokenKey};

/// A meeting as it was made; nothing of it changes until it ends, or the store is opened anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingRecord {
    /// The service's name for it.
    pub meeting_id: MeetingId,
    /// Who made it, and through which region.
    pub owner: Caller,
    /// When it was made.
    pub created: WallTime,
    /// The same by the clock of the machine's run, from which its age is told.
    pub born: Uptime,
    /// How often the store has been opened since.
    pub life: MeetingLife,
    /// What was asked for.
    pub request: CreateMeetingRequest,
    /// What the tokens of its attendees are signed with.
    pub(crate) key: Arc<TokenKey>,
}

impl MeetingRecord {
    /// Says whether the meeting repeats another one for a larger audience.
    #[must_use]
    pub const fn is_replica(&self) -> bool {
        self.request.primary_meeting_id.is_some()
    }
}

/// What of a meeting changes while it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingState {
    /// Its tags.
    pub tags: Tags,
    /// How its speech is being turned into text, if it is.
    pub transcription: Option<Arc<TranscriptionConfiguration>>,
    /// Who may enter it, if not everybody with a token.
    pub lock: Option<Arc<MeetingLock>>,
}

impl MeetingState {
    /// Returns what a meeting begins with.
    pub(crate) fn of(request: &CreateMeetingRequest) -> Self {
        Self { tags: request.tags.clone().into(), ..Self::default() }
    }
}

/// A closed door: who was inside when it was closed may come back, and nobody else comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MeetingLock {
    /// Those who were inside.
    pub inside: BTreeSet<AttendeeId>,
}

/// An attendee as it is at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttendeeRecord {
    /// The service's name for it.
    pub attendee_id: AttendeeId,
    /// The builder's name for the person.
    pub external_user_id: ExternalUserId,
    /// What the person may do.
    pub capabilities: AttendeeCapabilities,
    /// Its place in the order of creation.
    pub sequence: Sequence,
}

/// A place in the order in which a meeting's attendees were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(u32);

impl Sequence {
    /// Makes a place from its number.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns the place so many further on; a meeting would have to make attendees for weeks to run
    /// out of them.
    pub(crate) fn plus(self, places: usize) -> Self {
        Self(self.0.saturating_add(u32::try_from(places).unwrap_or(u32::MAX)))
    }
}
