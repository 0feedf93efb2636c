//! One stream on its way to a client: numbers, and counters for reports.

use std::time::Instant;

use carillon_frame::{ClockRate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::{ExtensionElement, ExtensionId, PayloadType, RtpHeader, RtpPacket, Sending};
use rand::Rng;

/// Sound to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound<'a> {
    pub(crate) payload_type: PayloadType,
    /// When it was mixed, on the stream's clock from its first packet on.
    pub(crate) since_first: MediaTime,
    pub(crate) payload: &'a [u8],
}

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

    /// Writes the next packet of sound, with room for its number among all packets of the transport under `number`.
    pub(crate) fn next_packet(
        &mut self,
        now: Instant,
        sound: Sound<'_>,
        number: Option<ExtensionId>,
        packet: &mut Vec<u8>,
    ) {
        let Sound { payload_type, since_first, payload } = sound;
        let (seq, timestamp) = (self.seq, self.first.wrapping_add(since_first.0));
        self.seq = seq.next();
        RtpHeader { payload_type, seq, timestamp, ssrc: self.ssrc, marker: false }
            .write(number.map(|id| ExtensionElement { id, value: &[0; 2] }).as_slice(), packet);
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
