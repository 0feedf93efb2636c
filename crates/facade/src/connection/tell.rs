//! What the application is told of what the server says.

use std::sync::Arc;
use std::time::Duration;

use carillon_signaling::{
    Arrival, ClientEvent, GroupId, Identity, Index, Modality, NotificationLevel, Presence,
    ReceivedData, Topic, VolumeChange, decode_transcripts,
};

use super::attempt::Attempt;
use crate::clock;
use crate::event::{
    AttendeeInfo, ContentShareEvent, DataMessage, MeetingEvent, RemoteVideoSource, SessionEvent,
    UnavailableReason, VolumeUpdate,
};
use crate::health::SendingAudio;
use crate::metrics::MetricsReport;
use crate::shared::lock;
use crate::tiles::PauseState;

impl Attempt<'_> {
    pub(super) fn tell(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Roster(entries) => {
                let (presences, changes) = self.connection.attendance.handle_roster(entries);
                presences.into_iter().for_each(|presence| self.tell_presence(presence));
                self.tell_volumes(changes);
            }
            ClientEvent::Volumes(states) => {
                let changes = self.connection.attendance.handle_volumes(&states);
                lock(&self.shared.speakers).handle_report(clock::now());
                self.tell_volumes(changes);
            }
            ClientEvent::Data(messages) => {
                messages.into_iter().for_each(|message| self.tell_message(message));
            }
            ClientEvent::ViewOnly => self.tell_view_only(),
            ClientEvent::Notification(notification) => {
                let line = format_args!("server: {}", notification.message);
                match notification.level {
                    NotificationLevel::Info => self.shared.logger.info(&line),
                    NotificationLevel::Warning => self.shared.logger.warn(&line),
                    NotificationLevel::Error => self.shared.logger.error(&line),
                }
            }
            ClientEvent::Joined(_)
            | ClientEvent::Index(_)
            | ClientEvent::Answered(_)
            | ClientEvent::Paused(_)
            | ClientEvent::Resumed(_)
            | ClientEvent::Bitrates(_)
            | ClientEvent::Ended(_) => {}
        }
    }

    /// Tells a message, and what it says if it is the server's protocol of what is spoken.
    fn tell_message(&self, message: ReceivedData) {
        let transcripts = (message.topic == Topic::transcription()).then(|| message.data.clone());
        self.shared.tell(SessionEvent::DataMessage(data_message(message)));
        match transcripts.as_deref().map(decode_transcripts) {
            Some(Ok(events)) => {
                events.into_iter().for_each(|e| self.shared.tell(SessionEvent::Transcript(e)));
            }
            Some(Err(error)) => {
                self.shared.logger.warn(&format_args!("a transcript makes no sense: {error}"));
            }
            None => {}
        }
    }

    fn tell_presence(&mut self, presence: Presence) {
        let shared = Arc::clone(&self.shared);
        let own = shared.configuration.credentials.attendee_id;
        match presence {
            Presence::Joined { identity, external_user_id } => {
                if identity == shared.identity() && !self.connection.is_present {
                    self.connection.is_present = true;
                    let waited =
                        clock::now().saturating_duration_since(self.connection.requested_at);
                    shared.tell_step(MeetingEvent::AttendeePresenceReceived {
                        attendee_presence_duration: waited,
                    });
                }
                let attendee = AttendeeInfo { identity, external_user_id };
                shared.tell(SessionEvent::AttendeeJoined(attendee));
                if identity == Identity::content(own) {
                    shared.tell(SessionEvent::ContentShare(ContentShareEvent::Started));
                }
            }
            Presence::Left { identity, external_user_id } => {
                lock(&shared.speakers).forget(identity);
                shared
                    .tell(SessionEvent::AttendeeLeft(AttendeeInfo { identity, external_user_id }));
            }
            Presence::Dropped { identity, external_user_id } => {
                lock(&shared.speakers).forget(identity);
                let attendee = AttendeeInfo { identity, external_user_id };
                shared.tell(SessionEvent::AttendeeDropped(attendee));
            }
        }
    }

    fn tell_volumes(&self, changes: Vec<VolumeChange>) {
        let now = clock::now();
        for change in changes {
            let VolumeChange { identity, external_user_id, volume, mute, signal } = change;
            lock(&self.shared.speakers).handle_volume(now, identity, volume, mute);
            self.shared.tell(SessionEvent::VolumeChanged(VolumeUpdate {
                attendee: AttendeeInfo { identity, external_user_id },
                volume,
                mute,
                signal_strength: signal,
            }));
        }
    }

    /// The server does not forward the camera any more: it is turned off, as nobody would see it.
    fn tell_view_only(&mut self) {
        *self.shared.camera() = None;
        let local = self.shared.tiles().local();
        if let Some(tile) = local {
            self.shared.remove_tile(tile.tile_id);
        }
        self.shared.tell(SessionEvent::VideoSendBecameUnavailable);
    }

    pub(super) fn tell_speakers(&self) {
        let now = clock::now();
        let ranked = lock(&self.shared.speakers).tick(now);
        let scores = self.shared.scores.due(now);
        if !scores.is_empty() {
            let figures = lock(&self.shared.speakers).scores();
            for callback in scores {
                self.shared.hub.call(|| callback(&figures));
            }
        }
        let Some(ranked) = ranked else { return };
        let speakers = ranked.into_iter().map(|identity| {
            let external_user_id =
                self.connection.attendance.external_user_id(identity).unwrap_or_else(|| "".into());
            AttendeeInfo { identity, external_user_id }
        });
        self.shared.tell(SessionEvent::ActiveSpeakersChanged(speakers.collect()));
    }

    pub(super) fn tell_availability(&self, before: &Index) {
        let figures = |index: &Index| (!index.sources.is_empty(), !index.at_capacity);
        let now = figures(&self.index);
        if now != figures(before) {
            let (remote_video_available, can_start_local_video) = now;
            self.shared.tell(SessionEvent::VideoAvailabilityChanged {
                remote_video_available,
                can_start_local_video,
            });
        }
    }

    /// Tells which videos could be received, if that changed.
    pub(super) fn tell_sources(&self) {
        if self.shared.modality == Modality::Content {
            return;
        }
        let mut sources: Vec<RemoteVideoSource> = Vec::new();
        for source in &self.index.sources {
            let known = sources.iter_mut().find(|known| known.attendee.identity == source.owner);
            match known {
                Some(known) => known.size = known.size.max_by_height(source.layer.size),
                None => sources.push(RemoteVideoSource {
                    attendee: AttendeeInfo {
                        identity: source.owner,
                        external_user_id: Arc::clone(&source.external_user_id),
                    },
                    size: source.layer.size,
                    unavailable: self.unavailable(source.owner),
                }),
            }
        }
        let before = std::mem::replace(&mut *lock(&self.shared.sources), sources.clone());
        if before != sources {
            self.shared.tell(SessionEvent::RemoteVideoSourcesChanged(sources));
        }
    }

    fn unavailable(&self, owner: Identity) -> Option<UnavailableReason> {
        if self.is_refused(owner) {
            return Some(UnavailableReason::NotDecodable);
        }
        (!self.is_chosen(owner)).then_some(UnavailableReason::NotSelected)
    }

    pub(super) fn tell_paused(&self, groups: &[GroupId], paused: bool) {
        let owners = self.index.sources.iter().filter(|source| groups.contains(&source.group_id));
        for owner in owners.map(|source| source.owner) {
            let tile = self.shared.tiles().remote(owner);
            let Some(tile) = tile else { continue };
            self.shared.update_tile(tile.tile_id, |tile| {
                tile.pause_state = match (tile.pause_state, paused) {
                    (PauseState::PausedByUserRequest, _) => PauseState::PausedByUserRequest,
                    (_, true) => PauseState::PausedForPoorConnection,
                    (_, false) => PauseState::Unpaused,
                };
            });
        }
    }

    pub(super) fn remove_tile_of(&self, identity: Identity) {
        let tile = self.shared.tiles().remote(identity);
        if let Some(tile) = tile {
            self.shared.remove_tile(tile.tile_id);
        }
    }

    pub(super) fn tell_figures(&mut self, figures: MetricsReport, audio_packets: u64) {
        let has_video = !figures.video_downstream.is_empty() || figures.video_upstream.is_some();
        let health = self.connection.health.handle_second(clock::now(), audio_packets, has_video);
        self.signaling.send_metrics(clock::now(), figures.for_server());
        let sent = figures.audio_packets_sent;
        let step = self.connection.sending_audio.handle_second(clock::now(), sent);
        *lock(&self.shared.metrics) = figures.clone();
        self.shared.tell(SessionEvent::Metrics(Box::new(figures)));
        if let Some(health) = health {
            self.shared.tell(SessionEvent::ConnectionHealthChanged(health));
        }
        match step {
            Some(SendingAudio::Failed) => self.shared.tell_step(MeetingEvent::SendingAudioFailed),
            Some(SendingAudio::Recovered) => {
                self.shared.tell_step(MeetingEvent::SendingAudioRecovered);
            }
            None => {}
        }
    }
}

/// The larger of two sizes that may be unknown.
trait MaxByHeight {
    fn max_by_height(self, other: Self) -> Self;
}

impl MaxByHeight for Option<carillon_frame::VideoSize> {
    fn max_by_height(self, other: Self) -> Self {
        self.into_iter().chain(other).max_by_key(|size| size.height)
    }
}

fn data_message(message: ReceivedData) -> DataMessage {
    let ReceivedData { topic, data, sender, arrival } = message;
    let sender = sender.map(|sender| AttendeeInfo {
        identity: sender.identity,
        external_user_id: sender.external_user_id,
    });
    let timestamp = match arrival {
        Arrival::At(at) => Some(Duration::from_nanos(at.0)),
        Arrival::Throttled => None,
    };
    DataMessage { topic, data, sender, timestamp }
}
