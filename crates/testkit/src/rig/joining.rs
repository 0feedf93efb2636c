//! Who joins a meeting, and how.

use std::time::Duration;

use carillon_signaling::{AudioSessionId, Identity};
use carillon_types::{AttendeeCapabilities, AttendeeId, MeetingFeatures};

use crate::network::LinkConfig;

/// How somebody joins.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The attendee, in its own right or as its content share.
    pub identity: Identity,
    /// What the attendee may do.
    pub capabilities: AttendeeCapabilities,
    /// What its meeting offers.
    pub features: MeetingFeatures,
    /// The client object, by which a client proves that it resumes.
    pub object: AudioSessionId,
    /// What the network does to its datagrams.
    pub link: LinkConfig,
}

impl Joining {
    /// An attendee who may do everything, over the link of the rig.
    #[must_use]
    pub fn of(attendee: u8) -> Self {
        Self {
            identity: Identity::main(attendee_id(attendee)),
            capabilities: AttendeeCapabilities::ALL,
            features: MeetingFeatures::default(),
            object: AudioSessionId(u64::from(attendee) + 1_000),
            link: LinkConfig { delay: Duration::from_millis(10), ..LinkConfig::default() },
        }
    }
}

/// The attendee of a number.
#[must_use]
pub const fn attendee_id(number: u8) -> AttendeeId {
    AttendeeId::from_random(number as u128 + 1)
}

/// The attendee of a number in its own right.
#[must_use]
pub const fn identity(number: u8) -> Identity {
    Identity::main(attendee_id(number))
}
