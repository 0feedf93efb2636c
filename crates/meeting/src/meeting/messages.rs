//! Messages of applications: posted by one, delivered to all others, replayed to those who come later.

use std::{sync::Arc, time::Instant};

use carillon_signaling::{MessageSender, Posting, RateExceeded, ReceivedData, SentData};

use super::{Meeting, presence::Departure};
use crate::{
    attendee::SessionId,
    participant::{Presence, Socket},
};

impl Meeting {
    pub(super) fn post(&mut self, now: Instant, session: SessionId, data: SentData) {
        let Some(participant) = self.participants.get(&session) else { return };
        let sender = MessageSender {
            identity: participant.attendee.identity,
            external_user_id: Arc::clone(&participant.external_user_id),
        };
        match self.board.post(now, sender, data) {
            Posting::Deliver(message) => {
                self.deliver(now, &message);
            }
            Posting::Throttled(message) => {
                self.with(session, |participant| {
                    participant.signaling.send_data(now, &[message]);
                });
            }
            Posting::Abusive(ending) => {
                self.depart(now, session, Departure::Left);
                self.end_session(now, session, ending);
            }
        }
    }

    /// Says something to everybody in the name of the server, and returns to how many; those who come later get it for as
    /// long as it lives.
    ///
    /// # Errors
    /// When the server says too much at once.
    pub fn announce(&mut self, now: Instant, data: SentData) -> Result<usize, RateExceeded> {
        let message = self.board.announce(now, data)?;
        let recipients = self.deliver(now, &message);
        self.settle(now);
        Ok(recipients)
    }

    /// Passes a message on, and returns to how many.
    fn deliver(&mut self, now: Instant, message: &ReceivedData) -> usize {
        let mut recipients: usize = 0;
        for (session, participant) in &mut self.participants {
            if participant.presence != Presence::Gone
                && message.is_for(participant.attendee.identity)
            {
                participant.signaling.send_data(now, std::slice::from_ref(message));
                let is_told = participant.has_index && participant.socket == Socket::Open;
                recipients = recipients.saturating_add(is_told.into());
                self.touched.insert(*session);
            }
        }
        recipients
    }

    /// Tells a client what it missed; after its first index, because it listens from then on.
    pub(super) fn replay_messages(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let missed = self.board.replay(now, participant.attendee.identity, participant.client);
        self.with(session, |participant| participant.signaling.send_missed_data(now, &missed));
    }

    /// Remembers how far a client got that may come back.
    pub(super) fn remember_progress(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let seen_until = participant.signaling.data_seen_until();
        let (listener, client) = (participant.attendee.identity, participant.client);
        self.board.detach(now, listener, client, seen_until);
    }
}
