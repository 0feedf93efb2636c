//! The reports both sides exchange each second, and what they say about the path (RFC 3550 section 6).

use std::time::{Duration, Instant};

use carillon_frame::Ssrc;
use carillon_rtp::{
    NtpTime, Rtcp,
    rtcp::{Cname, ReceiverReport, ReportBlock, SourceDescription},
    sending::round_trip,
};
use carillon_signaling::Epoch;

use super::sent::SentStream;

/// How often reports are sent: browsers send theirs at this rate; less makes lip-sync and quality figures slow, more
/// costs packets.
const INTERVAL: Duration = Duration::from_secs(1);

/// The most blocks a report can hold: five bits count them (RFC 3550 section 6.4.1).
const MAX_BLOCKS: usize = 31;

/// The share of lost packets, in 1/256, from which a path counts as weak: about 5 %, where Opus' own repair begins to
/// be heard.
const WEAK_LOSS: u8 = 13;

/// How long what a report said about loss stands: two reports missed in a row say nothing.
const LOSS_MEMORY: Duration = Duration::from_secs(3);

/// How well a client receives what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quality {
    /// Next to nothing is lost.
    Good,
    /// So much is lost that it can be heard.
    Weak,
}

/// When to report, and what the client reported.
#[derive(Debug)]
pub(crate) struct ReportClock {
    epoch: Epoch,
    due: Instant,
    last_loss: Option<(Instant, u8)>,
    /// How long a packet takes to the client and back, by its last report that says so.
    round_trip: Option<Duration>,
}

impl ReportClock {
    pub(crate) fn new(now: Instant, epoch: Epoch) -> Self {
        Self { epoch, due: after(now), last_loss: None, round_trip: None }
    }

    pub(crate) const fn due(&self) -> Instant {
        self.due
    }

    /// Whether it is time to report; if so, the next report is scheduled.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now >= self.due;
        if is_due {
            self.due = after(now);
        }
        is_due
    }

    /// Takes note of what the client says it lost, and of how long its answer took.
    pub(crate) fn handle_blocks(&mut self, now: Instant, blocks: &[ReportBlock]) {
        let ntp = self.ntp(now);
        let shortest = blocks.iter().filter_map(|block| round_trip(ntp, block)).min();
        self.round_trip = shortest.or(self.round_trip);
        if let Some(worst) = blocks.iter().map(|block| block.fraction_lost).max() {
            self.last_loss = Some((now, worst));
        }
    }

    /// How long a packet takes to the client and back, once that was measured.
    pub(crate) const fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    fn ntp(&self, now: Instant) -> NtpTime {
        NtpTime::from_unix(Duration::from_millis(self.epoch.wall_time(now).as_millis()))
    }

    /// Whether the client has reported lately.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        self.last_loss.is_some_and(|(at, _)| now.saturating_duration_since(at) < LOSS_MEMORY)
    }

    pub(crate) fn quality(&self, now: Instant) -> Quality {
        match self.last_loss {
            Some((at, loss))
                if loss >= WEAK_LOSS && now.saturating_duration_since(at) < LOSS_MEMORY =>
            {
                Quality::Weak
            }
            Some(_) | None => Quality::Good,
        }
    }

    /// Everything there is to report: how much was sent, and how well everything was received.
    pub(crate) fn compound<'a>(
        &self,
        now: Instant,
        reporter: Ssrc,
        sent: impl Iterator<Item = &'a SentStream>,
        mut blocks: Vec<ReportBlock>,
    ) -> Vec<Rtcp> {
        let ntp = self.ntp(now);
        blocks.truncate(MAX_BLOCKS);
        let mut names = Vec::new();
        let mut packets: Vec<Rtcp> = Vec::new();
        for stream in sent {
            let Some(mut report) = stream.sending().sender_report(now, ntp) else { continue };
            report.blocks = std::mem::take(&mut blocks);
            packets.push(Rtcp::SenderReport(report));
            names.push(stream.ssrc());
        }
        if packets.is_empty() && blocks.is_empty() {
            return packets;
        }
        if packets.is_empty() {
            packets.push(Rtcp::ReceiverReport(ReceiverReport { sender: reporter, blocks }));
            names.push(reporter);
        }
        let cname = |ssrc| Some((ssrc, Cname::new(crate::sdp::CNAME)?));
        let names = names.into_iter().filter_map(cname).collect();
        packets.push(Rtcp::SourceDescription(SourceDescription { names }));
        packets
    }
}

