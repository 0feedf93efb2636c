//! One stream on its way to a client: numbers, and counters for reports.

use std::time::Instant;

use carillon_frame::{ClockRate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::{PayloadType, RtpHeader, RtpPacket, Sending};
use rand::Rng;

/// A sent stream.
#[derive(Debug)]
pub(crate) struct SentStream {
    ssrc: Ssrc,
    seq: SeqNo,
    /// Where the stream's clock started.
    first: MediaTime,
    sending: Sending,
}

impl SentStream {
    /// A stream that has sent nothing; it starts at numbers nobody can guess (RFC 3550 section 5.1).
    pub(crate) fn new(rng: &mut impl Rng, ssrc: Ssrc, clock: ClockRate) -> Self {
        Self {
            ssrc,
            seq: SeqNo(rng.random()),
            first: MediaTime(rng.random()),
            sending: Sending::new(ssrc, clock),
        }
    }

    pub(crate) const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Writes the next packet of sound; `since_first` counts on the stream's clock.
    pub(crate) fn next_packet(
        &mut self,
        now: Instant,
        payload_type: PayloadType,
        since_first: MediaTime,
        payload: &[u8],
        packet: &mut Vec<u8>,
    ) {
        let (seq, timestamp) = (self.seq, self.first.wrapping_add(since_first.0));
        self.seq = seq.next();
        RtpHeader { payload_type, seq, timestamp, ssrc: self.ssrc, marker: false }
            .write(&[], packet);
        packet.extend_from_slice(payload);
        self.sending.handle_packet(now, timestamp, payload.len());
    }

    /// Counts a packet that somebody else wrote.
    pub(crate) fn count(&mut self, now: Instant, packet: &[u8]) {
        if let Ok(packet) = RtpPacket::parse(packet) {
            self.sending.handle_packet(now, packet.timestamp(), packet.payload().len());
        }
    }

    pub(crate) const fn sending(&self) -> &Sending {
        &self.sending
    }
}
