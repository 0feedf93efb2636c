//! Whether a source's pictures arrive.
//!
//! A client switches simulcast layers off without a word when its uplink, its camera or its
//! processor does not carry them, so that only the packets tell which layers there are.

use std::time::{Duration, Instant};

use carillon_frame::{MediaTime, SeqNo, Ssrc};

use crate::media::Media;
use crate::sent_window::WINDOW;

/// After how long without a picture a layer counts as stopped, if others go on.
///
/// Less would take a slow screen share's layers for stopped between two pictures, more leaves a
/// viewer longer in front of a picture that stands still.
const STALLED_AFTER: Duration = Duration::from_millis(500);

/// How many pictures other layers have to begin for the first to count as stopped.
///
/// Layers of a picture at rest come once a second, one after the other: with fewer than two rounds
/// of two others, each would look stopped just before it comes; more would notice late at low rates.
const STALLED_AFTER_PICTURES: u32 = 5;

/// Watches over one source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    newest: Option<(Ssrc, SeqNo, MediaTime)>,
    last_picture: Instant,
    /// How many pictures other layers have begun since.
    elsewhere: u32,
    flows: bool,
}

impl Flow {
    /// Nothing flows before the first picture.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { newest: None, last_picture: now, elsewhere: 0, flows: false }
    }

    pub(crate) const fn flows(&self) -> bool {
        self.flows
    }

    /// Notes a packet of the source, and says whether it begins a picture.
    ///
    /// Probes repeat packets of a layer that has stopped, so that only news count.
    pub(crate) fn handle_packet(&mut self, now: Instant, media: &Media<'_>) -> bool {
        let packet = &media.packet;
        let (ssrc, seq, timestamp) = (packet.ssrc(), packet.seq(), packet.timestamp());
        let known = self.newest.filter(|(known, ..)| *known == ssrc);
        let repeated = known.is_some_and(|(_, newest, _)| {
            (-i32::from(WINDOW)..=0).contains(&i32::from(seq.distance_from(newest)))
        });
        if packet.is_padding_only() || repeated {
            return false;
        }
        self.newest = Some((ssrc, seq, timestamp));
        self.last_picture = now;
        self.elsewhere = 0;
        self.flows = true;
        known.is_none_or(|(_, _, newest)| newest != timestamp)
    }

    /// Notes that another layer began a picture.
    pub(crate) fn handle_picture_elsewhere(&mut self, now: Instant) {
        self.elsewhere = self.elsewhere.saturating_add(1);
        let silent = now.saturating_duration_since(self.last_picture);
        if self.elsewhere >= STALLED_AFTER_PICTURES && silent >= STALLED_AFTER {
            self.flows = false;
        }
    }
}
