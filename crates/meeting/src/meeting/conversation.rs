//! What clients say over their signaling sockets, and what follows from it.

use std::time::Instant;

use carillon_signaling::{
    AudioSessionId, Ending, ErrorStatus, Event, Identity, Join, JoinAck, Loss, Mute, Output as Said,
};

use carillon_types::AttendeeId;

use super::{Meeting, presence::Departure};
use crate::{
    attendee::SessionId,
    output::Output,
    participant::{Participant, Presence, Socket},
};

impl Meeting {
    pub(super) fn drain_signaling(&mut self, now: Instant, session: SessionId) {
        loop {
            let Some(participant) = self.participants.get_mut(&session) else { return };
            match participant.signaling.poll_output() {
                Said::Send(message) => self.outputs.push_back(Output::Signal { session, message }),
                Said::Event(event) => self.handle_event(now, session, event),
                Said::Close(code) => {
                    self.outputs.push_back(Output::CloseSocket { session, code });
                    self.handle_socket_end(now, session);
                }
                Said::Timeout(deadline) => {
                    participant.signaling_deadline = deadline;
                    return;
                }
            }
        }
    }

    fn handle_event(&mut self, now: Instant, session: SessionId, event: Event) {
        match event {
            Event::Join(join) => self.join(now, session, &join),
            Event::Subscribe(subscribe) => self.subscribe(now, session, &subscribe),
            Event::Mute(mute) => self.switch_microphone(now, session, mute),
            Event::Left => self.depart(now, session, Departure::Left),
            Event::Lost(Loss::Misbehaved) => self.depart(now, session, Departure::Left),
            // Whoever fell silent on the socket may still send media: its time runs as for a lost socket.
            Event::Lost(Loss::NeverJoined | Loss::Silent) => {}
            Event::JoinPrimaryMeeting(_) => {
                self.with(session, |participant| {
                    let refusal = Err(ErrorStatus::FORBIDDEN);
                    participant.signaling.acknowledge_primary_join(now, refusal);
                });
            }
            Event::Pause(streams) => self.pause(session, &streams),
            Event::Resume(streams) => self.resume(now, session, &streams),
            Event::UpdateRemoteVideos(update) => self.update_views(now, session, &update),
            Event::Data(data) => self.post(now, session, data),
            Event::LeavePrimaryMeeting => {}
        }
    }

    /// The socket is gone: its client is, too, or comes back on another one.
    pub(super) fn handle_socket_end(&mut self, now: Instant, session: SessionId) {
        self.remember_progress(now, session);
        let grace = now.checked_add(self.config.grace);
        let Some(participant) = self.participants.get_mut(&session) else { return };
        participant.socket = Socket::Lost;
        if participant.is_known() {
            participant.lost_at = participant.lost_at.or(grace);
        } else {
            self.remove(now, session);
        }
    }

    fn join(&mut self, now: Instant, session: SessionId, join: &Join) {
        self.take_over(now, session, join.audio_session_id);
        let index = self.with(session, |participant| {
            participant.client = join.audio_session_id;
            participant.signaling.acknowledge_join(now, JoinAck::default());
            participant.attendee.identity.attendee
        });
        if let Some(receiver) = index {
            self.send_index(now, session, receiver);
            self.replay_messages(now, session);
        }
    }

    /// Lets the newcomer take the place of an earlier connection of the same attendee.
    ///
    /// The same client resumes silently; another device is told that this one took over.
    fn take_over(&mut self, now: Instant, newcomer: SessionId, client: Option<AudioSessionId>) {
        let Some(identity) = self.participants.get(&newcomer).map(|p| p.attendee.identity) else {
            return;
        };
        let earlier: Vec<SessionId> = self
            .participants
            .iter()
            .filter(|(session, participant)| {
                **session != newcomer
                    && participant.attendee.identity == identity
                    && participant.presence != Presence::Gone
            })
            .map(|(session, _)| *session)
            .collect();
        for session in earlier {
            let resumes = self
                .participants
                .get(&session)
                .is_some_and(|participant| client.is_some() && participant.client == client);
            let ending = if resumes { Ending::Resumed } else { Ending::JoinedFromAnotherDevice };
            self.hand_over(now, session, newcomer, ending);
        }
    }

    /// Follows the switch of a client's microphone; who turns it on is heard again whatever the server did before.
    pub(super) fn switch_microphone(&mut self, now: Instant, session: SessionId, mute: Mute) {
        if mute == Mute::Unmuted {
            self.with(session, |participant| participant.is_silenced = false);
        }
        self.set_mute(now, session, mute);
    }

    /// Notes what a client says of its microphone.
    pub(super) fn set_mute(&mut self, now: Instant, session: SessionId, mute: Mute) {
        self.with(session, |participant| participant.mute = mute);
        self.show_mute(now, session);
    }

    /// Lets a participant be heard or not, and tells the others.
    fn show_mute(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let (identity, heard) = (participant.attendee.identity, participant.heard());
        self.apply_gates();
        if let Some(entry) = self.roster.set_mute(identity, heard) {
            self.tell_roster(now, &[entry]);
        }
    }

    /// Keeps an attendee from being heard until it turns its microphone on anew, or lets it be heard again; its content
    /// share is not concerned. Returns whether the attendee is there.
    ///
    /// Its client is not turned off by this, so what it sends is dropped here.
    pub fn silence(&mut self, now: Instant, attendee: AttendeeId, is_silenced: bool) -> bool {
        let identity = Identity::main(attendee);
        let sessions: Vec<SessionId> = self
            .participants
            .iter()
            .filter(|(_, participant)| {
                participant.attendee.identity == identity && participant.is_known()
            })
            .map(|(session, _)| *session)
            .collect();
        for session in &sessions {
            self.with(*session, |participant| participant.is_silenced = is_silenced);
            self.show_mute(now, *session);
        }
        self.settle(now);
        !sessions.is_empty()
    }

    pub(super) fn end_sessions(
        &mut self,
        now: Instant,
        ending: Ending,
        concerned: impl Fn(&Participant) -> bool,
    ) {
        self.end_matching(now, ending, concerned);
        self.settle(now);
    }

    /// Lets the concerned participants go and tells their clients why.
    pub(super) fn end_matching(
        &mut self,
        now: Instant,
        ending: Ending,
        concerned: impl Fn(&Participant) -> bool,
    ) {
        let sessions: Vec<SessionId> = self
            .participants
            .iter()
            .filter(|(_, participant)| concerned(participant))
            .map(|(session, _)| *session)
            .collect();
        for session in sessions {
            self.depart(now, session, Departure::Left);
            self.end_session(now, session, ending);
        }
    }

    /// Tells a client that its session is over; one without a socket cannot be told.
    pub(super) fn end_session(&mut self, now: Instant, session: SessionId, ending: Ending) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        match participant.socket {
            Socket::Open => {
                participant.signaling.end(now, ending);
                self.touched.insert(session);
            }
            Socket::Lost => self.remove(now, session),
        }
    }

    /// Works on a participant and drains it later.
    pub(super) fn with<T>(
        &mut self,
        session: SessionId,
        work: impl FnOnce(&mut Participant) -> T,
    ) -> Option<T> {
        let participant = self.participants.get_mut(&session)?;
        self.touched.insert(session);
        Some(work(participant))
    }
}