fn after(now: Instant) -> Instant {
    now.checked_add(INTERVAL).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use carillon_frame::{ClockRate, MediaTime};
    use carillon_rtp::{PayloadType, ntp::ShortSpan};
    use carillon_types::WallTime;
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::{super::sent::Sound, *};

    const SECOND: Duration = Duration::from_secs(1);

    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn clock() -> (Instant, ReportClock) {
        let start = Instant::now();
        (start, ReportClock::new(start, Epoch::new(start, WallTime::from_millis(1_000_000))))
    }

    fn block(ssrc: u32, fraction_lost: u8) -> ReportBlock {
        ReportBlock {
            ssrc: Ssrc(ssrc),
            fraction_lost,
            cumulative_lost: 0,
            highest_seq: 1,
            jitter: 0,
            last_sender_report: None,
            since_sender_report: ShortSpan::from_duration(Duration::ZERO),
        }
    }

    fn stream_that_sent(ssrc: u32, now: Instant) -> SentStream {
        let mut stream =
            SentStream::new(&mut StdRng::seed_from_u64(1), Ssrc(ssrc), ClockRate::OPUS);
        let payload_type = PayloadType::new(111).unwrap();
        let sound = Sound { payload_type, since_first: MediaTime(0), payload: &[1] };
        stream.next_packet(now, sound, None, &mut Vec::new());
        stream
    }

    #[test]
    fn reports_are_due_each_second_and_late_ones_are_not_made_up_for() {
        let (start, mut clock) = clock();
        assert!(!clock.is_due(start + SECOND / 2));
        assert!(clock.is_due(start + SECOND * 5));
        assert!(!clock.is_due(start + SECOND * 5));
        assert_eq!(clock.due(), start + SECOND * 6);
    }

    #[test]
    fn a_path_is_weak_from_five_percent_of_loss_until_reports_say_otherwise_or_nothing() {
        let (now, mut clock) = clock();
        assert_eq!(clock.quality(now), Quality::Good);
        clock.handle_blocks(now, &[block(1, WEAK_LOSS - 1)]);
        assert_eq!(clock.quality(now), Quality::Good);
        clock.handle_blocks(now, &[block(1, 0), block(2, WEAK_LOSS)]);
        clock.handle_blocks(now, &[]);
        assert_eq!(clock.quality(now), Quality::Weak);
        assert_eq!(clock.quality(now + LOSS_MEMORY), Quality::Good);
        clock.handle_blocks(now, &[block(1, 0)]);
        assert_eq!(clock.quality(now), Quality::Good);
    }

    #[test]
    fn who_sent_nothing_reports_what_it_received_and_who_did_neither_says_nothing() {
        let (now, clock) = clock();
        let silent = SentStream::new(&mut StdRng::seed_from_u64(1), Ssrc(5), ClockRate::VIDEO);
        assert!(clock.compound(now, Ssrc(9), std::iter::once(&silent), Vec::new()).is_empty());
        let packets = clock.compound(now, Ssrc(9), std::iter::once(&silent), vec![block(1, 0)]);
        let [Rtcp::ReceiverReport(report), Rtcp::SourceDescription(names)] = &packets[..] else {
            panic!("{packets:?}")
        };
        assert_eq!((report.sender, report.blocks.len()), (Ssrc(9), 1));
        assert_eq!(names.names[0].0, Ssrc(9));
    }

    #[test]
    fn every_stream_that_sent_is_reported_and_named_and_blocks_ride_once_up_to_their_limit() {
        let (now, clock) = clock();
        let sent = [stream_that_sent(5, now), stream_that_sent(6, now)];
        let blocks = (0..40).map(|ssrc| block(ssrc, 0)).collect();
        let packets = clock.compound(now, Ssrc(9), sent.iter(), blocks);
        let [Rtcp::SenderReport(one), Rtcp::SenderReport(two), Rtcp::SourceDescription(names)] =
            &packets[..]
        else {
            panic!("{packets:?}")
        };
        assert_eq!((one.ssrc, one.packets, one.blocks.len()), (Ssrc(5), 1, MAX_BLOCKS));
        assert_eq!((two.ssrc, two.blocks.len()), (Ssrc(6), 0));
        assert_eq!(names.names.len(), 2);
        let mut bytes = Vec::new();
        carillon_rtp::write_compound(&packets, &mut bytes);
        assert_eq!(carillon_rtp::parse_compound(&bytes).unwrap().len(), 3);
    }
}
