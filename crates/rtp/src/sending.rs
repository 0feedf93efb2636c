//! What one stream sent, counted for sender reports (RFC 3550 section 6.4.1).

use std::time::{Duration, Instant};

use carillon_frame::{ClockRate, MediaTime, Ssrc};

use crate::ntp::{NtpTime, ShortNtp, ShortSpan};
use crate::rtcp::{ReportBlock, SenderReport};

/// Counts one sent stream.
#[derive(Clone, Debug)]
pub struct Sending {
    ssrc: Ssrc,
    clock: ClockRate,
    packets: u32,
    octets: u32,
    last: Option<(Instant, MediaTime)>,
}

impl Sending {
    /// Starts to count the stream, whose timestamps tick at `clock`.
    #[must_use]
    pub const fn new(ssrc: Ssrc, clock: ClockRate) -> Self {
        Self { ssrc, clock, packets: 0, octets: 0, last: None }
    }

    /// Counts a packet that leaves, with `payload` octets of media.
    pub fn handle_packet(&mut self, now: Instant, timestamp: MediaTime, payload: usize) {
        let octets = u32::try_from(payload).unwrap_or(u32::MAX);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets);
        if self.last.is_none_or(|(_, last)| timestamp.distance_from(last) > 0) {
            self.last = Some((now, timestamp));
        }
    }

    /// The report for this moment, which is `ntp` on the wall clock, once a packet has left.
    #[must_use]
    pub fn sender_report(&self, now: Instant, ntp: NtpTime) -> Option<SenderReport> {
        let (at, timestamp) = self.last?;
        let since = self.clock.ticks_in(now.saturating_duration_since(at));
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp,
            rtp: timestamp.wrapping_add(since),
            packets: self.packets,
            octets: self.octets,
            blocks: Vec::new(),
        })
    }
}

/// How long a packet takes to the receiver and back, from a block that arrives at `now`
/// (RFC 3550 section 6.4.1); nothing before the receiver has had a sender report.
#[must_use]
pub fn round_trip(now: NtpTime, block: &ReportBlock) -> Option<Duration> {
    let ShortNtp(reported) = block.last_sender_report?;
    let since_sent = now.middle().0.wrapping_sub(reported);
    let travelled = since_sent.wrapping_sub(block.since_sender_report.0);
    // Clocks that drift can make a short trip look negative, which is half a day and more unsigned.
    let plausible = !travelled.cast_signed().is_negative();
    Some(ShortSpan(if plausible { travelled } else { 0 }).to_duration())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_report_tells_the_streams_clock_at_its_own_moment() {
        let t0 = start();
        let mut sending = Sending::new(Ssrc(9), ClockRate::VIDEO);
        assert_eq!(sending.sender_report(t0, NtpTime(1)), None);
        sending.handle_packet(t0, MediaTime(u32::MAX), 1_000);
        sending.handle_packet(t0, MediaTime(u32::MAX), 200);
        let report = sending.sender_report(t0 + Duration::from_millis(100), NtpTime(1)).unwrap();
        assert_eq!(report.rtp, MediaTime(8_999));
        assert_eq!((report.packets, report.octets), (2, 1_200));
    }

    #[test]
    fn a_late_repair_does_not_turn_the_clock_back() {
        let t0 = start();
        let mut sending = Sending::new(Ssrc(9), ClockRate::VIDEO);
        sending.handle_packet(t0, MediaTime(9_000), 1);
        sending.handle_packet(t0 + Duration::from_millis(50), MediaTime(3_000), 1);
        let report = sending.sender_report(t0 + Duration::from_millis(50), NtpTime(1)).unwrap();
        assert_eq!(report.rtp, MediaTime(13_500));
    }

    #[test]
    fn a_trip_that_looks_negative_takes_no_time() {
        let block = ReportBlock {
            ssrc: Ssrc(9),
            fraction_lost: 0,
            cumulative_lost: 0,
            highest_seq: 0,
            jitter: 0,
            last_sender_report: Some(ShortNtp(100)),
            since_sender_report: ShortSpan(50),
        };
        assert_eq!(round_trip(NtpTime(140 << 16), &block), Some(Duration::ZERO));
        let unreported = ReportBlock { last_sender_report: None, ..block };
        assert_eq!(round_trip(NtpTime(140 << 16), &unreported), None);
    }
}
