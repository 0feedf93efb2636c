//! A conversation as people read it: names in place of ids, and without what differs from one recording to the next.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Display},
};

use carillon_signaling::{
    AudioStreamId, ClientMessage, CloseCode, Identity, Index, Join, Modality, PingId, ReceivedData,
    RosterEntry, SendLayer, ServerFrame, ServerMessage, Subscribe, SubscribeAck, VideoSource,
    VideoSubscription, decode_client, decode_server,
};
use carillon_types::AttendeeId;

use super::{answer, recording::Recording};

/// The ping with which a client opens the conversation; later ones come with the clock.
const FIRST_PING: PingId = PingId(1);

/// What was said on all sockets, in order.
pub(super) struct Transcript {
    names: BTreeMap<AttendeeId, String>,
    sockets: BTreeMap<u64, Socket>,
    lines: Vec<(u64, String)>,
}

struct Socket {
    identity: Identity,
    label: String,
    /// What the server has not answered yet.
    subscribe: Option<Subscribe>,
}

impl Transcript {
    pub(super) fn new(recording: &Recording) -> Self {
        let names = recording.attendees.iter().map(|(name, id)| (*id, name.clone())).collect();
        Self { names, sockets: BTreeMap::new(), lines: Vec::new() }
    }

    /// The whole conversation under its title.
    pub(super) fn write(&self, title: &str) -> String {
        let width = self.sockets.values().map(|socket| socket.label.len()).max().unwrap_or(0);
        let mut text = format!("# {title}\n");
        for (socket, line) in &self.lines {
            text += format!("{:width$} {line}", self.sockets[socket].label).trim_end();
            text.push('\n');
        }
        text
    }

    /// What the server said on each socket, to compare with another run in which sockets took other turns.
    pub(super) fn heard_by_socket(&self) -> BTreeMap<u64, Vec<&str>> {
        let mut heard: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        for (socket, line) in self.lines.iter().filter(|(_, line)| line.starts_with('<')) {
            heard.entry(*socket).or_default().push(line);
        }
        heard
    }

    /// What somebody is called.
    pub(super) fn name(&self, who: Identity) -> String {
        let name = &self.names[&who.attendee];
        match who.modality {
            Modality::Main => name.clone(),
            Modality::Content => format!("{name}#content"),
        }
    }

    pub(super) fn opened(&mut self, socket: u64, identity: Identity) {
        let earlier = self.sockets.values().filter(|other| other.identity == identity).count();
        let again = if earlier > 0 { format!(" ({})", earlier + 1) } else { String::new() };
        let label = self.name(identity) + &again;
        self.sockets.insert(socket, Socket { identity, label, subscribe: None });
        self.note(socket, "opens a socket".to_owned());
    }

    pub(super) fn closed(&mut self, socket: u64) {
        self.note(socket, "closes its socket".to_owned());
    }

    pub(super) fn closed_by_server(&mut self, socket: u64, code: CloseCode) {
        self.note(socket, format!("< closes the socket with {}", code.0));
    }

    pub(super) fn said(&mut self, socket: u64, frame: &[u8]) {
        let message = decode_client(frame).unwrap().unwrap().content;
        if let Some(line) = self.client(&message) {
            self.note(socket, format!("> {line}"));
        }
        if let ClientMessage::Subscribe(subscribe) = message {
            self.sockets.get_mut(&socket).unwrap().subscribe = Some(subscribe);
        }
    }

    pub(super) fn heard(&mut self, socket: u64, frame: &[u8]) {
        let frame = decode_server(frame).unwrap().unwrap().content;
        self.check(socket, &frame.message);
        self.note_heard(socket, &frame);
    }

    /// As [`heard`](Self::heard), for a conversation of which only one side is known.
    pub(super) fn heard_unchecked(&mut self, socket: u64, frame: &[u8]) {
        self.note_heard(socket, &decode_server(frame).unwrap().unwrap().content);
    }

    fn note_heard(&mut self, socket: u64, ServerFrame { error, message }: &ServerFrame) {
        if let Some(line) = self.server(message) {
            let error = error.map(|error| format!(" with error {}", error.0)).unwrap_or_default();
            self.note(socket, format!("< {line}{error}"));
        }
    }

    fn note(&mut self, socket: u64, line: String) {
        self.lines.push((socket, line));
    }

