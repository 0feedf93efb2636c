//! Who is there: coming, going, being lost, and telling the others.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use carillon_mixer::{Mixer, MixerConfig, SourceId};
use carillon_signaling::{Change, Ending, Identity, Modality, Mute, RosterEntry};
use carillon_types::AttendeeId;

use super::Meeting;
use crate::{
    attendee::{Doing, SessionId},
    output::{MeetingEvent, MeetingEventKind, Output},
    participant::{Heir, Participant, Presence, Socket},
};

/// How somebody goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    /// On purpose.
    Left,
    /// By losing the connection.
    Dropped,
}

impl Meeting {
    /// Shows a participant whose media path is up to everybody, and everybody to it.
    pub(super) fn arrive(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        if participant.socket == Socket::Open {
            participant.lost_at = None;
        }
        let kind = match participant.presence {
            Presence::Present | Presence::Gone => return,
            Presence::Unknown => MeetingEventKind::Joined,
            Presence::Inherited(Heir::OtherDevice) => MeetingEventKind::TakenOver,
            Presence::Inherited(Heir::SameClient) => MeetingEventKind::Resumed,
        };
        if let Some(ending) = self.refusal(session) {
            self.depart(now, session, Departure::Left);
            return self.end_session(now, session, ending);
        }
        let Some(participant) = self.participants.get_mut(&session) else { return };
        participant.presence = Presence::Present;
        let identity = participant.attendee.identity;
        let (name, mute) = (Arc::clone(&participant.external_user_id), participant.heard());
        self.add_to_mix(now, session);
        let entries = self.roster.join(identity, name, mute);
        self.tell_roster(now, &entries);
        if identity.modality == Modality::Main {
            let everybody = self.roster.snapshot();
            self.with(session, |participant| participant.signaling.send_roster(now, &everybody));
        }
        self.outputs.push_back(Output::Event(MeetingEvent { who: identity, kind }));
        self.count_participants(now);
    }

    /// Tells who is seen by the others, and what they do.
    #[must_use]
    pub fn present(&self) -> Vec<Doing> {
        let known = self.participants.values().filter(|participant| participant.is_known());
        known
            .map(|participant| Doing {
                who: participant.attendee.identity,
                is_muted: participant.heard() == Mute::Muted,
                shows_video: !participant.video.is_empty(),
            })
            .collect()
    }

    /// Lets a participant go: the others see it no more, and nothing of it flows.
    pub(super) fn depart(&mut self, now: Instant, session: SessionId, departure: Departure) {
        let Some(identity) = self.let_go(now, session) else { return };
        let (entry, kind) = match departure {
            Departure::Left => (self.roster.leave(identity), MeetingEventKind::Left),
            Departure::Dropped => (self.roster.lose(identity), MeetingEventKind::Dropped),
        };
        self.tell_roster(now, &entry.into_iter().collect::<Vec<_>>());
        self.outputs.push_back(Output::Event(MeetingEvent { who: identity, kind }));
        self.count_participants(now);
        if identity.modality == Modality::Main {
            let content = Identity::content(identity.attendee);
            self.end_matching(now, Ending::AttendeeRemoved, |other| {
                other.attendee.identity == content
            });
        }
    }

    /// Lets `newcomer` take the place of `session`, which the others go on seeing meanwhile.
    pub(super) fn hand_over(
        &mut self,
        now: Instant,
        session: SessionId,
        newcomer: SessionId,
        ending: Ending,
    ) {
        let grace = now.checked_add(self.config.grace);
        let resumed = self.participants.get(&session).filter(|_| ending == Ending::Resumed);
        // The same client decodes the same: senders need not change to and fro until it says so again.
        if let Some(decodable) = resumed.map(|earlier| earlier.decodable.clone())
            && let Some(participant) = self.participants.get_mut(&newcomer)
        {
            participant.decodable = decodable;
        }
        // A new connection is no way around being silenced.
        let is_silenced = self.participants.get(&session).is_some_and(|p| p.is_silenced);
        self.with(newcomer, |participant| participant.is_silenced = is_silenced);
        let heir = self.participants.get(&session).map(|earlier| match earlier.presence {
            _ if ending != Ending::Resumed => Heir::OtherDevice,
            // What took over and has not been seen yet takes over all the same.
            Presence::Inherited(heir) => heir,
            Presence::Unknown | Presence::Present | Presence::Gone => Heir::SameClient,
        });
        let was_known = self.let_go(now, session).is_some();
        if was_known
            && let Some((participant, heir)) = self.participants.get_mut(&newcomer).zip(heir)
        {
            participant.presence = Presence::Inherited(heir);
            participant.lost_at = grace;
        }
        self.end_session(now, session, ending);
    }

    /// Takes a participant out of everything but the roster; tells who it was if the others know it.
    fn let_go(&mut self, now: Instant, session: SessionId) -> Option<Identity> {
        self.remember_progress(now, session);
        let participant = self.participants.get_mut(&session)?;
        let known = participant.is_known().then_some(participant.attendee.identity);
        participant.presence = Presence::Gone;
        participant.lost_at = None;
        self.stop_media(now, session);
        if let Some(stream) = known.and_then(|identity| self.roster.stream_id(identity)) {
            self.volume.remove(stream);
        }
        self.agree_on_codecs(now);
        known
    }

