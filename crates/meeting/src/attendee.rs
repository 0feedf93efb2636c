//! Who takes part.

use carillon_signaling::{Identity, Modality};
use carillon_types::{AttendeeCapabilities, MeetingFeatures};

/// The number of one signaling connection, unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// The attendee behind a signaling connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// The attendee, in its own right or as its content share.
    pub identity: Identity,
    /// How the application calls the attendee.
    pub external_user_id: String,
    /// What the attendee may do.
    pub capabilities: AttendeeCapabilities,
    /// What its meeting offers: no right goes beyond it.
    pub features: MeetingFeatures,
}

/// What an attendee does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    /// The attendee, in its own right or as its content share.
    pub who: Identity,
    /// Whether nobody hears it.
    pub is_muted: bool,
    /// Whether it shows pictures.
    pub shows_video: bool,
}

impl Attendee {
    /// Whether this connection may be there at all: a content share without the right to share is of no use.
    #[must_use]
    pub fn may_join(&self) -> bool {
        match self.identity.modality {
            Modality::Main => true,
            Modality::Content => self.may_share(),
        }
    }

    /// Whether this connection may be heard.
    #[must_use]
    pub fn may_send_audio(&self) -> bool {
        match self.identity.modality {
            Modality::Main => self.capabilities.audio().can_send(),
            Modality::Content => self.may_share(),
        }
    }

    /// Whether this connection may hear the others.
    #[must_use]
    pub const fn may_receive_audio(&self) -> bool {
        match self.identity.modality {
            Modality::Main => self.capabilities.audio().can_receive(),
            Modality::Content => false,
        }
    }

    /// Whether this connection may show pictures.
    #[must_use]
    pub fn may_send_video(&self) -> bool {
        match self.identity.modality {
            Modality::Main => self.capabilities.video().can_send() && self.features.has_video(),
            Modality::Content => self.may_share(),
        }
    }

    fn may_share(&self) -> bool {
        self.capabilities.content().can_send() && self.features.has_content()
    }

    /// Whether this connection may see what the other one publishes.
    #[must_use]
    pub const fn may_see(&self, publisher: Modality) -> bool {
        match publisher {
            Modality::Main => self.capabilities.video().can_receive(),
            Modality::Content => self.capabilities.content().can_receive(),
        }
    }
}
