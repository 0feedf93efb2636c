//! What is missing of a client's pictures, and when to ask for it again (RFC 4585 section 6.2.1).

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use carillon_frame::Ssrc;
use carillon_rtp::{NackGenerator, RtpHeader, rtcp::Nack};

/// The most streams watched of one client: three layers, and as many that replace them.
/// Beyond, the one watched longest is forgotten: it is the likeliest to have ended.
const MAX_STREAMS: usize = 6;

/// The streams of one client's pictures, each watched for gaps.
#[derive(Debug)]
pub(super) struct Gaps {
    reporter: Ssrc,
    streams: VecDeque<NackGenerator>,
    round_trip: Option<Duration>,
}

impl Gaps {
    /// Watches nothing yet; asks in the name of `reporter`.
    pub(super) const fn new(reporter: Ssrc) -> Self {
        Self { reporter, streams: VecDeque::new(), round_trip: None }
    }

    /// Notes that a packet is here, as itself or repaired.
    pub(super) fn handle_packet(&mut self, now: Instant, header: &RtpHeader) {
        if !self.streams.iter().any(|stream| stream.media() == header.ssrc) {
            self.streams.truncate(MAX_STREAMS.saturating_sub(1));
            let mut stream = NackGenerator::new(self.reporter, header.ssrc);
            if let Some(round_trip) = self.round_trip {
                stream.set_round_trip(round_trip);
            }
            self.streams.push_front(stream);
        }
        let watched = self.streams.iter_mut().find(|stream| stream.media() == header.ssrc);
        if let Some(stream) = watched {
            stream.handle_packet(now, header.seq);
        }
    }

    /// Repeats requests by how long one and its answer take.
    pub(super) fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = Some(round_trip);
        for stream in &mut self.streams {
            stream.set_round_trip(round_trip);
        }
    }

    /// Forgets a stream that ended.
    pub(super) fn remove(&mut self, ssrc: Ssrc) {
        self.streams.retain(|stream| stream.media() != ssrc);
    }

    /// When there is something to ask for.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.streams.iter().filter_map(NackGenerator::timeout).min()
    }

    /// What is to be asked for at this moment.
    pub(super) fn poll_nacks(&mut self, now: Instant) -> Vec<Nack> {
        self.streams.iter_mut().filter_map(|stream| stream.poll_nack(now)).collect()
    }
}
