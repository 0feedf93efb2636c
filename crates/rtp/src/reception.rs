//! How well one stream is received, counted for reports (RFC 3550 appendices A.1, A.3 and A.8).

use std::time::{Duration, Instant};

use carillon_frame::{ClockRate, MediaTime, SeqExtender, SeqNo, Ssrc};

use crate::RtpHeader;
use crate::ntp::{ShortNtp, ShortSpan};
use crate::rtcp::{ReportBlock, SenderReport};

/// The largest step forward that still is the same run of numbers (RFC 3550 appendix A.1).
const MAX_DROPOUT: i16 = 3_000;

/// The largest step back that still is a reordered packet (RFC 3550 appendix A.1).
const MAX_MISORDER: i16 = 100;

/// Counts one received stream.
///
/// Packets count from the first on: SRTP has authenticated them, so that appendix A.1's probation
/// has nothing to add.
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: Ssrc,
    clock: ClockRate,
    run: Option<Run>,
    /// The number that would prove that the sender started over.
    restart_at: Option<SeqNo>,
    jitter: Jitter,
    last_sender_report: Option<(Instant, ShortNtp)>,
}

impl Reception {
    /// Starts to count the stream, whose timestamps tick at `clock`.
    #[must_use]
    pub const fn new(ssrc: Ssrc, clock: ClockRate) -> Self {
        Self {
            ssrc,
            clock,
            run: None,
            restart_at: None,
            jitter: Jitter::new(),
            last_sender_report: None,
        }
    }

    /// Counts a packet that arrived.
    pub fn handle_packet(&mut self, now: Instant, header: &RtpHeader) {
        if self.count(header.seq) {
            self.jitter.handle_packet(now, header, self.clock);
        }
    }

    /// Remembers the sender's report, so that it can measure the round trip by the next block.
    pub fn handle_sender_report(&mut self, now: Instant, report: &SenderReport) {
        self.last_sender_report = Some((now, report.ntp.middle()));
    }

    /// The block to report, once a packet has arrived; the next one counts from here.
    pub fn report_block(&mut self, now: Instant) -> Option<ReportBlock> {
        let run = self.run.as_mut()?;
        let (last_sender_report, since) = match self.last_sender_report {
            Some((at, middle)) => (Some(middle), now.saturating_duration_since(at)),
            None => (None, Duration::ZERO),
        };
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: run.take_fraction_lost(),
            cumulative_lost: run.cumulative_lost(),
            highest_seq: run.highest_reported(),
            jitter: self.jitter.ticks(),
            last_sender_report,
            since_sender_report: ShortSpan::from_duration(since),
        })
    }

    /// Counts a number, and says whether it belongs to the stream's run.
    fn count(&mut self, seq: SeqNo) -> bool {
        let step = self.run.as_ref().map(|run| seq.distance_from(run.highest()));
        let in_run = step.is_some_and(|step| (-MAX_MISORDER..MAX_DROPOUT).contains(&step));
        if let Some(run) = self.run.as_mut().filter(|_| in_run) {
            run.extender.extend(seq);
            run.received = run.received.saturating_add(1);
            self.restart_at = None;
            return true;
        }
        if self.run.is_none() || self.restart_at == Some(seq) {
            self.run = Some(Run::starting_at(seq));
            self.restart_at = None;
            self.jitter.forget_last();
            return true;
        }
        self.restart_at = Some(seq.next());
        false
    }
}

/// A run of sequence numbers without a restart.
#[derive(Clone, Copy, Debug)]
struct Run {
    extender: SeqExtender,
    first: u64,
    received: u64,
    reported_expected: u64,
    reported_received: u64,
}

impl Run {
    fn starting_at(seq: SeqNo) -> Self {
        let mut extender = SeqExtender::default();
        let first = extender.extend(seq);
        Self { extender, first, received: 1, reported_expected: 0, reported_received: 0 }
    }

    fn highest_extended(&self) -> u64 {
        self.extender.highest().unwrap_or(self.first)
    }

    fn highest(&self) -> SeqNo {
        SeqNo((self.highest_extended() & 0xffff) as u16)
    }

    /// The highest number with its count of wraps, which starts at zero on the wire.
    fn highest_reported(&self) -> u32 {
        let before_first = self.first & !0xffff;
        (self.highest_extended().wrapping_sub(before_first) & 0xffff_ffff) as u32
    }

    fn expected(&self) -> u64 {
        self.highest_extended().saturating_sub(self.first).saturating_add(1)
    }

    fn cumulative_lost(&self) -> i32 {
        let lost = i128::from(self.expected()).saturating_sub(i128::from(self.received));
        i32::try_from(lost).unwrap_or(if lost < 0 { i32::MIN } else { i32::MAX })
    }

    fn take_fraction_lost(&mut self) -> u8 {
        let expected = self.expected().saturating_sub(self.reported_expected);
        let received = self.received.saturating_sub(self.reported_received);
        self.reported_expected = self.expected();
        self.reported_received = self.received;
        let lost = expected.saturating_sub(received).saturating_mul(256);
        u8::try_from(lost.checked_div(expected).unwrap_or(0)).unwrap_or(u8::MAX)
    }
}

/// The mean deviation of packet spacing, in sixteenths of a tick (RFC 3550 appendix A.8).
#[derive(Clone, Copy, Debug)]
struct Jitter {
    last: Option<(Instant, MediaTime)>,
    scaled: u32,
}

