//! What the view knows of the meeting: everything that happens is folded in here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use carillon_facade::{
    AttendeeId, AttendeeInfo, ConnectionHealth, ContentShareEvent, DataMessage, Identity,
    MeetingSessionConfiguration, MetricsReport, Modality, Mute, SessionEvent, SignalStrength,
    TileId, VideoTileState, VolumeUpdate,
};

/// The topic on which people chat, which the demo page uses as well.
pub(crate) const CHAT: &str = "chat";

/// Messages that are kept: more than the tallest terminal shows.
const KEPT_MESSAGES: usize = 100;

/// How the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Connecting,
    Reconnecting,
    Connected,
    Leaving,
}

/// How the own content share stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    Off,
    On,
    Paused,
}

/// What keys do at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Meeting,
    /// A line is being written.
    Chat(String),
    Help,
}

/// An attendee, or the attendee's content.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: Arc<str>,
    pub(crate) volume: f32,
    pub(crate) mute: Option<Mute>,
    /// Only changes are told: until there is one it is good.
    pub(crate) signal: SignalStrength,
}

/// A message, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) by: String,
    pub(crate) text: String,
}

/// The state of the view.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) own: AttendeeId,
    pub(crate) own_name: Arc<str>,
    pub(crate) meeting: String,
    pub(crate) phase: Phase,
    pub(crate) people: BTreeMap<Identity, Person>,
    pub(crate) speakers: Vec<Identity>,
    pub(crate) tiles: BTreeMap<TileId, VideoTileState>,
    pub(crate) figures: Option<MetricsReport>,
    pub(crate) health: ConnectionHealth,
    pub(crate) messages: VecDeque<Said>,
    /// Something that the person should know, until the next key.
    pub(crate) notice: Option<String>,
    pub(crate) mute: Mute,
    pub(crate) share: Share,
    pub(crate) mode: Mode,
}

impl State {
    pub(crate) fn new(configuration: &MeetingSessionConfiguration) -> Self {
        let meeting = &configuration.external_meeting_id;
        let meeting = meeting.as_ref().or(configuration.meeting_id.as_ref());
        Self {
            own: configuration.credentials.attendee_id,
            own_name: Arc::clone(&configuration.credentials.external_user_id),
            meeting: meeting.cloned().unwrap_or_default(),
            phase: Phase::Connecting,
            people: BTreeMap::new(),
            speakers: Vec::new(),
            tiles: BTreeMap::new(),
            figures: None,
            health: ConnectionHealth::Good,
            messages: VecDeque::new(),
            notice: None,
            mute: Mute::Unmuted,
            share: Share::Off,
            mode: Mode::Meeting,
        }
    }

    /// Whether the own camera is on.
    pub(crate) fn has_camera(&self) -> bool {
        self.tiles.values().any(|tile| tile.local_tile)
    }

    /// The roster, the own attendee first, then by name; shares follow whom they belong to.
    pub(crate) fn roster(&self) -> Vec<(Identity, &Person)> {
        let mut roster: Vec<_> = self.people.iter().map(|(who, person)| (*who, person)).collect();
        let owner = |who: Identity| {
            let main = Identity::main(who.attendee);
            let name = self.people.get(&main).map(|person| Arc::clone(&person.name));
            (who.attendee != self.own, name, who)
        };
        roster.sort_by_cached_key(|(who, _)| owner(*who));
        roster
    }

    /// The tiles in the order in which they are shown: content first, the own camera last.
    pub(crate) fn tiles(&self) -> Vec<&VideoTileState> {
        let mut tiles: Vec<_> = self.tiles.values().collect();
        tiles.sort_by_key(|tile| (!tile.is_content, tile.local_tile, tile.tile_id));
        tiles
    }

