//! Who is present in one meeting, and the entries that tell clients so.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    id::AudioStreamId,
    identity::{Identity, Modality},
    numbering::FirstNumber,
};

/// Whether an attendee's microphone is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mute {
    /// Nothing is sent.
    Muted,
    /// Everything is sent.
    Unmuted,
}

/// One thing that happened to the roster, as a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterEntry {
    /// The attendee is there, under this stream. The mute state always travels along: clients would show an unknown one
    /// until the attendee is first heard.
    Present {
        /// This presence of the attendee.
        stream_id: AudioStreamId,
        /// Who it is.
        identity: Identity,
        /// The application's own name for the attendee.
        external_user_id: Arc<str>,
        /// Whether the microphone is open.
        mute: Mute,
    },
    /// The microphone was closed or opened.
    Mute {
        /// Whose.
        stream_id: AudioStreamId,
        /// Its state.
        mute: Mute,
    },
    /// The presence ended by the attendee's wish. It says nothing about a later presence of the same attendee.
    Left {
        /// The presence that ended.
        stream_id: AudioStreamId,
    },
    /// The presence ended because the connection was lost.
    Dropped {
        /// The presence that ended.
        stream_id: AudioStreamId,
    },
}

/// Everybody who is present in one meeting, content shares included.
///
/// Each change returns the entries that tell it to clients that have had a [`Roster::snapshot`].
#[derive(Debug)]
pub struct Roster {
    next: AudioStreamId,
    present: BTreeMap<Identity, Presence>,
}

#[derive(Debug)]
struct Presence {
    stream_id: AudioStreamId,
    external_user_id: Arc<str>,
    mute: Mute,
}

impl Roster {
    /// Makes the roster of an empty meeting.
    #[must_use]
    pub const fn new() -> Self {
        Self::numbered_from(FirstNumber::ONE)
    }

    /// Makes the roster of an empty meeting that may have run before: its stream ids start there.
    #[must_use]
    pub const fn numbered_from(first: FirstNumber) -> Self {
        Self { next: AudioStreamId::starting_at(first), present: BTreeMap::new() }
    }

    /// Where a later life of the meeting has to start, as far as presences go.
    #[must_use]
    pub fn numbered_until(&self) -> FirstNumber {
        self.next.into()
    }

    /// Takes an attendee in, or gives one who is present already a higher stream id.
    ///
    /// The entry of the higher id comes first: clients ignore the end of a presence when they know a later one, and would
    /// otherwise report the attendee as gone for a moment.
    pub fn join(
        &mut self,
        identity: Identity,
        external_user_id: Arc<str>,
        mute: Mute,
    ) -> Vec<RosterEntry> {
        let stream_id = self.next;
        self.next = stream_id.next();
        let presence = Presence { stream_id, external_user_id, mute };
        let mut entries = vec![presence.entry(identity)];
        if let Some(earlier) = self.present.insert(identity, presence) {
            entries.push(RosterEntry::Left { stream_id: earlier.stream_id });
        }
        entries
    }

    /// Lets an attendee go who left; `None` if it was not there.
    pub fn leave(&mut self, identity: Identity) -> Option<RosterEntry> {
        let Presence { stream_id, .. } = self.present.remove(&identity)?;
        Some(RosterEntry::Left { stream_id })
    }

    /// Lets an attendee go whose connection was lost; `None` if it was not there.
    pub fn lose(&mut self, identity: Identity) -> Option<RosterEntry> {
        let Presence { stream_id, .. } = self.present.remove(&identity)?;
        Some(RosterEntry::Dropped { stream_id })
    }

    /// Notes the state of a microphone; `None` if that is no news.
    pub fn set_mute(&mut self, identity: Identity, mute: Mute) -> Option<RosterEntry> {
        let presence = self.present.get_mut(&identity).filter(|presence| presence.mute != mute)?;
        presence.mute = mute;
        Some(RosterEntry::Mute { stream_id: presence.stream_id, mute })
    }

    /// Everybody present, as a client is told first.
    #[must_use]
    pub fn snapshot(&self) -> Vec<RosterEntry> {
        self.present.iter().map(|(identity, presence)| presence.entry(*identity)).collect()
    }

    /// The stream under which somebody is present.
    #[must_use]
    pub fn stream_id(&self, identity: Identity) -> Option<AudioStreamId> {
        self.present.get(&identity).map(|presence| presence.stream_id)
    }

    /// How many attendees are present; a content share is not one more.
    #[must_use]
    pub fn attendees(&self) -> u32 {
        let attendees = self.present.keys().filter(|who| who.modality == Modality::Main).count();
        u32::try_from(attendees).unwrap_or(u32::MAX)
    }
}

impl Default for Roster {
    fn default() -> Self {
        Self::new()
    }
}

impl Presence {
    fn entry(&self, identity: Identity) -> RosterEntry {
        RosterEntry::Present {
            stream_id: self.stream_id,
            identity,
            external_user_id: Arc::clone(&self.external_user_id),
            mute: self.mute,
        }
    }
}

#[cfg(test)]
mod tests;