impl Jitter {
    const fn new() -> Self {
        Self { last: None, scaled: 0 }
    }

    const fn forget_last(&mut self) {
        self.last = None;
    }

    fn handle_packet(&mut self, now: Instant, header: &RtpHeader, clock: ClockRate) {
        if let Some((then, timestamp)) = self.last {
            let arrived = clock.ticks_in(now.saturating_duration_since(then));
            let sent = header.timestamp.distance_from(timestamp).cast_unsigned();
            let deviation = arrived.wrapping_sub(sent).cast_signed().unsigned_abs();
            let decay = self.scaled.saturating_add(8) >> 4;
            self.scaled = self.scaled.saturating_add(deviation).saturating_sub(decay);
        }
        self.last = Some((now, header.timestamp));
    }

    const fn ticks(&self) -> u32 {
        self.scaled >> 4
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::MediaTime;
    use proptest::prelude::*;

    use super::*;
    use crate::ntp::NtpTime;
    use crate::{PayloadType, Sending};

    const FRAME: Duration = Duration::from_millis(20);

    fn header(seq: u16, timestamp: u32) -> RtpHeader {
        RtpHeader {
            payload_type: PayloadType::new(111).unwrap(),
            seq: SeqNo(seq),
            timestamp: MediaTime(timestamp),
            ssrc: Ssrc(5),
            marker: false,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    fn received(numbers: impl IntoIterator<Item = u16>) -> Reception {
        let mut reception = Reception::new(Ssrc(5), ClockRate::OPUS);
        let now = start();
        for seq in numbers {
            reception.handle_packet(now, &header(seq, 0));
        }
        reception
    }

    #[test]
    fn nothing_is_reported_before_the_first_packet() {
        assert_eq!(received([]).report_block(start()), None);
    }

    #[test]
    fn losses_are_counted_across_the_wrap() {
        let mut reception = received((65_530..=65_535).chain(2..4));
        let block = reception.report_block(start()).unwrap();
        assert_eq!(block.cumulative_lost, 2);
        assert_eq!(block.fraction_lost, 51);
        assert_eq!(block.highest_seq, 0x0001_0003);
    }

    #[test]
    fn the_share_lost_counts_from_the_last_report() {
        let mut reception = received([1, 3]);
        let now = start();
        assert_eq!(reception.report_block(now).unwrap().fraction_lost, 85);
        reception.handle_packet(now, &header(4, 0));
        let block = reception.report_block(now).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 1));
    }

    #[test]
    fn reordered_packets_are_no_loss_and_duplicates_less_than_none() {
        assert_eq!(received([1, 3, 2]).report_block(start()).unwrap().cumulative_lost, 0);
        assert_eq!(received([1, 1, 1]).report_block(start()).unwrap().cumulative_lost, -2);
    }

    #[test]
    fn a_restart_is_believed_at_the_second_packet_in_order() {
        let mut reception = received([1, 2, 40_000]);
        assert_eq!(reception.report_block(start()).unwrap().highest_seq, 2);
        let mut reception = received([1, 2, 40_000, 40_001, 40_002]);
        let block = reception.report_block(start()).unwrap();
        assert_eq!((block.highest_seq, block.cumulative_lost), (40_002, 0));
    }

    #[test]
    fn even_spacing_has_no_jitter_and_uneven_has() {
        let mut even = Reception::new(Ssrc(5), ClockRate::OPUS);
        let mut uneven = even.clone();
        let mut now = start();
        for count in 0..200 {
            let header = header(count, u32::from(count) * 960);
            even.handle_packet(now, &header);
            let late = Duration::from_millis(if count % 2 == 0 { 10 } else { 0 });
            uneven.handle_packet(now + late, &header);
            now += FRAME;
        }
        assert!(even.report_block(now).unwrap().jitter <= 1);
        let jitter = uneven.report_block(now).unwrap().jitter;
        assert!((450..=490).contains(&jitter), "10 ms are 480 ticks, found {jitter}");
    }

    #[test]
    fn the_other_side_finds_the_round_trip_in_the_block() {
        let (t0, wall) = (start(), Duration::from_secs(1_700_000_000));
        let mut sending = Sending::new(Ssrc(5), ClockRate::OPUS);
        sending.handle_packet(t0, MediaTime(0), 100);
        let report = sending.sender_report(t0, NtpTime::from_unix(wall)).unwrap();

        let mut reception = received([1]);
        let arrived = t0 + Duration::from_millis(30);
        reception.handle_sender_report(arrived, &report);
        let block = reception.report_block(arrived + Duration::from_secs(1)).unwrap();

        let back = NtpTime::from_unix(wall + Duration::from_millis(1_080));
        let round_trip = crate::sending::round_trip(back, &block).unwrap();
        assert!((79..=81).contains(&round_trip.as_millis()), "found {round_trip:?}");
    }

    proptest! {
        #[test]
        fn any_numbers_at_any_time_are_counted(
            packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0_u64..100_000), 1..100),
        ) {
            let mut reception = Reception::new(Ssrc(5), ClockRate::VIDEO);
            let mut now = start();
            for (seq, timestamp, pause) in packets {
                now += Duration::from_millis(pause);
                reception.handle_packet(now, &header(seq, timestamp));
                prop_assert!(reception.report_block(now).is_some());
            }
        }
    }
}
