//! One stream that is sent: counted, and kept for a while in case it is lost.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{BufMut as _, BytesMut};
use carillon_frame::{ClockRate, MediaTime, SeqNo};
use carillon_rtp::rtcp::SenderReport;
use carillon_rtp::{NtpTime, Sending};
use rtc::rtp;

use super::super::codecs::{self, RTX};
use super::SendStream;

/// How many packets of a stream can be sent again: three seconds of 720p. Whoever misses older ones needs a key frame.
const MAX_KEPT: usize = 512;

#[derive(Debug)]
pub(super) struct Sent {
    pub(super) stream: SendStream,
    sending: Sending,
    kept: VecDeque<rtp::Packet>,
    next_repair: SeqNo,
    last_sent: Option<Instant>,
}

impl Sent {
    pub(super) const fn new(stream: SendStream) -> Self {
        let sending = Sending::new(stream.ssrc, stream.clock);
        Self { stream, sending, kept: VecDeque::new(), next_repair: SeqNo(1), last_sent: None }
    }

    pub(super) fn handle_packet(&mut self, now: Instant, packet: &rtp::Packet) {
        let timestamp = MediaTime(packet.header.timestamp);
        self.sending.handle_packet(now, timestamp, packet.payload.len());
        self.last_sent = Some(now);
        // Sound is not sent again: it would come too late, and has its own redundancy.
        if self.stream.clock == ClockRate::VIDEO {
            if self.kept.len() >= MAX_KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(packet.clone());
        }
    }

    /// The packet of this number once more, in the repair stream if there is one (RFC 4588).
    pub(super) fn repair(&mut self, number: SeqNo) -> Option<rtp::Packet> {
        let newest = SeqNo(self.kept.back()?.header.sequence_number);
        let back = usize::try_from(newest.distance_from(number)).ok()?;
        let index = self.kept.len().checked_sub(back.checked_add(1)?)?;
        let original = self.kept.get(index)?;
        if original.header.sequence_number != number.0 {
            return None;
        }
        let mut packet = original.clone();
        let Some(repair) = self.stream.repair else { return Some(packet) };
        let mut payload = BytesMut::with_capacity(packet.payload.len().saturating_add(2));
        payload.put_u16(number.0);
        payload.put_slice(&packet.payload);
        packet.payload = payload.freeze();
        packet.header.ssrc = repair.0;
        packet.header.payload_type = RTX;
        packet.header.sequence_number = self.next_repair.0;
        self.next_repair = self.next_repair.next();
        if let Some(layer) = packet.header.get_extension(codecs::RTP_STREAM_ID) {
            packet.header.del_extension(codecs::RTP_STREAM_ID).ok()?;
            packet.header.set_extension(codecs::REPAIRED_RTP_STREAM_ID, layer).ok()?;
        }
        Some(packet)
    }

    /// When something new was sent last.
    pub(super) const fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }

    /// The latest packets once more, the newest first: about so many octets of them.
    pub(super) fn repeat_latest(&mut self, octets: u64) -> Vec<rtp::Packet> {
        let newest = self.kept.iter().rev().map(|packet| SeqNo(packet.header.sequence_number));
        let mut left = octets;
        let mut numbers = Vec::new();
        for (number, packet) in newest.zip(self.kept.iter().rev()) {
            if left == 0 {
                break;
            }
            numbers.push(number);
            let size = packet.payload.len().saturating_add(codecs::TYPICAL_HEADER_OCTETS);
            left = left.saturating_sub(u64::try_from(size).unwrap_or(u64::MAX));
        }
        numbers.into_iter().filter_map(|number| self.repair(number)).collect()
    }

    pub(super) fn report(&self, now: Instant, ntp: NtpTime) -> Option<SenderReport> {
        self.sending.sender_report(now, ntp)
    }
}