    /// Fails where the server breaks what every client relies on, whatever the scenario.
    fn check(&mut self, socket: u64, message: &ServerMessage) {
        let socket = self.sockets.get_mut(&socket).unwrap();
        if let ServerMessage::Index(index) = message {
            let own = |source: &VideoSource| source.owner.attendee == socket.identity.attendee;
            assert!(!index.sources.iter().any(own), "nobody is told of its own video");
        }
        if let ServerMessage::SubscribeAck(ack) = message {
            let subscribe = socket.subscribe.take().expect("an answer follows an offer");
            answer::check(&subscribe, ack);
        }
    }

    /// Nothing for what comes with the clock.
    fn client(&self, message: &ClientMessage) -> Option<String> {
        Some(match message {
            ClientMessage::Metrics(_) | ClientMessage::SessionTiming => return None,
            ClientMessage::Ping(id) | ClientMessage::Pong(id) if *id != FIRST_PING => return None,
            ClientMessage::Ping(id) => format!("PING {}", id.0),
            ClientMessage::Pong(id) => format!("PONG {}", id.0),
            ClientMessage::Join(join) => joining(join),
            ClientMessage::Subscribe(subscribe) => self.subscribing(subscribe),
            ClientMessage::Mute(mute) => format!("AUDIO_CONTROL {mute:?}"),
            ClientMessage::Pause(streams) => format!("PAUSE streams {}", list(streams)),
            ClientMessage::Resume(streams) => format!("RESUME streams {}", list(streams)),
            ClientMessage::UpdateRemoteVideos(update) => {
                let updated: Vec<_> = update.updated.iter().map(|one| self.wish(one)).collect();
                format!("REMOTE_VIDEO_UPDATE {}, without {}", list(&updated), list(&update.removed))
            }
            ClientMessage::Data(data) => {
                let text = String::from_utf8_lossy(&data.data);
                format!("DATA_MESSAGE {} {text:?} for {}", data.topic, word(data.lifetime))
            }
            ClientMessage::JoinPrimaryMeeting(_) => "PRIMARY_MEETING_JOIN".to_owned(),
            ClientMessage::LeavePrimaryMeeting => "PRIMARY_MEETING_LEAVE".to_owned(),
            ClientMessage::Leave => "LEAVE".to_owned(),
        })
    }

    fn subscribing(&self, subscribe: &Subscribe) -> String {
        let layer = |layer: &SendLayer| {
            let stream = layer.stream_id.map_or("new".to_owned(), |id| id.to_string());
            format!("{stream} at {} kbps", layer.max_bitrate.kbps())
        };
        let layers: Vec<_> = subscribe.send_layers.iter().map(layer).collect();
        let wanted = |stream: &Option<_>| match stream {
            Some(stream) => format!("{stream}"),
            None => "-".to_owned(),
        };
        let receive: Vec<String> = subscribe.receive.iter().map(wanted).collect();
        let wishes: Vec<_> =
            subscribe.video_subscriptions.iter().map(|one| self.wish(one)).collect();
        let audio = word(subscribe.audio.as_ref().map(|audio| audio.mute));
        format!(
            "SUBSCRIBE audio {audio}, sends {}, receives {}, wishes {}\n    {}",
            list(&layers),
            list(&receive),
            list(&wishes),
            answer::offered(subscribe)
        )
    }

    fn wish(&self, wish: &VideoSubscription) -> String {
        let owner = wish.owner.map(|owner| self.name(owner)).unwrap_or_default();
        let number = |id: Option<String>| id.unwrap_or_else(|| "-".to_owned());
        let stream = number(wish.stream_id.map(|id| id.to_string()));
        let group = number(wish.group_id.map(|id| id.to_string()));
        let target = number(wish.target_bitrate.map(|rate| rate.bps().to_string()));
        format!("mid {} {owner} stream {stream} group {group} target {target}", wish.mid)
    }

