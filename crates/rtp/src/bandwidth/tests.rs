//! A sender, a receiver and a queue between them, in virtual time.

use std::collections::VecDeque;

use carillon_frame::Ssrc;

use super::*;
use crate::FeedbackRecorder;

const MILLI: Duration = Duration::from_millis(1);

/// A path with a queue in front of its narrowest place.
struct Path {
    now: Instant,
    start: Instant,
    capacity: Bitrate,
    delay: Duration,
    /// How long the queue may get; what does not fit is lost.
    room: Duration,
    /// Every nth packet is lost beside that.
    loses: Option<u64>,
    free_at: Instant,
    travelling: VecDeque<(Instant, SeqNo)>,
    returning: VecDeque<(Instant, TransportFeedback)>,
    receiver: FeedbackRecorder,
    estimator: BandwidthEstimator,
    sent: u64,
    longest_queue: Duration,
}

impl Path {
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn new(kbps: u32) -> Self {
        let start = Instant::now();
        Self {
            now: start,
            start,
            capacity: Bitrate::from_kbps(kbps),
            delay: Duration::from_millis(25),
            room: Duration::from_millis(400),
            loses: None,
            free_at: start,
            travelling: VecDeque::new(),
            returning: VecDeque::new(),
            receiver: FeedbackRecorder::new(Ssrc(1)),
            estimator: BandwidthEstimator::new(),
            sent: 0,
            longest_queue: Duration::ZERO,
        }
    }

    fn send(&mut self, octets: usize) {
        let seq = self.estimator.handle_sent(self.now, octets);
        self.sent += 1;
        let queue = self.free_at.saturating_duration_since(self.now);
        if queue > self.room || self.loses.is_some_and(|nth| self.sent.is_multiple_of(nth)) {
            return;
        }
        self.longest_queue = self.longest_queue.max(queue);
        let takes = Duration::from_micros(octets as u64 * 8_000_000 / self.capacity.bps());
        self.free_at = self.free_at.max(self.now) + takes;
        self.travelling.push_back((self.free_at + self.delay, seq));
    }

    fn step(&mut self) {
        while let Some((at, seq)) =
            self.travelling.front().copied().filter(|(at, _)| *at <= self.now)
        {
            self.travelling.pop_front();
            self.receiver.handle_packet(at, Ssrc(2), seq);
        }
        while let Some(feedback) = self.receiver.poll_feedback(self.now) {
            self.returning.push_back((self.now + self.delay, feedback));
        }
        while let Some((_, feedback)) = self.returning.pop_front_if(|(at, _)| *at <= self.now) {
            self.estimator.handle_feedback(self.now, &feedback);
        }
        while let Some(octets) = self.estimator.poll_padding(self.now) {
            for _ in 0..octets / 255 {
                self.send(255 + 30);
            }
        }
        self.now += MILLI;
    }

    /// Lets an encoder with 25 pictures a second follow the limit, up to its own; returns what it sent last.
    fn run(&mut self, seconds: u64, encoder: Bitrate) -> Bitrate {
        self.estimator.set_goal(encoder.percent(120));
        let end = self.now + Duration::from_secs(seconds);
        let mut rate = encoder;
        while self.now < end {
            let elapsed = self.now.saturating_duration_since(self.start).as_millis();
            if elapsed.is_multiple_of(40) {
                rate = self.estimator.limit().map_or(encoder, |limit| limit.min(encoder));
                let octets = rate.octets_in(Duration::from_millis(40));
                for _ in 0..octets / 1_000 {
                    self.send(1_000);
                }
                self.send(usize::try_from(octets % 1_000).unwrap().max(50));
            }
            self.step();
        }
        rate
    }
}

const CAMERA: Bitrate = Bitrate::from_kbps(1_500);

#[test]
fn a_wide_path_shows_no_limit_and_is_known_to_take_what_is_wanted() {
    let mut path = Path::new(50_000);
    assert_eq!(path.run(10, Bitrate::from_kbps(6_000)).kbps(), 6_000);
    assert_eq!(path.estimator.limit(), None);
    assert!(path.estimator.estimate().kbps() >= 6_000);
}

#[test]
fn a_narrow_path_is_found_in_two_seconds_and_used_well() {
    let mut path = Path::new(600);
    path.run(2, CAMERA);
    assert!(path.estimator.limit().expect("a limit is found") < path.capacity);
    path.run(10, CAMERA);
    path.longest_queue = Duration::ZERO;
    let mut sum = 0;
    for _ in 0..20 {
        sum += path.run(1, CAMERA).kbps();
    }
    let share = sum * 100 / 20 / path.capacity.kbps();
    assert!((70..=105).contains(&share), "{share} % of the path are used");
    assert!(path.longest_queue < Duration::from_millis(250), "{:?}", path.longest_queue);
}

#[test]
fn a_path_that_recovers_is_used_again_within_fifteen_seconds() {
    let mut path = Path::new(2_500);
    assert!(path.run(5, CAMERA) == CAMERA);
    path.capacity = Bitrate::from_kbps(600);
    assert!(path.run(2, CAMERA).kbps() < 600);
    path.run(10, CAMERA);
    path.capacity = Bitrate::from_kbps(2_500);
    let recovered = path.run(15, CAMERA);
    assert!(recovered == CAMERA, "{recovered:?}");
}

#[test]
fn a_tenth_lost_on_the_way_holds_nothing_back() {
    let mut path = Path::new(10_000);
    path.loses = Some(10);
    assert_eq!(path.run(20, CAMERA), CAMERA);
}

#[test]
fn a_policer_that_drops_what_is_too_much_is_respected() {
    let mut path = Path::new(600);
    path.room = Duration::from_millis(5);
    path.run(5, CAMERA);
    let rate = path.run(10, CAMERA);
    assert!(rate.kbps() < 900, "{rate:?}");
}

#[test]
fn feedback_about_nothing_that_was_sent_changes_nothing() {
    let mut path = Path::new(1_000);
    let before = path.estimator.estimate();
    for base in [0, 1, 40_000, u16::MAX] {
        let feedback = TransportFeedback {
            sender: Ssrc(1),
            media: Ssrc(2),
            base: SeqNo(base),
            reference_time: 0x00ff_ffff,
            count: 0,
            arrivals: vec![Some(crate::rtcp::ArrivalDelta(i16::MIN)); 500],
        };
        path.estimator.handle_feedback(path.now, &feedback);
    }
    assert_eq!((path.estimator.estimate(), path.estimator.limit()), (before, None));
}

#[test]
fn a_receiver_that_falls_silent_amid_a_run_is_not_waited_for() {
    let mut path = Path::new(10_000);
    path.estimator.set_goal(Bitrate::from_kbps(20_000));
    path.run(1, CAMERA);
    path.estimator.set_goal(Bitrate::from_kbps(20_000));
    path.capacity = Bitrate::from_bps(1);
    for _ in 0..10_000 {
        path.step();
        assert!(path.estimator.timeout().is_none_or(|at| at >= path.now - MILLI));
    }
    assert_eq!(path.estimator.timeout(), None);
}
