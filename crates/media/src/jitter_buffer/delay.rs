//! How long sound has to wait, learnt from how late packets come.
//!
//! Each packet's way took so long longer than the quickest one's of late; a histogram of these delays, which forgets,
//! tells how long to wait so that most packets are there in time. While packets are lost, that is at least as long as
//! what repairs them takes to come.

use std::time::{Duration, Instant};

use carillon_frame::{MediaTime, SAMPLE_RATE};

use super::histogram::{BUCKET_TICKS, Histogram};
use super::repair::Repair;

/// For how long at least the quickest packet is remembered, and for twice as long at most.
///
/// 5 s: a shorter memory lets jitter move the scale it is measured by, a longer one takes a longer route for jitter for too long.
const MEMORY: Duration = Duration::from_secs(5);

/// What share of packets is to be there in time.
///
/// Each percent more costs delay, the more so the longer the tail; what comes late is concealed.
const IN_TIME: f32 = 0.98;

/// How much longer than those sound waits: one frame, since it is asked for a frame at a time, and since what comes a little later still is
/// most of the rest. A larger share instead would let one outage set the delay.
const SLACK_TICKS: i64 = 960;

/// What share of the packets that repair others is to be there in time: few are needed, so the usual delay will do.
const REPAIR_IN_TIME: f32 = 0.5;

/// A delay beyond this is none: the sender's clock was set, or stood still.
///
/// 3 s: longer than any packet travels, and shorter than the pauses of clients whose clock stops with the microphone.
const LONGEST_DELAY: i64 = 3 * 48_000;

/// How many packets that arrive at once count.
///
/// A stalled radio hands out a handful, which says what delay would have been needed; an outage hands out all there is,
/// and that one outage would otherwise set the delay for many seconds after.
const COUNTED_AT_ONCE: u32 = 6;

/// What is at once: packets closer than this came out of one queue.
const AT_ONCE: Duration = Duration::from_millis(5);

/// Learns how long sound has to wait. Times are ticks of 48 kHz.
#[derive(Debug)]
pub(super) struct DelayEstimator {
    floor: i64,
    ceiling: i64,
    route: Option<Route>,
    histogram: Histogram,
    repair: Repair,
}

/// What is known since the sender's clock was last set.
#[derive(Debug)]
struct Route {
    began: Instant,
    /// The newest timestamp, and what it stands for in a count that does not wrap.
    newest: (MediaTime, i64),
    quickest: Quickest,
    /// The way that the histogram counts from: within a bucket above the quickest one.
    origin: i64,
    last_arrival: Instant,
    at_once: u32,
}

/// The least of the last [`MEMORY`] at least.
#[derive(Clone, Copy, Debug)]
struct Quickest {
    since: Instant,
    current: i64,
    previous: i64,
}

impl DelayEstimator {
    pub(super) fn new(floor: Duration, ceiling: Duration) -> Self {
        let floor = i64::from(SAMPLE_RATE.ticks_in(floor));
        let ceiling = i64::from(SAMPLE_RATE.ticks_in(ceiling)).max(floor);
        Self {
            floor,
            ceiling,
            route: None,
            histogram: Histogram::default(),
            repair: Repair::default(),
        }
    }

    /// Forgets the sender's clock, and keeps what is known of the network.
    pub(super) fn restart(&mut self) {
        self.route = None;
        self.repair.restart();
    }

    /// Learns of a packet, be it in time or not.
    pub(super) fn observe(&mut self, now: Instant, timestamp: MediaTime) {
        let Some(way) = self.route.as_ref().map(|route| route.way(now, timestamp)) else {
            self.route = Some(Route::new(now, timestamp));
            return;
        };
        let Some(route) = &mut self.route else { return };
        let delay = way.saturating_sub(route.origin);
        if delay.abs() > LONGEST_DELAY {
            self.route = Some(Route::new(now, timestamp));
            return;
        }
        if let Some(shift) = route.learn(now, timestamp, way) {
            self.histogram.shift(shift);
        }
        if route.at_once <= COUNTED_AT_ONCE {
            self.histogram.count(way.saturating_sub(route.origin));
        }
    }

