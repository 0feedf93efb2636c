//! One connection to a meeting: its signaling, its media path, and how far it has come.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use carillon_frame::Bitrate;
use carillon_mixer::{ListenerId, SourceId};
use carillon_rtp::VideoFormat;
use carillon_sfu::SourceId as VideoSourceId;
use carillon_signaling::{AudioSessionId, GroupId, Mute, ServerSession};
use carillon_transport::IceCredentials;

use crate::{attendee::Attendee, link::Link, negotiation::Negotiation, picture_limit::TooLarge};

/// How the others see a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// They do not know it.
    Unknown,
    /// They still know it from a former connection.
    Inherited(Heir),
    /// They see it.
    Present,
    /// They have seen it go; only its socket is left.
    Gone,
}

/// Who takes the place of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heir {
    /// The client that had it.
    SameClient,
    /// Another one of the same attendee.
    OtherDevice,
}

/// Whether the client's signaling socket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    /// It does.
    Open,
    /// It is gone; its client may come back.
    Lost,
}

/// A media path and what it was made with.
#[derive(Debug)]
pub(crate) struct Path {
    /// The path.
    pub(crate) link: Link,
    /// The server's half of its connectivity checks' secret.
    pub(crate) ice: IceCredentials,
    /// Whether media may flow.
    pub(crate) is_secured: bool,
    /// When the path wants to be called.
    pub(crate) deadline: Option<Instant>,
}

/// A connection to a meeting.
#[derive(Debug)]
pub(crate) struct Participant {
    pub(crate) attendee: Attendee,
    pub(crate) external_user_id: Arc<str>,
    /// The conversation with its client.
    pub(crate) signaling: ServerSession,
    /// When the conversation wants to be called.
    pub(crate) signaling_deadline: Option<Instant>,
    pub(crate) socket: Socket,
    /// The client object behind the connection, by which it proves that it resumes.
    pub(crate) client: Option<AudioSessionId>,
    pub(crate) negotiation: Negotiation,
    pub(crate) path: Option<Path>,
    pub(crate) presence: Presence,
    /// Whether its client was told which videos there are.
    pub(crate) has_index: bool,
    /// What its client says of its microphone.
    pub(crate) mute: Mute,
    /// Whether the server keeps it from being heard until it speaks up anew.
    pub(crate) is_silenced: bool,
    /// The layers of what it publishes, lowest first; none while it publishes nothing.
    pub(crate) video: Vec<VideoSourceId>,
    /// Those of them whose pictures are larger than the meeting allows.
    pub(crate) too_large: TooLarge,
    /// The formats its client decodes.
    pub(crate) decodable: BTreeSet<VideoFormat>,
    /// The videos that stand still because its path does not take them.
    pub(crate) held_back: BTreeSet<GroupId>,
    /// How much its client was told that its path takes.
    pub(crate) told_bandwidth: Option<Bitrate>,
    /// When it counts as lost, while socket or path are gone.
    pub(crate) lost_at: Option<Instant>,
    /// Its number in the mixer, as a source and as a listener.
    pub(crate) number: u32,
}

impl Participant {
    pub(crate) fn new(
        attendee: Attendee,
        signaling: ServerSession,
        negotiation: Negotiation,
        number: u32,
    ) -> Self {
        Self {
            external_user_id: attendee.external_user_id.as_str().into(),
            attendee,
            signaling,
            signaling_deadline: None,
            socket: Socket::Open,
            client: None,
            negotiation,
            path: None,
            presence: Presence::Unknown,
            has_index: false,
            mute: Mute::Unmuted,
            is_silenced: false,
            video: Vec::new(),
            too_large: TooLarge::default(),
            decodable: BTreeSet::new(),
            held_back: BTreeSet::new(),
            told_bandwidth: None,
            lost_at: None,
            number,
        }
    }

    /// Whether it is heard, as the others are to know it.
    pub(crate) const fn heard(&self) -> Mute {
        if self.is_silenced { Mute::Muted } else { self.mute }
    }

    /// The participant as somebody who is heard.
    pub(crate) const fn source(&self) -> SourceId {
        SourceId(self.number)
    }

    /// The participant as somebody who hears.
    pub(crate) const fn listener(&self) -> ListenerId {
        ListenerId(self.number)
    }

    /// Whether others see it, now or from before.
    pub(crate) const fn is_known(&self) -> bool {
        matches!(self.presence, Presence::Inherited(_) | Presence::Present)
    }

    /// When anything of it wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let path = self.path.as_ref().and_then(|path| path.deadline);
        [self.signaling_deadline, path, self.lost_at].into_iter().flatten().min()
    }
}
