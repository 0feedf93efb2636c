//! What attendees may do, enforced whatever their clients do.

use std::{collections::BTreeSet, time::Instant};

use carillon_frame::VideoSize;
use carillon_mixer::Gate;
use carillon_sfu::SourceId;
use carillon_signaling::{
    Ending, ErrorStatus, Identity, Modality, Mute, Notification, NotificationLevel,
};
use carillon_types::{AttendeeCapabilities, AttendeeId};

use super::{Meeting, presence::Departure};
use crate::{
    attendee::SessionId,
    participant::Presence,
    picture_limit::{PictureLimit, Verdict},
};

/// What the log of a client says whose pictures are refused for their size.
const ABOVE_LIMIT: &str = "video resolution is above limit";

impl Meeting {
    /// Lets an attendee do other things than before.
    ///
    /// What is taken away stops at once. What is granted needs the client's next offer where the last answer ruled it
    /// out.
    pub fn update_capabilities(
        &mut self,
        now: Instant,
        attendee: AttendeeId,
        capabilities: AttendeeCapabilities,
    ) {
        let sessions: Vec<SessionId> = self
            .participants
            .iter()
            .filter(|(_, participant)| {
                participant.attendee.identity.attendee == attendee
                    && participant.presence != Presence::Gone
            })
            .map(|(session, _)| *session)
            .collect();
        for session in sessions {
            self.change_rights(now, session, capabilities);
        }
        self.apply_gates();
        self.settle(now);
    }

    fn change_rights(
        &mut self,
        now: Instant,
        session: SessionId,
        capabilities: AttendeeCapabilities,
    ) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let listened = participant.attendee.may_receive_audio();
        participant.attendee.capabilities = capabilities;
        let attendee = participant.attendee.clone();
        let (is_present, has_index) =
            (participant.presence == Presence::Present, participant.has_index);
        let (listener, shows) = (participant.listener(), !participant.video.is_empty());
        if !attendee.may_join() {
            self.depart(now, session, Departure::Left);
            return self.end_session(now, session, Ending::BadToken);
        }
        match (listened, attendee.may_receive_audio()) {
            (true, false) => self.mixer.remove_listener(listener),
            (false, true) if is_present => self.listen(session),
            (false, _) | (true, true) => {}
        }
        if shows && !attendee.may_send_video() {
            self.refuse_video(now, session);
        }
        if has_index {
            self.send_index(now, session, attendee.identity.attendee);
        }
        self.forward_views(now, session);
    }

    /// Tells a client that it may not show pictures; it goes on sending them, and nobody sees them.
    pub(super) fn refuse_video(&mut self, now: Instant, session: SessionId) {
        self.with(session, |participant| {
            participant.signaling.send_status(now, ErrorStatus::VIDEO_VIEW_ONLY);
        });
        self.unpublish(now, session);
    }

    /// Whether a packet belongs to pictures that are larger than the meeting allows: nobody is sent it. If they stay so,
    /// they are refused.
    pub(super) fn is_too_large(
        &mut self,
        now: Instant,
        session: SessionId,
        layer: SourceId,
        told: Option<VideoSize>,
    ) -> bool {
        let Some(participant) = self.participants.get_mut(&session) else { return false };
        let limit = PictureLimit::of(&participant.attendee);
        match participant.too_large.judge(now, layer, limit, told) {
            Verdict::Fits => return false,
            Verdict::BeginsTooLarge => self.request_key_frame(layer),
            Verdict::TooLarge => {}
            Verdict::Refused => self.refuse_size(now, session),
        }
        true
    }

    /// Refuses pictures for their size. A share ends, because to its client the status means nothing.
    fn refuse_size(&mut self, now: Instant, session: SessionId) {
        tracing::info!(session = session.0, "pictures are larger than the meeting allows");
        self.with(session, |participant| {
            let (level, message) = (NotificationLevel::Warning, ABOVE_LIMIT.to_owned());
            participant.signaling.send_notification(now, Notification { level, message });
        });
        let modality = self.participants.get(&session).map(|p| p.attendee.identity.modality);
        match modality {
            Some(Modality::Content) => {
                self.depart(now, session, Departure::Left);
                self.end_session(now, session, Ending::BadToken);
            }
            Some(Modality::Main) | None => self.refuse_video(now, session),
        }
    }

    /// Whether as many cameras are on as may be.
    pub(super) fn cameras_are_full(&self) -> bool {
        let cameras = self.participants.values().filter(|participant| {
            !participant.video.is_empty()
                && participant.attendee.identity.modality == Modality::Main
        });
        cameras.count() >= self.config.max_videos
    }

    /// Why a connection that is complete may not be among the others, if it may not.
    ///
    /// It is told that late for browsers' sake: one that is refused amid its joining goes on waiting for the rest of it,
    /// and cannot begin another share for 15 s. It is not told later: whoever is on the roster takes its share for begun.
    pub(super) fn refusal(&self, newcomer: SessionId) -> Option<Ending> {
        let attendee = &self.participants.get(&newcomer)?.attendee;
        if !attendee.may_join() {
            return Some(Ending::BadToken);
        }
        let identity = attendee.identity;
        let known = self.participants.values().filter(|participant| participant.is_known());
        let others: BTreeSet<Identity> = known
            .map(|participant| participant.attendee.identity)
            .filter(|other| other.modality == Modality::Content && *other != identity)
            .collect();
        let is_full = others.len() >= self.config.max_shares;
        (identity.modality == Modality::Content && is_full).then_some(Ending::AtCapacity)
    }

    /// Lets nobody be heard who is muted or may not speak, whatever its client sends.
    pub(super) fn apply_gates(&mut self) {
        let present = self.participants.values().filter(|p| p.presence == Presence::Present);
        for participant in present {
            let speaks =
                participant.heard() == Mute::Unmuted && participant.attendee.may_send_audio();
            let gate = if speaks { Gate::Open } else { Gate::Muted };
            if let Err(error) = self.mixer.set_gate(participant.source(), gate) {
                tracing::debug!(%error, "not speaking");
            }
        }
    }
}
