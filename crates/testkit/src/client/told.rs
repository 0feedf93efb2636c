//! What a client was told, and what it believes after it.

use std::collections::BTreeMap;

use carillon_frame::Bitrate;
use carillon_signaling::{
    AudioState, AudioStatus, AudioStreamId, CloseCode, ErrorStatus, GroupId, Identity, Index, Mute,
    ReceivedData, RosterEntry, Topic, TranscriptEvent, decode_transcripts,
};

/// Everything that came over the signaling socket.
#[derive(Debug, Default)]
pub struct Told {
    /// Every roster frame, in order.
    pub rosters: Vec<Vec<RosterEntry>>,
    /// Every list of videos, in order.
    pub indexes: Vec<Index>,
    /// Every list of who is heard, in order.
    pub volumes: Vec<Vec<AudioState>>,
    /// How the session stands, in order, where no error came along.
    pub statuses: Vec<AudioStatus>,
    /// The errors, in order.
    pub errors: Vec<ErrorStatus>,
    /// What was told of the transcription, in order.
    pub transcripts: Vec<TranscriptEvent>,
    /// How often an offer was answered.
    pub answers: u32,
    /// The videos that stand still because its path does not take them.
    pub paused: Vec<GroupId>,
    /// What its path takes, as it was told last.
    pub bandwidth: Option<Bitrate>,
    /// With which code the server closed the socket.
    pub closed: Option<CloseCode>,
    present: BTreeMap<Identity, Presence>,
}

#[derive(Clone, Copy, Debug)]
struct Presence {
    stream_id: AudioStreamId,
    mute: Mute,
}

impl Told {
    pub(super) fn handle_data(&mut self, messages: &[ReceivedData]) {
        for message in messages.iter().filter(|message| message.topic == Topic::transcription()) {
            let events = decode_transcripts(&message.data);
            self.transcripts
                .extend(events.expect("the server writes transcripts that can be read"));
        }
    }

    pub(super) fn handle_roster(&mut self, entries: Vec<RosterEntry>) {
        for entry in &entries {
            self.believe(entry);
        }
        self.rosters.push(entries);
    }

    /// Of two presences of an attendee the later one counts, and its end is not that of the other.
    fn believe(&mut self, entry: &RosterEntry) {
        match entry {
            RosterEntry::Present { stream_id, identity, mute, .. } => {
                let presence = Presence { stream_id: *stream_id, mute: *mute };
                let known = self.present.entry(*identity).or_insert(presence);
                if known.stream_id <= *stream_id {
                    *known = presence;
                }
            }
            RosterEntry::Mute { stream_id, mute } => {
                let mut present = self.present.values_mut();
                if let Some(known) = present.find(|known| known.stream_id == *stream_id) {
                    known.mute = *mute;
                }
            }
            RosterEntry::Left { stream_id } | RosterEntry::Dropped { stream_id } => {
                self.present.retain(|_, known| known.stream_id != *stream_id);
            }
        }
    }

    /// Who is present, as the client believes.
    #[must_use]
    pub fn present(&self) -> Vec<Identity> {
        self.present.keys().copied().collect()
    }

    /// Under which stream somebody is present, as the client believes.
    #[must_use]
    pub fn stream_of(&self, who: Identity) -> Option<AudioStreamId> {
        self.present.get(&who).map(|presence| presence.stream_id)
    }

    /// Whether somebody present is muted, as the client believes.
    #[must_use]
    pub fn mute_of(&self, who: Identity) -> Option<Mute> {
        self.present.get(&who).map(|presence| presence.mute)
    }

    /// The videos there are, as far as the client was told.
    #[must_use]
    pub fn index(&self) -> Option<&Index> {
        self.indexes.last()
    }
}
