//! How much a path takes, found out by whoever sends: Google congestion control over transport-wide feedback
//! (draft-ietf-rmcat-gcc-02, draft-holmer-rmcat-transport-wide-cc-extensions-01).
//!
//! Packets are numbered as they leave; the receiver tells when each arrived ([`crate::feedback`] is that side).
//! A growing delay means a queue, and a queue means a limit.

mod arrival_clock;
mod delay_trend;
mod probe;
mod rate_control;
mod sent_packets;
mod throughput;

use std::time::{Duration, Instant};

use carillon_frame::{Bitrate, SeqNo};

use self::arrival_clock::ArrivalClock;
use self::delay_trend::{DelayTrend, Usage};
use self::probe::Probe;
use self::rate_control::{Evidence, RateControl};
use self::sent_packets::{News, SentPackets};
use self::throughput::Throughput;
use crate::rtcp::TransportFeedback;

/// The round trip that is assumed before any is measured.
const ASSUMED_ROUND_TRIP: Duration = Duration::from_millis(100);

/// Estimates how much one path takes.
#[derive(Clone, Debug)]
pub struct BandwidthEstimator {
    sent: SentPackets,
    clock: ArrivalClock,
    trend: DelayTrend,
    throughput: Throughput,
    rate: RateControl,
    probe: Probe,
    goal: Bitrate,
    round_trip: Duration,
}

impl Default for BandwidthEstimator {
    fn default() -> Self {
        Self::new()
    }
}

impl BandwidthEstimator {
    /// Knows nothing of the path yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sent: SentPackets::new(),
            clock: ArrivalClock::new(),
            trend: DelayTrend::new(),
            throughput: Throughput::new(),
            rate: RateControl::new(),
            probe: Probe::new(),
            goal: Bitrate::from_bps(0),
            round_trip: ASSUMED_ROUND_TRIP,
        }
    }

    /// The number that the next packet gets.
    #[must_use]
    pub fn next_sequence(&self) -> SeqNo {
        self.sent.next_sequence()
    }

    /// Numbers a packet that leaves with so many octets.
    pub fn handle_sent(&mut self, now: Instant, octets: usize) -> SeqNo {
        self.sent.push(now, u32::try_from(octets).unwrap_or(u32::MAX))
    }

    /// Learns from the receiver what became of packets.
    pub fn handle_feedback(&mut self, now: Instant, feedback: &TransportFeedback) {
        let base = self.sent.number(feedback.base);
        let (mut received, mut lost) = (0_u64, 0_u64);
        let (mut told, mut newest) = (base, None);
        for (number, arrival) in (base..).zip(self.clock.read(feedback)) {
            told = number;
            match self.sent.resolve(number, arrival) {
                Some(News::Arrived(packet, arrival)) => {
                    received = received.saturating_add(1);
                    newest = newest.max(Some(packet.at));
                    self.trend.handle_packet(packet.at, arrival);
                    self.throughput.record(arrival, packet.octets);
                    self.probe.handle_arrival(number, &packet, arrival);
                }
                Some(News::Lost) => lost = lost.saturating_add(1),
                None => {}
            }
        }
        let Some(newest) = newest else { return };
        let measured = now.saturating_duration_since(newest);
        self.round_trip = self.round_trip.saturating_mul(7).saturating_add(measured) / 8;
        self.conclude(now, told, received, lost);
    }

    /// Draws the conclusions of a feedback that ended with the packet `told`.
    fn conclude(&mut self, now: Instant, told: u64, received: u64, lost: u64) {
        let throughput = self.throughput.bitrate();
        let usage = match self.trend.usage() {
            // A run may fill a queue: that says what it was to find out, and nothing about what is sent otherwise.
            Usage::Over if self.probe.disturbs(now) => Usage::Under,
            usage @ (Usage::Under | Usage::Normal | Usage::Over) => usage,
        };
        let round_trip = self.round_trip;
        self.rate.update(now, &Evidence { usage, throughput, received, lost, round_trip });
        match usage {
            Usage::Over => self.probe.cancel(now),
            Usage::Under => self.heed_probe(now, told),
            Usage::Normal => {
                self.heed_probe(now, told);
                let (sent, estimate) = (throughput.unwrap_or_default(), self.rate.estimate());
                self.probe.consider(now, estimate, sent, self.goal, self.sent.next());
            }
        }
    }

    fn heed_probe(&mut self, now: Instant, told: u64) {
        let estimate = self.rate.estimate();
        if let Some(found) = self.probe.poll_result(now, told, estimate) {
            self.rate.raise(now, found);
        }
    }

    /// How much the path takes, once it has shown a limit; before, nothing has to be held back.
    #[must_use]
    pub fn limit(&self) -> Option<Bitrate> {
        self.rate.is_limited().then(|| self.rate.estimate())
    }

    /// How much the path is known or assumed to take.
    #[must_use]
    pub const fn estimate(&self) -> Bitrate {
        self.rate.estimate()
    }

    /// Says how much would be sent if the path took it; up to there it is tried whether it does.
    pub const fn set_goal(&mut self, goal: Bitrate) {
        self.goal = goal;
    }

    /// How many octets of padding are to be sent at this moment, to try whether more goes through.
    pub fn poll_padding(&mut self, now: Instant) -> Option<u64> {
        self.probe.handle_timeout(now);
        self.probe.poll_padding(now, self.sent.next(), self.round_trip)
    }

    /// When [`poll_padding`](Self::poll_padding) has something to say.
    #[must_use]
    pub const fn timeout(&self) -> Option<Instant> {
        self.probe.timeout()
    }
}

#[cfg(test)]
mod tests;
