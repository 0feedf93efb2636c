//! What one viewer is sent once more: on its own stream, under its own numbers, within its budget.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use carillon_frame::{SeqNo, Ssrc};
use carillon_rtp::{PayloadType, VideoFormat};

/// How long a packet sent once more is on its way before it can be asked for again.
///
/// Clients repeat their requests by their round trip; less would answer both of two requests that
/// crossed the answer to the first, more would delay the third attempt on a short path.
const REPEAT_AFTER: Duration = Duration::from_millis(40);

/// How many octets a viewer can be sent once more in each second.
///
/// It repairs a loss of a quarter on a picture of 4 Mb/s. Less would not repair what can be, more
/// feeds a congested path with what congests it, and a viewer that lies with others' bandwidth.
const OCTETS_PER_SECOND: u64 = 128 * 1024;

/// How many octets of its budget a viewer can save up.
///
/// It is a large key frame lost as a whole; more would come back as one burst.
const MAX_SAVED: u64 = 64 * 1024;

/// How many of the last resent packets are remembered, to resend none too soon.
///
/// It covers what the budget lets through in [`REPEAT_AFTER`], but for tiny packets.
const MAX_REMEMBERED: usize = 64;

/// What a viewer's receive section negotiated for packets that are sent once more (RFC 4588).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retransmission {
    /// The stream that the section was told to expect them in.
    pub ssrc: Ssrc,
    /// The payload type that stands for each format's repairs.
    pub payload_types: BTreeMap<VideoFormat, PayloadType>,
}

/// Sends packets once more to one viewer.
///
/// It stays as long as its subscription, so that no number is used twice.
#[derive(Debug)]
pub(crate) struct Resender {
    negotiated: Option<Retransmission>,
    next: SeqNo,
    saved: u64,
    saved_at: Option<Instant>,
    resent: VecDeque<(u64, Instant)>,
}

impl Resender {
    /// Resends nothing before something is negotiated; the first number is below 2^15, as RFC 3711
    /// section 3.3.1 asks for.
    pub(crate) const fn new() -> Self {
        Self {
            negotiated: None,
            next: SeqNo(1),
            saved: MAX_SAVED,
            saved_at: None,
            resent: VecDeque::new(),
        }
    }

    pub(crate) fn negotiate(&mut self, negotiated: Option<Retransmission>) {
        self.negotiated = negotiated;
    }

    pub(crate) const fn is_negotiated(&self) -> bool {
        self.negotiated.is_some()
    }

    /// The stream, payload type and number for one more copy of the packet with this outgoing
    /// number, unless it is too soon or too much.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        number: u64,
        format: VideoFormat,
        octets: usize,
    ) -> Option<(Ssrc, PayloadType, SeqNo)> {
        let negotiated = self.negotiated.as_ref()?;
        let payload_type = *negotiated.payload_types.get(&format)?;
        let ssrc = negotiated.ssrc;
        let soon = |at: Instant| now.saturating_duration_since(at) < REPEAT_AFTER;
        while self.resent.front().is_some_and(|(_, at)| !soon(*at)) {
            self.resent.pop_front();
        }
        self.save_up(now);
        let saved = self.saved.checked_sub(octets as u64)?;
        let is_known = self.resent.iter().any(|(resent, _)| *resent == number);
        if is_known || self.resent.len() >= MAX_REMEMBERED {
            return None;
        }
        self.resent.push_back((number, now));
        self.saved = saved;
        let seq = self.next;
        self.next = seq.next();
        Some((ssrc, payload_type, seq))
    }

    /// The stream, payload type and number for a packet without content.
    pub(crate) fn take_padding(&mut self) -> Option<(Ssrc, PayloadType, SeqNo)> {
        let negotiated = self.negotiated.as_ref()?;
        let payload_type = *negotiated.payload_types.values().next()?;
        let seq = self.next;
        self.next = seq.next();
        Some((negotiated.ssrc, payload_type, seq))
    }

    fn save_up(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.saved_at.unwrap_or(now));
        let earned = since.as_micros().saturating_mul(OCTETS_PER_SECOND.into()) / 1_000_000;
        let earned = u64::try_from(earned).unwrap_or(u64::MAX);
        self.saved = self.saved.saturating_add(earned).min(MAX_SAVED);
        self.saved_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resender() -> Resender {
        let payload_type = PayloadType::new(97).unwrap();
        let payload_types = BTreeMap::from([(VideoFormat::Vp8, payload_type)]);
        let mut resender = Resender::new();
        resender.negotiate(Some(Retransmission { ssrc: Ssrc(9), payload_types }));
        resender
    }

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_packet_is_not_sent_twice_within_its_time_on_the_way() {
        let (mut resender, now) = (resender(), start());
        let mut take = |now| resender.take(now, 7, VideoFormat::Vp8, 100).map(|(.., seq)| seq.0);
        assert_eq!(take(now), Some(1));
        assert_eq!(take(now + Duration::from_millis(39)), None);
        assert_eq!(take(now + REPEAT_AFTER), Some(2));
    }

    #[test]
    fn a_viewer_that_asks_for_everything_gets_its_budget() {
        let (mut resender, start) = (resender(), start());
        let mut octets = 0;
        for millis in 0..10_000 {
            let now = start + Duration::from_millis(millis);
            if resender.take(now, millis, VideoFormat::Vp8, 1_000).is_some() {
                octets += 1_000;
            }
        }
        let budget = MAX_SAVED + 10 * OCTETS_PER_SECOND;
        assert!((budget - 2_000..=budget).contains(&octets), "{octets} of {budget}");
    }

    #[test]
    fn what_is_not_negotiated_is_not_resent() {
        let now = start();
        assert_eq!(Resender::new().take(now, 1, VideoFormat::Vp8, 1), None);
        assert_eq!(resender().take(now, 1, VideoFormat::Av1, 1), None);
    }
}
