//! BITRATES: what every video uses, measured, for clients that choose by it.

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;
use carillon_sfu::SourceId;
use carillon_signaling::{Bitrates, Modality, StreamId};

use super::Meeting;
use crate::participant::Presence;

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
        let streams = self.measure(now);
        for (session, participant) in &mut self.participants {
            if participant.presence == Presence::Present
                && participant.attendee.identity.modality == Modality::Main
            {
                let bitrates = Bitrates { streams: streams.clone(), available: None };
                participant.signaling.send_bitrates(now, bitrates);
                self.touched.insert(*session);
            }
        }
    }

    fn measure(&self, now: Instant) -> Vec<(StreamId, Bitrate)> {
        let layers = self.participants.values().flat_map(|participant| &participant.video);
        layers
            .filter_map(|SourceId(number)| {
                let bitrate = self.forwarder.source_bitrate(now, SourceId(*number));
                Some((StreamId::new(*number)?, bitrate))
            })
            .collect()
    }
}
