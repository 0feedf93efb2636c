//! The streams a client sends, counted for the reports about them.

use std::{collections::BTreeMap, time::Instant};

use carillon_frame::{ClockRate, Ssrc};
use carillon_rtp::{
    Reception, RtpHeader,
    rtcp::{ReportBlock, SenderReport},
};

/// The most streams counted of one client: sound, three layers and their retransmissions, and as much again for streams
/// that replace them. Every stream costs memory and a block in every report; beyond, the one that was silent longest is
/// forgotten.
const MAX_STREAMS: usize = 16;

/// The streams a client sends.
#[derive(Debug, Default)]
pub(super) struct Receptions {
    streams: BTreeMap<Ssrc, Stream>,
}

#[derive(Debug)]
struct Stream {
    last_packet: Instant,
    reception: Reception,
}

impl Receptions {
    /// Counts a packet.
    pub(super) fn handle_packet(&mut self, now: Instant, header: &RtpHeader, clock: ClockRate) {
        if !self.streams.contains_key(&header.ssrc) {
            self.make_room();
        }
        let stream = self.streams.entry(header.ssrc).or_insert_with(|| Stream {
            last_packet: now,
            reception: Reception::new(header.ssrc, clock),
        });
        stream.last_packet = now;
        stream.reception.handle_packet(now, header);
    }

    /// Remembers a report of the sender, which lets it measure the round trip.
    pub(super) fn handle_sender_report(&mut self, now: Instant, report: &SenderReport) {
        if let Some(stream) = self.streams.get_mut(&report.ssrc) {
            stream.reception.handle_sender_report(now, report);
        }
    }

    /// Forgets a stream that ended.
    pub(super) fn remove(&mut self, ssrc: Ssrc) {
        self.streams.remove(&ssrc);
    }

    /// How well each stream was received since the last call.
    pub(super) fn report_blocks(&mut self, now: Instant) -> Vec<ReportBlock> {
        let streams = self.streams.values_mut();
        streams.filter_map(|stream| stream.reception.report_block(now)).collect()
    }

    fn make_room(&mut self) {
        if self.streams.len() < MAX_STREAMS {
            return;
        }
        let longest_silent = self.streams.iter().min_by_key(|(_, stream)| stream.last_packet);
        if let Some(ssrc) = longest_silent.map(|(ssrc, _)| *ssrc) {
            self.streams.remove(&ssrc);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use carillon_frame::{MediaTime, SeqNo};
    use carillon_rtp::PayloadType;

    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn a_thousand_streams_are_no_more_than_the_limit_and_the_busy_ones_stay() {
        let start = Instant::now();
        let mut incoming = Receptions::default();
        for n in 0..1_000 {
            let now = start + Duration::from_millis(n);
            for ssrc in [Ssrc(7), Ssrc(1_000 + u32::try_from(n).unwrap())] {
                incoming.handle_packet(now, &header(ssrc), ClockRate::OPUS);
            }
        }
        let blocks = incoming.report_blocks(start + Duration::from_secs(1));
        assert_eq!(blocks.len(), MAX_STREAMS);
        assert!(blocks.iter().any(|block| block.ssrc == Ssrc(7)));
        assert!(blocks.iter().any(|block| block.ssrc == Ssrc(1_999)));
        incoming.remove(Ssrc(7));
        assert_eq!(incoming.report_blocks(start).len(), MAX_STREAMS - 1);
    }

    fn header(ssrc: Ssrc) -> RtpHeader {
        let payload_type = PayloadType::new(111).unwrap();
        RtpHeader { payload_type, seq: SeqNo(1), timestamp: MediaTime(1), ssrc, marker: false }
    }
}