    /// Learns of a packet by its number, be there sound in it or not.
    pub(super) fn observe_number(&mut self, number: u64) {
        self.repair.arrive(number);
    }

    /// Learns that a packet repeats sound of so many ticks before its own.
    pub(super) fn observe_repair(&mut self, now: Instant, ticks: u32) {
        self.repair.offer(now, ticks);
    }

    /// How much longer the sound of `timestamp` has waited at `now` than that of the quickest packets; nothing before the first packet.
    pub(super) fn waited(&self, now: Instant, timestamp: MediaTime) -> Option<i64> {
        let route = self.route.as_ref()?;
        Some(route.way(now, timestamp).saturating_sub(route.origin))
    }

    /// How long it should wait.
    pub(super) fn target(&self) -> i64 {
        let packets = self.histogram.quantile(IN_TIME).saturating_add(SLACK_TICKS);
        packets.max(self.repair().unwrap_or(0)).clamp(self.floor, self.ceiling)
    }

    /// How long it has to wait until what repairs a lost packet is there, while packets are lost and repaired.
    pub(super) fn repair(&self) -> Option<i64> {
        let reach = Some(self.repair.reach()).filter(|reach| *reach > 0)?;
        // A quantile tells where its bucket begins, and all of it is to be there.
        let usual = self.histogram.quantile(REPAIR_IN_TIME).saturating_add(BUCKET_TICKS);
        Some(usual.saturating_add(reach.into()).min(self.ceiling))
    }

    pub(super) const fn ceiling(&self) -> i64 {
        self.ceiling
    }
}

impl Route {
    const fn new(now: Instant, timestamp: MediaTime) -> Self {
        Self {
            began: now,
            newest: (timestamp, 0),
            quickest: Quickest { since: now, current: 0, previous: 0 },
            origin: 0,
            last_arrival: now,
            at_once: 1,
        }
    }

    /// When `timestamp` is at hand, counted by our clock less the sender's.
    fn way(&self, now: Instant, timestamp: MediaTime) -> i64 {
        let (newest, count) = self.newest;
        let said = count.saturating_add(timestamp.distance_from(newest).into());
        let nanos = now.saturating_duration_since(self.began).as_nanos();
        let ours = nanos.saturating_mul(SAMPLE_RATE.hz().into()) / 1_000_000_000;
        i64::try_from(ours).unwrap_or(i64::MAX).saturating_sub(said)
    }

    /// Takes note of an arrival, and tells by how many buckets the origin moves, if it does.
    fn learn(&mut self, now: Instant, timestamp: MediaTime, way: i64) -> Option<i64> {
        let (newest, count) = self.newest;
        let ahead = timestamp.distance_from(newest);
        if ahead > 0 {
            self.newest = (timestamp, count.saturating_add(ahead.into()));
        }
        let together = now.saturating_duration_since(self.last_arrival) < AT_ONCE;
        self.at_once = if together { self.at_once.saturating_add(1) } else { 1 };
        self.last_arrival = now;
        let moved = self.quickest.observe(now, way).saturating_sub(self.origin);
        let buckets = moved.div_euclid(BUCKET_TICKS);
        self.origin = self.origin.saturating_add(buckets.saturating_mul(BUCKET_TICKS));
        (buckets != 0).then_some(buckets)
    }
}

impl Quickest {
    fn observe(&mut self, now: Instant, way: i64) -> i64 {
        if now.saturating_duration_since(self.since) >= MEMORY {
            *self = Self { since: now, current: way, previous: self.current };
        }
        self.current = self.current.min(way);
        self.current.min(self.previous)
    }
}

#[cfg(test)]
mod tests {
    use carillon_testkit::clock::VirtualClock;

