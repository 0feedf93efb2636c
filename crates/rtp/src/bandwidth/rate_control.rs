//! From what the path shows to how much may be sent: the rate control of Google congestion control
//! (draft-ietf-rmcat-gcc-02 sections 5.5 and 6).

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;

use super::delay_trend::Usage;

/// What is assumed of a path that has shown nothing yet, the figure that browsers choose their first videos by.
///
/// It holds nothing back, because a path without a proven limit has none; it is what clients are told.
pub(super) const FIRST_ESTIMATE: Bitrate = Bitrate::from_kbps(2_800);

/// The least a path is taken for: silence and a few reports go through anything.
const MIN_ESTIMATE: Bitrate = Bitrate::from_kbps(10);

/// The least that losses alone bring an estimate down to.
///
/// Radio loses packets however little is sent; without this floor a path that loses a fifth would end without pictures.
const MIN_BY_LOSS: Bitrate = Bitrate::from_kbps(150);

/// The most a path is taken for: no meeting shows more than 25 pictures of 2.5 Mb/s.
const MAX_ESTIMATE: Bitrate = Bitrate::from_kbps(65_000);

/// How much of what went through is sent after a queue was found, in hundredths (section 5.5).
const BETA: u32 = 85;

/// How much an estimate grows in a second while the limit is not near, in hundredths (section 5.5).
const GROWTH_PER_SECOND: u64 = 8;

/// How far an estimate may be ahead of what is sent, in hundredths (section 5.5).
const AHEAD: u32 = 150;

/// The size of a packet by which the estimate grows once in a response time near the limit.
const PACKET_BITS: u64 = 1_200 * 8;

/// The losses above which less is sent, in hundredths (section 6).
const HEAVY_LOSS: u64 = 10;

/// How many packets have to be told about before their loss means something, and how long they may take.
const LOSS_PACKETS: u64 = 20;
const LOSS_INTERVAL: Duration = Duration::from_millis(300);

/// How long a rate that proved to be the limit is approached slowly.
///
/// After that the path may have changed, and is tried more boldly.
const LIMIT_MEMORY: Duration = Duration::from_secs(20);

/// What a round of feedback says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub(super) usage: Usage,
    pub(super) throughput: Option<Bitrate>,
    pub(super) received: u64,
    pub(super) lost: u64,
    pub(super) round_trip: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Increase,
    Hold,
}

/// How much may be sent.
#[derive(Clone, Debug)]
pub(super) struct RateControl {
    estimate: Bitrate,
    phase: Phase,
    changed_at: Option<Instant>,
    /// Where queues began, and when that was.
    limit: Option<(Bitrate, Instant)>,
    counted: Counted,
    is_limited: bool,
}

/// Packets told about since losses were last acted on.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    received: u64,
    lost: u64,
    since: Option<Instant>,
}

impl RateControl {
    pub(super) const fn new() -> Self {
        Self {
            estimate: FIRST_ESTIMATE,
            phase: Phase::Increase,
            changed_at: None,
            limit: None,
            counted: Counted { received: 0, lost: 0, since: None },
            is_limited: false,
        }
    }

    pub(super) const fn estimate(&self) -> Bitrate {
        self.estimate
    }

    /// Whether the path has ever shown that it does not take everything.
    pub(super) const fn is_limited(&self) -> bool {
        self.is_limited
    }

    pub(super) fn update(&mut self, now: Instant, evidence: &Evidence) {
        match evidence.usage {
            Usage::Over => {
                if let Some(throughput) = evidence.throughput {
                    self.decrease(now, throughput);
                }
                self.phase = Phase::Hold;
            }
            Usage::Under => self.phase = Phase::Hold,
            Usage::Normal if self.phase == Phase::Hold => self.phase = Phase::Increase,
            Usage::Normal => self.increase(now, evidence),
        }
        self.changed_at = Some(now);
        self.heed_loss(now, evidence);
        self.estimate = self.estimate.clamp(MIN_ESTIMATE, MAX_ESTIMATE);
    }

    /// Takes over what a probe has found to go through.
    pub(super) fn raise(&mut self, now: Instant, found: Bitrate) {
        if found > self.estimate {
            self.estimate = found.min(MAX_ESTIMATE);
            self.changed_at = Some(now);
        }
    }

    fn decrease(&mut self, now: Instant, throughput: Bitrate) {
        self.is_limited = true;
        self.limit = Some((throughput, now));
        self.estimate = self.estimate.min(throughput.percent(BETA));
    }