    pub(crate) fn handle_event(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::StartedConnecting { reconnecting } => {
                self.phase = if *reconnecting { Phase::Reconnecting } else { Phase::Connecting };
            }
            SessionEvent::Started => self.phase = Phase::Connected,
            SessionEvent::Stopped(_) => self.phase = Phase::Leaving,
            SessionEvent::AttendeeJoined(who) => self.come(who),
            SessionEvent::AttendeeLeft(who) | SessionEvent::AttendeeDropped(who) => {
                self.people.remove(&who.identity);
                self.speakers.retain(|speaker| *speaker != who.identity);
            }
            SessionEvent::VolumeChanged(update) => self.hear(update),
            SessionEvent::LocalMuteChanged(mute) => self.mute = *mute,
            SessionEvent::DataMessage(message) => self.read(message),
            SessionEvent::TileUpdated(tile) => {
                self.tiles.insert(tile.tile_id, tile.clone());
            }
            SessionEvent::TileRemoved(tile) => {
                self.tiles.remove(tile);
            }
            SessionEvent::ActiveSpeakersChanged(speakers) => {
                self.speakers = speakers.iter().map(|speaker| speaker.identity).collect();
            }
            SessionEvent::ContentShare(event) => self.share(event),
            SessionEvent::ConnectionHealthChanged(health) => {
                self.health = *health;
                if *health == ConnectionHealth::SuggestStopVideo {
                    self.note("the connection is poor: v turns the camera off");
                }
            }
            SessionEvent::VideoSendBecameUnavailable => {
                self.note("the camera is not shown: the meeting has enough, or the right is gone");
            }
            SessionEvent::Metrics(report) => self.figures = Some((**report).clone()),
            SessionEvent::RemoteVideoSourcesChanged(_)
            | SessionEvent::VideoAvailabilityChanged { .. }
            | SessionEvent::Meeting(_)
            | _ => {}
        }
    }

    /// Says something to the person.
    pub(crate) fn note(&mut self, notice: impl Into<String>) {
        self.notice = Some(notice.into());
    }

    /// Shows an own message, which the server gives to the others only.
    pub(crate) fn handle_sent(&mut self, text: &str) {
        let by = format!("{} (you)", shown_name(&self.own_name));
        self.say(Said { by, text: text.to_owned() });
    }

    fn come(&mut self, who: &AttendeeInfo) {
        let name = Arc::clone(&who.external_user_id);
        let person = Person { name, volume: 0.0, mute: None, signal: SignalStrength::Good };
        self.people.entry(who.identity).or_insert(person);
    }

    fn hear(&mut self, update: &VolumeUpdate) {
        let Some(person) = self.people.get_mut(&update.attendee.identity) else { return };
        person.volume = update.volume.unwrap_or(person.volume);
        person.mute = update.mute.or(person.mute);
        person.signal = update.signal_strength.unwrap_or(person.signal);
    }

    fn read(&mut self, message: &DataMessage) {
        if message.is_throttled() {
            self.note("too many messages at once: the last one was not delivered");
            return;
        }
        let sender = message.sender.as_ref();
        let name = sender.map_or("the service", |sender| shown_name(&sender.external_user_id));
        let topic = message.topic.to_string();
        let by = if topic == CHAT { name.to_owned() } else { format!("{name} [{topic}]") };
        let octets = || format!("({} bytes)", message.data.len());
        self.say(Said { by, text: message.text().map_or_else(octets, str::to_owned) });
    }

    fn say(&mut self, said: Said) {
        if self.messages.len() >= KEPT_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(said);
    }

    fn share(&mut self, event: &ContentShareEvent) {
        self.share = match event {
            ContentShareEvent::Started | ContentShareEvent::Unpaused => Share::On,
            ContentShareEvent::Paused => Share::Paused,
            ContentShareEvent::Stopped(status) => {
                if status.is_failure() {
                    self.note(format!("the share ended: {status}"));
                }
                Share::Off
            }
        };
    }
}

/// A name without the mark that the demo page puts behind a `#` to tell people of one name apart.
pub(crate) fn shown_name(external_user_id: &str) -> &str {
    match external_user_id.rsplit_once('#') {
        Some((name, _)) if !name.is_empty() => name,
        _ => external_user_id,
    }
}

/// Whether this is somebody's share and not somebody.
pub(crate) const fn is_content(who: Identity) -> bool {
    matches!(who.modality, Modality::Content)
}

#[cfg(test)]
pub(super) mod tests;