    /// Gives up the participants whose time to come back is over.
    pub(super) fn give_up_lost(&mut self, now: Instant) {
        let overdue: Vec<SessionId> = self
            .participants
            .iter()
            .filter(|(_, participant)| participant.lost_at.is_some_and(|at| at <= now))
            .map(|(session, _)| *session)
            .collect();
        for session in overdue {
            self.depart(now, session, Departure::Dropped);
            self.end_session(now, session, Ending::ServerGoingAway);
        }
    }

    /// Forgets a participant whose socket is gone.
    pub(super) fn remove(&mut self, now: Instant, session: SessionId) {
        self.stop_media(now, session);
        let gone = self.participants.remove(&session);
        if gone.is_some_and(|participant| participant.presence != Presence::Gone) {
            self.agree_on_codecs(now);
        }
        self.touched.remove(&session);
        self.outputs.push_back(Output::Forget(session));
    }

    /// Takes everything of a participant out of the engines.
    fn stop_media(&mut self, now: Instant, session: SessionId) {
        self.unpublish(now, session);
        let unwatched = self.views.retain(session, &BTreeSet::new());
        for subscription in unwatched {
            self.forwarder.unsubscribe(subscription);
        }
        let Some(participant) = self.participants.get_mut(&session) else { return };
        self.mixer.remove_source(participant.source());
        self.mixer.remove_listener(participant.listener());
        self.present.remove(&participant.number);
        if self.present.is_empty() {
            self.mixer_deadline = None;
        }
        if let Some(mut path) = participant.path.take() {
            path.link.close(now);
            // What the path says last still goes out; what it tells concerns nobody any more.
            while path.link.poll_event(&mut self.datagrams).is_ok() {}
            self.outputs.push_back(Output::Forget(session));
        }
    }

    pub(super) fn unpublish(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let layers = std::mem::take(&mut participant.video);
        participant.too_large.retain(&[]);
        if layers.is_empty() {
            return;
        }
        let who = participant.attendee.identity;
        for layer in layers {
            self.forwarder.unpublish(now, layer);
        }
        if who.modality == Modality::Content {
            self.watch_shares(now);
        }
        self.outputs
            .push_back(Output::Event(MeetingEvent { who, kind: MeetingEventKind::VideoStopped }));
        if self.index.unpublish(who) == Change::Changed {
            self.tell_index(now);
        }
    }

    /// Lets a participant be heard, and hear everybody but its own attendee.
    fn add_to_mix(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let attendee = participant.attendee.clone();
        if self.present.is_empty() {
            // Ticks that nobody heard are not made up for.
            self.mixer = Mixer::new(now, MixerConfig::default());
            self.mixer_deadline = Some(now);
        }
        self.present.insert(participant.number, session);
        if let Err(error) = self.mixer.add_source(participant.source()) {
            tracing::error!(session = session.0, %error, "cannot decode");
        }
        if attendee.may_receive_audio() {
            self.listen(session);
        }
        self.apply_own_sources(attendee.identity.attendee);
        self.apply_gates();
    }

    /// Mixes for a participant from here on.
    pub(super) fn listen(&mut self, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let attendee = participant.attendee.identity.attendee;
        if let Err(error) = self.mixer.add_listener(participant.listener(), &[]) {
            tracing::error!(session = session.0, %error, "cannot encode");
        }
        self.apply_own_sources(attendee);
    }

    /// An attendee hears neither its own voice nor the sound it shares.
    fn apply_own_sources(&mut self, attendee: AttendeeId) {
        let of_attendee = |participant: &&Participant| {
            participant.attendee.identity.attendee == attendee
                && participant.presence == Presence::Present
        };
        let own: Vec<SourceId> =
            self.participants.values().filter(of_attendee).map(Participant::source).collect();
        for participant in self.participants.values().filter(of_attendee) {
            if let Err(error) = self.mixer.set_own_sources(participant.listener(), &own) {
                tracing::debug!(%error, "not listening");
            }
        }
    }

    /// Tells everybody's clients about a change of the roster.
    pub(super) fn tell_roster(&mut self, now: Instant, changes: &[RosterEntry]) {
        for (session, participant) in &mut self.participants {
            if participant.presence == Presence::Present
                && participant.attendee.identity.modality == Modality::Main
            {
                participant.signaling.send_roster_changes(now, changes);
                self.touched.insert(*session);
            }
        }
    }

    /// Tells everybody's clients which videos there are.
    pub(super) fn tell_index(&mut self, now: Instant) {
        let receivers: Vec<(SessionId, AttendeeId)> = self
            .participants
            .iter()
            .filter(|(_, participant)| participant.presence != Presence::Gone)
            .map(|(session, participant)| (*session, participant.attendee.identity.attendee))
            .collect();
        for (session, receiver) in receivers {
            if self.participants.get(&session).is_some_and(|participant| participant.has_index) {
                self.send_index(now, session, receiver);
            }
        }
    }

    /// Tells one client which videos it can see.
    pub(super) fn send_index(&mut self, now: Instant, session: SessionId, receiver: AttendeeId) {
        let mut index = self.index.snapshot_for(receiver);
        self.with(session, |participant| {
            let attendee = &participant.attendee;
            index.sources.retain(|source| attendee.may_see(source.owner.modality));
            participant.has_index = true;
            participant.signaling.send_index(now, index);
        });
    }

    fn count_participants(&mut self, now: Instant) {
        if self.index.set_participants(self.roster.attendees()) == Change::Changed {
            self.tell_index(now);
        }
    }
}