    fn increase(&mut self, now: Instant, evidence: &Evidence) {
        let Evidence { throughput, round_trip, .. } = *evidence;
        let Some(throughput) = throughput else { return };
        let since = self.changed_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).min(1_000);
        let added = if self.is_near_limit(now, throughput) {
            let response =
                u64::try_from(round_trip.as_millis()).unwrap_or(1_000).saturating_add(100);
            PACKET_BITS.saturating_mul(millis).checked_div(response).unwrap_or(0)
        } else {
            let growth = self.estimate.bps().saturating_mul(GROWTH_PER_SECOND) / 100;
            growth.saturating_mul(millis) / 1_000
        };
        let grown = self.estimate.saturating_add(Bitrate::from_bps(added));
        let ahead = throughput.percent(AHEAD).saturating_add(MIN_ESTIMATE);
        self.estimate = self.estimate.max(grown.min(ahead));
        if !self.is_limited {
            self.estimate = self.estimate.max(throughput);
        }
    }

    /// Whether what goes through is about what made queues lately.
    fn is_near_limit(&self, now: Instant, throughput: Bitrate) -> bool {
        self.limit.is_some_and(|(limit, at)| {
            let is_recent = now.saturating_duration_since(at) < LIMIT_MEMORY;
            is_recent && throughput > limit.percent(80) && throughput < limit.percent(120)
        })
    }

    /// Sends less where much is lost, whatever the delay says: some links drop instead of queueing.
    fn heed_loss(&mut self, now: Instant, evidence: &Evidence) {
        let counted = &mut self.counted;
        counted.received = counted.received.saturating_add(evidence.received);
        counted.lost = counted.lost.saturating_add(evidence.lost);
        let since = *counted.since.get_or_insert(now);
        let all = counted.received.saturating_add(counted.lost);
        let interval = LOSS_INTERVAL.max(evidence.round_trip);
        if all < LOSS_PACKETS || now.saturating_duration_since(since) < interval {
            return;
        }
        let share = counted.lost.saturating_mul(100).checked_div(all).unwrap_or(0);
        *counted = Counted { since: Some(now), ..Counted::default() };
        if share <= HEAVY_LOSS {
            return;
        }
        self.is_limited = true;
        self.phase = Phase::Hold;
        let kept = 100_u64.saturating_sub(share / 2);
        let less = self.estimate.percent(u32::try_from(kept).unwrap_or(50));
        let floor = evidence.throughput.unwrap_or_default().max(MIN_BY_LOSS);
        self.estimate = self.estimate.min(less.max(floor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    const STEP: Duration = Duration::from_millis(100);

    fn evidence(usage: Usage, kbps: u32) -> Evidence {
        let throughput = Some(Bitrate::from_kbps(kbps));
        Evidence { usage, throughput, received: 20, lost: 0, round_trip: STEP }
    }

    #[test]
    fn a_queue_brings_the_estimate_below_what_went_through() {
        let (mut rate, now) = (RateControl::new(), start());
        rate.update(now, &evidence(Usage::Normal, 1_000));
        assert!(!rate.is_limited());
        rate.update(now + STEP, &evidence(Usage::Over, 600));
        assert!(rate.is_limited());
        assert_eq!(rate.estimate().kbps(), 510);
    }

    #[test]
    fn near_its_limit_an_estimate_grows_slowly_and_far_from_it_by_a_share() {
        let (mut rate, mut now) = (RateControl::new(), start());
        rate.update(now, &evidence(Usage::Over, 1_000));
        rate.update(now, &evidence(Usage::Normal, 1_000));
        for _ in 0..10 {
            now += STEP;
            rate.update(now, &evidence(Usage::Normal, 850));
        }
        // One packet of 9.6 kbit each 200 ms.
        assert_eq!(rate.estimate().kbps(), 850 + 48);
        now += LIMIT_MEMORY;
        rate.update(now, &evidence(Usage::Normal, 850));
        let before = rate.estimate();
        now += STEP * 10;
        rate.update(now, &evidence(Usage::Normal, 850));
        assert_eq!(rate.estimate().bps(), before.bps() + before.bps() * 8 / 100);
    }

    #[test]
    fn who_sends_little_does_not_prove_much() {
        let (mut rate, mut now) = (RateControl::new(), start());
        rate.update(now, &evidence(Usage::Over, 1_000));
        for _ in 0..1_000 {
            now += STEP;
            rate.update(now, &evidence(Usage::Normal, 300));
        }
        assert_eq!(rate.estimate().kbps(), 850);
        rate.raise(now, Bitrate::from_kbps(800));
        rate.raise(now, Bitrate::from_kbps(1_700));
        assert_eq!(rate.estimate().kbps(), 1_700);
    }

    #[test]
    fn heavy_loss_lowers_the_estimate_to_a_floor_and_light_loss_does_not() {
        let (mut rate, mut now) = (RateControl::new(), start());
        for (lost, expected) in [(2, 2_800), (5, 2_800)] {
            now += LOSS_INTERVAL;
            let evidence = Evidence { received: 95, lost, ..evidence(Usage::Normal, 1_000) };
            rate.update(now, &evidence);
            assert!(rate.estimate().kbps() >= expected && !rate.is_limited());
        }
        for _ in 0..100 {
            now += LOSS_INTERVAL;
            rate.update(now, &Evidence { received: 50, lost: 50, ..evidence(Usage::Normal, 100) });
        }
        assert!(rate.is_limited());
        assert_eq!(rate.estimate(), MIN_BY_LOSS);
    }
}
