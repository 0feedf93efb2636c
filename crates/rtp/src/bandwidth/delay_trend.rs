//! Whether packets queue up on their way: the delay-based half of Google congestion control
//! (draft-ietf-rmcat-gcc-02 sections 5.1 to 5.4), with a trend line in the place of its Kalman filter
//! (Carlucci et al., "Congestion Control for Web Real-Time Communication", 2017).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::arrival_clock::ArrivalTime;

/// Packets sent within this time count as one, because they left together (section 5.2).
const BURST: Duration = Duration::from_millis(5);

/// Packets that arrive this close behind a group, quicker than they were sent, were held up together and count with it.
const HELD_UP_MILLIS: f64 = 5.0;

/// Over how many groups the trend is drawn.
///
/// At 30 pictures a second it is more than half a second of pictures alone; less takes jitter for queues, more finds
/// queues late.
const WINDOW: usize = 20;

/// How much of the smoothed delay is carried from group to group.
const SMOOTHING: f64 = 0.9;

/// Brings the slope of the line to milliseconds that compare with the threshold.
const GAIN: f64 = 4.0;

/// The most groups that the trend is multiplied by.
const MAX_WEIGHT: f64 = 60.0;

/// Where the threshold starts, and how far it may move, in milliseconds (section 5.4).
const FIRST_THRESHOLD: f64 = 12.5;
const MIN_THRESHOLD: f64 = 6.0;
const MAX_THRESHOLD: f64 = 600.0;

/// How quickly the threshold follows a trend above and below it, per millisecond (section 5.4).
const RISE: f64 = 0.0087;
const FALL: f64 = 0.039;

/// A trend so far beyond the threshold is a sudden jump, which the threshold does not follow (section 5.4).
const OUTLIER: f64 = 15.0;

/// How long the trend has to be above the threshold before it counts (section 5.4).
const OVERUSE_MILLIS: f64 = 10.0;

/// How much longer than at best packets may take on average before that counts as a queue, growing or not.
///
/// A queue that was there from the start, or is filled as fast as it empties, shows in no trend; the sound waits in it as
/// well. A radio link that stalls now and then stays below on average.
const STANDING_QUEUE_MILLIS: f64 = 150.0;

/// How long the best delay is remembered at least, twice as long at most: paths change, and clocks drift.
const BEST_FOR: Duration = Duration::from_secs(15);

/// A silence after which the groups before it say nothing about those behind it.
const SILENCE_MILLIS: f64 = 3_000.0;

/// What the delay says about the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Queues empty: what was too much is gone.
    Under,
    /// Queues stay as they are.
    Normal,
    /// Queues grow: more is sent than goes through.
    Over,
}

/// Packets that left together.
#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: Instant,
    last_sent: Instant,
    first_arrival: ArrivalTime,
    last_arrival: ArrivalTime,
}

/// Follows how the delay of groups of packets changes.
#[derive(Clone, Debug)]
pub(super) struct DelayTrend {
    group: Option<Group>,
    before: Option<Group>,
    origin: Option<ArrivalTime>,
    accumulated: f64,
    smoothed: f64,
    /// When a group arrived, and the smoothed delay then, both in milliseconds.
    line: VecDeque<(f64, f64)>,
    groups: u32,
    detector: Detector,
    queue: Queue,
}

/// How long packets wait beyond the shortest way they were seen to take.
#[derive(Clone, Debug)]
struct Queue {
    /// When this half of the memory began, and where both clocks stood.
    origin: Option<(Instant, ArrivalTime)>,
    best: f64,
    former_best: f64,
    waiting: f64,
}

/// Compares the trend with a threshold that follows it.
#[derive(Clone, Debug)]
struct Detector {
    threshold: f64,
    threshold_at: Option<f64>,
    above_for: Option<f64>,
    crossings: u32,
    former: f64,
    usage: Usage,
}