    use super::*;

    const MS: i64 = 48;

    fn stamp(packet: u64) -> MediaTime {
        MediaTime(u32::try_from(packet * 960).unwrap())
    }

    fn estimator() -> DelayEstimator {
        DelayEstimator::new(Duration::from_millis(20), Duration::from_secs(1))
    }

    /// Lets packets of 20 ms arrive, each late by what `delay` says of its number, and returns the target in milliseconds.
    fn after(
        estimator: &mut DelayEstimator,
        from: u64,
        to: u64,
        delay: impl Fn(u64) -> u64,
    ) -> i64 {
        let start = VirtualClock::start().now();
        for n in from..to {
            let at = start + Duration::from_millis(20 * n + delay(n));
            estimator.observe(at, stamp(n));
        }
        estimator.target() / MS
    }

    #[test]
    fn a_calm_network_waits_no_longer_than_the_floor() {
        assert_eq!(after(&mut estimator(), 0, 500, |_| 70), 20);
    }

    #[test]
    fn jitter_raises_the_target_at_once_and_calm_lowers_it_within_thirty_seconds() {
        let mut estimator = estimator();
        let jittery = after(&mut estimator, 0, 200, |n| n * 37 % 101);
        assert!((100..=130).contains(&jittery), "{jittery}");
        let start = VirtualClock::start().now();
        for n in 0..1_500_u64 {
            let at = start + Duration::from_millis(4_000 + 20 * n);
            estimator.observe(at, stamp(200 + n));
        }
        assert_eq!(estimator.target() / MS, 20);
    }

    #[test]
    fn one_outage_does_not_set_the_delay() {
        // The packets of one second arrive together at its end.
        let delay = |n| if (300..350).contains(&n) { (350 - n) * 20 } else { 0 };
        assert_eq!(after(&mut estimator(), 0, 400, delay), 20);
    }

    #[test]
    fn a_longer_route_is_followed_without_counting_as_jitter_for_ever() {
        let mut estimator = estimator();
        let target = after(&mut estimator, 0, 2_000, |n| if n < 500 { 0 } else { 150 });
        assert_eq!(target, 20);
    }

    #[test]
    fn the_time_waited_is_measured_from_the_quickest_packets() {
        let mut estimator = estimator();
        let start = VirtualClock::start().now();
        assert_eq!(estimator.waited(start, MediaTime(0)), None);
        for n in 0..100_u64 {
            let late = if n % 2 == 0 { 30 } else { 0 };
            let at = start + Duration::from_millis(20 * n + late);
            estimator.observe(at, stamp(n));
        }
        let waited = estimator.waited(start + Duration::from_millis(2_060), MediaTime(96_000));
        assert!((60 * MS..=65 * MS).contains(&waited.unwrap()), "{waited:?}");
    }

    #[test]
    fn a_clock_that_is_set_starts_a_new_route() {
        let mut estimator = estimator();
        after(&mut estimator, 0, 100, |_| 0);
        let start = VirtualClock::start().now() + Duration::from_secs(2);
        estimator.observe(start, MediaTime(3_000_000_000));
        assert_eq!(estimator.waited(start, MediaTime(3_000_000_000)), Some(0));
    }

    #[test]
    fn repair_is_waited_for_as_long_as_it_takes_beyond_the_usual_delay() {
        let mut estimator = estimator();
        let start = VirtualClock::start().now();
        // Every tenth packet is lost, two of three are 30 ms late, and each repeats the two before it.
        for n in (0..100_u64).filter(|n| n % 10 != 9) {
            let at = start + Duration::from_millis(20 * n + if n % 3 == 0 { 0 } else { 30 });
            estimator.observe(at, stamp(n));
            estimator.observe_number(n);
            estimator.observe_repair(at, 1_920);
        }
        let target = estimator.target() / MS;
        assert!((70..=80).contains(&target), "{target}");
    }
}
