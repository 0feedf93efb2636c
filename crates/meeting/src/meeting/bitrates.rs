//! BITRATES: what every video uses, measured, for clients that choose by it.

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;
use carillon_sfu::SourceId;
use carillon_signaling::{Bitrates, Modality, StreamId};

use super::Meeting;
use crate::{attendee::SessionId, participant::Presence};

/// How often clients expect the figures: they take a stream that is missing twice as silent.
const INTERVAL: Duration = Duration::from_secs(4);

impl Meeting {
    /// When the figures are due; never while nobody publishes.
    pub(super) fn bitrates_deadline(&self) -> Option<Instant> {
        let publishes = self.participants.values().any(|participant| !participant.video.is_empty());
        publishes.then_some(self.bitrates_due)
    }

    pub(super) fn report_bitrates(&mut self, now: Instant) {
        if self.bitrates_deadline().is_none_or(|due| due > now) {
            return;
        }
        self.bitrates_due = now.checked_add(INTERVAL).unwrap_or(now);
        self.watch_shares(now);
        let streams = self.measure(now);
        let mut receivers = Vec::new();
        for (session, participant) in &self.participants {
            if participant.presence == Presence::Present
                && participant.attendee.identity.modality == Modality::Main
            {
                receivers.push(*session);
            }
        }
        for session in receivers {
            self.tell_bitrates(now, session, streams.clone());
        }
    }

    /// Tells a client what every video uses, and what its own path takes.
    pub(super) fn tell_bitrates(
        &mut self,
        now: Instant,
        session: SessionId,
        streams: Vec<(StreamId, Bitrate)>,
    ) {
        self.with(session, |participant| {
            let path = participant.path.as_ref();
            let available = path.and_then(|path| path.link.downlink().estimate());
            participant.told_bandwidth = available;
            participant.signaling.send_bitrates(now, Bitrates { streams, available });
        });
    }

    pub(super) fn measure(&self, now: Instant) -> Vec<(StreamId, Bitrate)> {
        let layers = self.participants.values().flat_map(|participant| &participant.video);
        layers
            .filter_map(|SourceId(number)| {
                let bitrate = self.forwarder.source_bitrate(now, SourceId(*number));
                Some((StreamId::new(*number)?, bitrate))
            })
            .collect()
    }
}
