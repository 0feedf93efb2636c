//! One stream that is received: counted, and asked for again where it has gaps.

use std::time::{Duration, Instant};

use carillon_frame::{ClockRate, SeqNo, Ssrc};
use carillon_rtp::rtcp::{Nack, ReportBlock, SenderReport};
use carillon_rtp::{NackGenerator, PayloadType, Reception, RtpHeader};

use super::super::codecs;
use super::MediaPacket;

#[derive(Debug)]
pub(super) struct Receiving {
    reception: Reception,
    /// Pictures are asked for again; sound would come too late.
    nacks: Option<NackGenerator>,
    clock: ClockRate,
    last_block: Option<ReportBlock>,
}

impl Receiving {
    pub(super) fn new(reporter: Ssrc, ssrc: Ssrc, payload_type: u8) -> Self {
        let is_audio = codecs::is_audio(payload_type);
        let clock = if is_audio { ClockRate::OPUS } else { ClockRate::VIDEO };
        let nacks = (!is_audio).then(|| NackGenerator::new(reporter, ssrc));
        Self { reception: Reception::new(ssrc, clock), nacks, clock, last_block: None }
    }

    pub(super) fn is_audio(&self) -> bool {
        self.clock == ClockRate::OPUS
    }

    pub(super) fn handle_packet(&mut self, packet: &MediaPacket) {
        if let Some(payload_type) = PayloadType::new(packet.payload_type) {
            let MediaPacket { seq, timestamp, ssrc, marker, .. } = *packet;
            let header = RtpHeader { payload_type, seq, timestamp, ssrc, marker };
            self.reception.handle_packet(packet.at, &header);
        }
        self.handle_padding(packet.at, packet.seq);
    }

    /// Takes note of a number that needs no repair.
    pub(super) fn handle_padding(&mut self, now: Instant, seq: SeqNo) {
        if let Some(nacks) = &mut self.nacks {
            nacks.handle_packet(now, seq);
        }
    }

    pub(super) fn handle_sender_report(&mut self, now: Instant, report: &SenderReport) {
        self.reception.handle_sender_report(now, report);
    }

    pub(super) fn set_round_trip(&mut self, round_trip: Duration) {
        if let Some(nacks) = &mut self.nacks {
            nacks.set_round_trip(round_trip);
        }
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        self.nacks.as_ref().and_then(NackGenerator::timeout)
    }

    pub(super) fn poll_nack(&mut self, now: Instant) -> Option<Nack> {
        self.nacks.as_mut().and_then(|nacks| nacks.poll_nack(now))
    }

    pub(super) fn report_block(&mut self, now: Instant) -> Option<ReportBlock> {
        self.last_block = self.reception.report_block(now);
        self.last_block
    }

    /// Share of the packets that was lost in the interval of the last report, 0 to 1.
    pub(super) fn fraction_lost(&self) -> f32 {
        self.last_block.map_or(0.0, |block| f32::from(block.fraction_lost) / 256.0)
    }

    pub(super) fn jitter(&self) -> Duration {
        self.clock.span_of(self.last_block.map_or(0, |block| block.jitter))
    }
}