impl DelayTrend {
    pub(super) const fn new() -> Self {
        Self {
            group: None,
            before: None,
            origin: None,
            accumulated: 0.0,
            smoothed: 0.0,
            line: VecDeque::new(),
            groups: 0,
            detector: Detector {
                threshold: FIRST_THRESHOLD,
                threshold_at: None,
                above_for: None,
                crossings: 0,
                former: 0.0,
                usage: Usage::Normal,
            },
            queue: Queue::new(),
        }
    }

    pub(super) fn usage(&self) -> Usage {
        let is_standing = self.queue.waiting > STANDING_QUEUE_MILLIS;
        match self.detector.usage {
            Usage::Normal if is_standing => Usage::Over,
            usage @ (Usage::Under | Usage::Normal | Usage::Over) => usage,
        }
    }

    /// Takes note of a packet's way; packets come in the order they were sent.
    pub(super) fn handle_packet(&mut self, sent: Instant, arrival: ArrivalTime) {
        let fresh = Group {
            first_sent: sent,
            last_sent: sent,
            first_arrival: arrival,
            last_arrival: arrival,
        };
        let Some(group) = &mut self.group else {
            self.group = Some(fresh);
            return;
        };
        if sent < group.first_sent {
            return;
        }
        if group.takes(sent, arrival) {
            group.last_sent = group.last_sent.max(sent);
            group.last_arrival = group.last_arrival.max(arrival);
            return;
        }
        let complete = std::mem::replace(group, fresh);
        self.queue.handle_group(&complete);
        if let Some(before) = self.before.replace(complete) {
            self.compare(before, complete);
        }
    }

    fn compare(&mut self, before: Group, group: Group) {
        let sent = millis(group.last_sent.saturating_duration_since(before.last_sent));
        let arrived = group.last_arrival.millis_since(before.last_arrival);
        if sent > SILENCE_MILLIS || arrived < 0.0 {
            let (mut detector, queue) = (self.detector.clone(), self.queue.clone());
            detector.usage = Usage::Normal;
            *self = Self { detector, queue, ..Self::new() };
            return;
        }
        let origin = *self.origin.get_or_insert(group.last_arrival);
        let at = group.last_arrival.millis_since(origin);
        self.groups = self.groups.saturating_add(1);
        self.accumulated += arrived - sent;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.accumulated;
        self.line.push_back((at, self.smoothed));
        if self.line.len() > WINDOW {
            self.line.pop_front();
        }
        if self.line.len() == WINDOW {
            let trend = slope(&self.line) * f64::from(self.groups).min(MAX_WEIGHT) * GAIN;
            self.detector.detect(at, sent, trend);
        }
    }
}

impl Queue {
    const fn new() -> Self {
        Self { origin: None, best: f64::MAX, former_best: f64::MAX, waiting: 0.0 }
    }

    fn handle_group(&mut self, group: &Group) {
        // The first packet of a group does not wait for the others of its picture.
        let (sent, arrived) = (group.first_sent, group.first_arrival);
        let (sent_at, arrived_at) = *self.origin.get_or_insert((sent, arrived));
        let since = sent.saturating_duration_since(sent_at);
        let delay = arrived.millis_since(arrived_at) - millis(since);
        self.best = self.best.min(delay);
        let waits = delay - self.best.min(self.former_best);
        self.waiting = SMOOTHING * self.waiting + (1.0 - SMOOTHING) * waits;
        if since > BEST_FOR {
            // The way that this group took counts as none from here on.
            self.origin = Some((sent, arrived));
            self.former_best = self.best - delay;
            self.best = 0.0;
        }
    }
}

impl Group {
    /// Whether a packet belongs to the group: it left with it, or was held up together with it.
    fn takes(&self, sent: Instant, arrival: ArrivalTime) -> bool {
        if sent.saturating_duration_since(self.first_sent) <= BURST {
            return true;
        }
        let behind = arrival.millis_since(self.last_arrival);
        let spread = millis(sent.saturating_duration_since(self.last_sent));
        let held_up = behind <= HELD_UP_MILLIS && behind < spread;
        // Without an end, a queue would be one group for as long as it empties.
        held_up && arrival.millis_since(self.first_arrival) < 100.0
    }
}