    /// Nothing for what comes with the clock and tells of media, which is not played.
    fn server(&self, message: &ServerMessage) -> Option<String> {
        Some(match message {
            ServerMessage::AudioMetadata(_) | ServerMessage::Bitrates(_) => return None,
            ServerMessage::Ping(id) | ServerMessage::Pong(id) if *id != FIRST_PING => return None,
            ServerMessage::Ping(id) => format!("PING {}", id.0),
            ServerMessage::Pong(id) => format!("PONG {}", id.0),
            ServerMessage::JoinAck(ack) => format!("JOIN_ACK {ack:?}"),
            ServerMessage::Index(index) => self.index(index),
            ServerMessage::SubscribeAck(ack) => acknowledging(ack),
            ServerMessage::Roster(entries) => {
                // The order of those who are present goes by their ids, which are drawn by lot.
                let mut entries = entries.clone();
                entries.sort_by_key(|entry| match entry {
                    RosterEntry::Present { stream_id, .. } => Some(*stream_id),
                    RosterEntry::Mute { .. }
                    | RosterEntry::Left { .. }
                    | RosterEntry::Dropped { .. } => AudioStreamId::new(u32::MAX),
                });
                let entries: Vec<_> = entries.iter().map(|entry| self.entry(entry)).collect();
                format!("AUDIO_STREAM_ID_INFO {}", entries.join(", "))
            }
            ServerMessage::AudioStatus(status) => format!("AUDIO_STATUS {}", status.0),
            ServerMessage::Pause(groups) => format!("PAUSE groups {}", list(groups)),
            ServerMessage::Resume(groups) => format!("RESUME groups {}", list(groups)),
            ServerMessage::Data(messages) => {
                let messages: Vec<_> = messages.iter().map(|one| self.data(one)).collect();
                format!("DATA_MESSAGE {}", messages.join(", "))
            }
            ServerMessage::JoinPrimaryMeetingAck => "PRIMARY_MEETING_JOIN_ACK".to_owned(),
            ServerMessage::LeavePrimaryMeeting => "PRIMARY_MEETING_LEAVE".to_owned(),
            ServerMessage::Notification(notification) => format!("NOTIFICATION {notification:?}"),
            ServerMessage::LeaveAck => "LEAVE_ACK".to_owned(),
        })
    }

    fn index(&self, index: &Index) -> String {
        let mut text = format!("INDEX of {} participants", index.participants);
        if index.at_capacity {
            text += ", at capacity";
        }
        text += &format!(", paused {}, codecs {:?}", list(&index.paused), index.receive_codecs);
        for source in &index.sources {
            let VideoSource { stream_id, group_id, owner, external_user_id, layer } = source;
            let rate = layer.max_bitrate.kbps();
            let owner = self.name(*owner);
            text += &format!(
                "\n    stream {stream_id} of group {group_id}: {owner} as {external_user_id}, {rate} kbps, {} fps, size {}",
                word(layer.framerate),
                word(layer.size)
            );
        }
        text
    }

    fn entry(&self, entry: &RosterEntry) -> String {
        match entry {
            RosterEntry::Present { stream_id, identity, external_user_id, mute } => {
                format!("{stream_id} is {} as {external_user_id} {mute:?}", self.name(*identity))
            }
            RosterEntry::Mute { stream_id, mute } => format!("{stream_id} {mute:?}"),
            RosterEntry::Left { stream_id } => format!("{stream_id} left"),
            RosterEntry::Dropped { stream_id } => format!("{stream_id} dropped"),
        }
    }

    fn data(&self, message: &ReceivedData) -> String {
        let sender = message.sender.as_ref();
        let sender = sender.map_or("the server".to_owned(), |sender| self.name(sender.identity));
        format!("{} {:?} of {sender}", message.topic, String::from_utf8_lossy(&message.data))
    }
}

fn joining(join: &Join) -> String {
    format!(
        "JOIN adaption {} of {:?}, compressed {}, temporal layers {}",
        word(join.adaption),
        join.supported_adaptions,
        join.wants_compressed_sdp,
        join.wants_all_temporal_layers_in_index
    )
}

fn acknowledging(ack: &SubscribeAck) -> String {
    let allocation = |allocation: &carillon_signaling::Allocation| {
        format!("{} of group {}", allocation.stream_id, allocation.group_id)
    };
    let allocations: Vec<_> = ack.allocations.iter().map(allocation).collect();
    let track = |track: &carillon_signaling::Track| format!("{} on {}", track.stream_id, track.mid);
    let tracks: Vec<_> = ack.tracks.iter().map(track).collect();
    let (allocations, tracks) = (list(&allocations), list(&tracks));
    format!("SUBSCRIBE_ACK allocations {allocations}, tracks {tracks}{}", answer::answered(ack))
}

/// What there is, or a dash.
fn word(value: Option<impl Debug>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:?}"))
}

fn list(items: &[impl Display]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    format!("[{}]", items.join(", "))
}