impl Detector {
    fn detect(&mut self, at: f64, spacing: f64, trend: f64) {
        if trend > self.threshold {
            let above_for = self.above_for.map_or(spacing / 2.0, |above| above + spacing);
            self.above_for = Some(above_for);
            self.crossings = self.crossings.saturating_add(1);
            if above_for > OVERUSE_MILLIS && self.crossings > 1 && trend >= self.former {
                self.above_for = Some(0.0);
                self.crossings = 0;
                self.usage = Usage::Over;
            }
        } else {
            self.above_for = None;
            self.crossings = 0;
            self.usage = if trend < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.former = trend;
        self.adapt(at, trend);
    }

    fn adapt(&mut self, at: f64, trend: f64) {
        let since = self.threshold_at.map_or(0.0, |last| (at - last).clamp(0.0, 100.0));
        self.threshold_at = Some(at);
        let distance = trend.abs() - self.threshold;
        if distance > OUTLIER {
            return;
        }
        let pace = if distance < 0.0 { FALL } else { RISE };
        let threshold = self.threshold + pace * distance * since;
        self.threshold = threshold.clamp(MIN_THRESHOLD, MAX_THRESHOLD);
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

/// The slope of the line that fits best, by least squares.
fn slope(line: &VecDeque<(f64, f64)>) -> f64 {
    let count = f64::from(u32::try_from(line.len()).unwrap_or(u32::MAX));
    let (x_sum, y_sum) = line.iter().fold((0.0, 0.0), |(xs, ys), (x, y)| (xs + x, ys + y));
    let (x_mean, y_mean) = (x_sum / count, y_sum / count);
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (x, y) in line {
        covariance += (x - x_mean) * (y - y_mean);
        variance += (x - x_mean) * (x - x_mean);
    }
    if variance > 0.0 { covariance / variance } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    /// Sends a packet every 20 ms over a path that adds the given delays, in ticks of 250 µs.
    fn usages(delays: impl IntoIterator<Item = i64>) -> Vec<Usage> {
        let (mut trend, start) = (DelayTrend::new(), start());
        let mut usages = Vec::new();
        for (number, delay) in (0_u32..).zip(delays) {
            let sent = start + Duration::from_millis(20) * number;
            let arrival = 200 + i64::from(number) * 80 + delay;
            trend.handle_packet(sent, ArrivalTime::from_ticks(arrival));
            usages.push(trend.usage());
        }
        usages
    }

    #[test]
    fn a_path_that_keeps_its_delay_is_used_normally() {
        assert!(usages([120; 500]).iter().all(|usage| *usage == Usage::Normal));
    }

    #[test]
    fn jitter_alone_is_no_queue() {
        let jitter =
            (0..2_000_u32).map(|number| i64::from(number.wrapping_mul(2_654_435_761) >> 28) * 2);
        let over = usages(jitter).into_iter().filter(|usage| *usage == Usage::Over).count();
        assert_eq!(over, 0);
    }

    #[test]
    fn a_growing_queue_is_found_while_it_stands_and_when_it_empties() {
        let grows = (0..60).map(|number| number * 16);
        let stays = std::iter::repeat_n(960, 200);
        let empties = (0..60).map(|number| 960 - number * 16);
        let calm = std::iter::repeat_n(0, 40);
        let found = usages(calm.chain(grows).chain(stays).chain(empties));
        let first = |wanted| found.iter().position(|usage| *usage == wanted);
        let over = first(Usage::Over).expect("the queue is found");
        assert!((40..65).contains(&over), "found after {over} packets");
        let standing = found[120..280].iter().filter(|usage| **usage == Usage::Over).count();
        assert!(standing > 100, "a queue that stays is found in {standing} packets");
        let under = first(Usage::Under).expect("the emptying is found");
        assert!(under >= 300, "found after {under} packets");
    }
}
