use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const MAX_REMEMBERED: usize = MAX_COVERED as usize + REORDER_WINDOW as usize;

const MEDIA: Ssrc = Ssrc(77);

#[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
fn start() -> Instant {
    Instant::now()
}

fn recorder() -> FeedbackRecorder {
    FeedbackRecorder::new(Ssrc(1))
}

/// What the sender of the packets learns: each number with its arrival in ticks, or none.
fn learn(feedback: &TransportFeedback) -> Vec<(SeqNo, Option<u32>)> {
    let mut ticks = feedback.reference_time * TICKS_PER_REFERENCE;
    let mut seq = feedback.base;
    let mut learned = Vec::new();
    for arrival in &feedback.arrivals {
        if let Some(ArrivalDelta(delta)) = arrival {
            ticks = ticks.wrapping_add_signed(i32::from(*delta));
        }
        learned.push((seq, arrival.map(|_| ticks)));
        seq = seq.next();
    }
    learned
}

#[test]
fn feedback_waits_for_its_interval_and_tells_losses() {
    let (mut recorder, t0) = (recorder(), start());
    for (seq, at) in [(65_534, 0), (65_535, 5), (1, 11)] {
        recorder.handle_packet(t0 + Duration::from_millis(at), MEDIA, SeqNo(seq));
    }
    assert_eq!(recorder.poll_feedback(t0 + Duration::from_millis(49)), None);
    let due = recorder.timeout().unwrap();
    assert_eq!(due, t0 + FEEDBACK_INTERVAL);
    let feedback = recorder.poll_feedback(due).unwrap();
    assert_eq!((feedback.sender, feedback.media, feedback.count), (Ssrc(1), MEDIA, 0));
    let expected = [(65_534, Some(0)), (65_535, Some(20)), (0, None), (1, Some(44))]
        .map(|(s, t)| (SeqNo(s), t));
    assert_eq!(learn(&feedback), expected);
    assert_eq!(recorder.timeout(), None);
    assert_eq!(recorder.poll_feedback(due), None);
}

#[test]
fn a_loss_between_two_feedbacks_is_told_by_the_second() {
    let (mut recorder, t0) = (recorder(), start());
    recorder.handle_packet(t0, MEDIA, SeqNo(10));
    assert!(recorder.poll_feedback(t0 + FEEDBACK_INTERVAL).is_some());
    let later = t0 + Duration::from_millis(100);
    recorder.handle_packet(later, MEDIA, SeqNo(13));
    let feedback = recorder.poll_feedback(later + FEEDBACK_INTERVAL).unwrap();
    assert_eq!((feedback.base, feedback.count), (SeqNo(11), 1));
    let learned = learn(&feedback);
    assert_eq!(learned, [(11, None), (12, None), (13, Some(400))].map(|(s, t)| (SeqNo(s), t)));
}

#[test]
fn a_late_packet_is_told_again_with_those_behind_it() {
    let (mut recorder, t0) = (recorder(), start());
    recorder.handle_packet(t0, MEDIA, SeqNo(1));
    recorder.handle_packet(t0, MEDIA, SeqNo(3));
    assert!(recorder.poll_feedback(t0 + FEEDBACK_INTERVAL).is_some());
    let late = t0 + Duration::from_millis(60);
    recorder.handle_packet(late, MEDIA, SeqNo(2));
    let feedback = recorder.poll_feedback(late + FEEDBACK_INTERVAL).unwrap();
    assert_eq!(learn(&feedback), [(SeqNo(2), Some(240)), (SeqNo(3), Some(0))]);
}

#[test]
fn a_duplicate_keeps_its_first_arrival() {
    let (mut recorder, t0) = (recorder(), start());
    recorder.handle_packet(t0, MEDIA, SeqNo(1));
    recorder.handle_packet(t0 + Duration::from_millis(9), MEDIA, SeqNo(1));
    let feedback = recorder.poll_feedback(t0 + FEEDBACK_INTERVAL).unwrap();
    assert_eq!(learn(&feedback), [(SeqNo(1), Some(0))]);
    recorder.handle_packet(t0 + FEEDBACK_INTERVAL, MEDIA, SeqNo(1));
    assert_eq!(recorder.timeout(), None);
}

#[test]
fn a_jump_keeps_the_newest_packets_and_bounded_memory() {
    let (mut recorder, t0) = (recorder(), start());
    recorder.handle_packet(t0, MEDIA, SeqNo(0));
    recorder.handle_packet(t0, MEDIA, SeqNo(30_000));
    assert!(recorder.arrivals.len() <= MAX_REMEMBERED);
    let feedback = recorder.poll_feedback(t0 + FEEDBACK_INTERVAL).unwrap();
    assert_eq!(learn(&feedback).last(), Some(&(SeqNo(30_000), Some(0))));
    assert_eq!(feedback.arrivals.len(), usize::from(MAX_COVERED));
}

#[test]
fn numbers_are_followed_after_a_silence_of_half_their_space() {
    let (mut recorder, t0) = (recorder(), start());
    recorder.handle_packet(t0, MEDIA, SeqNo(0));
    recorder.poll_feedback(t0 + FEEDBACK_INTERVAL).unwrap();
    let later = t0 + Duration::from_secs(70);
    recorder.handle_packet(later, MEDIA, SeqNo(40_000));
    let feedback = recorder.poll_feedback(later + FEEDBACK_INTERVAL).unwrap();
    assert_eq!(learn(&feedback), [(SeqNo(40_000), Some(280_000))]);
}

#[test]
fn arrivals_too_far_apart_for_a_delta_are_told_in_two_parts() {
    let (mut recorder, t0) = (recorder(), start());
    for (seq, seconds) in [(1, 0), (2, 4), (4, 8), (3, 12)] {
        recorder.handle_packet(t0 + Duration::from_secs(seconds), MEDIA, SeqNo(seq));
    }
    let now = t0 + Duration::from_secs(13);
    let mut told = BTreeMap::new();
    while let Some(feedback) = recorder.poll_feedback(now) {
        told.extend(learn(&feedback).into_iter().map(|(seq, at)| (seq.0, at)));
    }
    let seconds = |seconds: u32| Some(seconds * 4_000);
    let expected = [(1, seconds(0)), (2, seconds(4)), (3, seconds(12)), (4, seconds(8))];
    assert_eq!(told, expected.into());
}

proptest! {
    #[test]
    fn every_arrival_in_the_window_is_told_once_at_its_time(
        first in any::<u16>(),
        steps in prop::collection::vec((0_u16..40, 0_u16..30, 0_u64..20_000), 1..300),
    ) {
        let (mut recorder, t0) = (recorder(), start());
        let mut now = t0;
        let mut head = SeqNo(first);
        let mut arrived: BTreeMap<u16, u32> = BTreeMap::from([(first, 0)]);
        recorder.handle_packet(t0, MEDIA, head);
        let mut told: BTreeMap<u16, u32> = BTreeMap::new();
        for (forward, back, micros) in steps {
            now += Duration::from_micros(micros);
            head = head.wrapping_add(forward);
            let seq = if back < 20 { head } else { SeqNo(head.0.wrapping_sub(back)) };
            let ticks = u32::try_from((now - t0).as_micros() / 250).unwrap();
            arrived.entry(seq.0).or_insert(ticks);
            recorder.handle_packet(now, MEDIA, seq);
            while let Some(feedback) = recorder.poll_feedback(now) {
                prop_assert!(feedback.arrivals.len() <= usize::from(MAX_COVERED));
                for (seq, at) in learn(&feedback) {
                    if let Some(at) = at {
                        prop_assert_eq!(*told.entry(seq.0).or_insert(at), at);
                    }
                }
            }
            prop_assert!(recorder.arrivals.len() <= MAX_REMEMBERED);
        }
        let end = now + FEEDBACK_INTERVAL;
        while let Some(feedback) = recorder.poll_feedback(end) {
            told.extend(learn(&feedback).into_iter().filter_map(|(seq, at)| Some((seq.0, at?))));
        }
        // A step back at the very start may lie below the window; all else is told.
        arrived.retain(|seq, _| SeqNo(*seq).distance_from(SeqNo(first)) >= 0);
        told.retain(|seq, _| SeqNo(*seq).distance_from(SeqNo(first)) >= 0);
        prop_assert_eq!(told, arrived);
    }

    #[test]
    fn any_numbers_at_any_time_keep_memory_bounded(
        packets in prop::collection::vec((any::<u16>(), 0_u64..7_000), 1..200),
    ) {
        let (mut recorder, mut now) = (recorder(), start());
        for (seq, pause) in packets {
            now += Duration::from_millis(pause);
            recorder.handle_packet(now, MEDIA, SeqNo(seq));
            prop_assert!(recorder.arrivals.len() <= MAX_REMEMBERED);
            let polls = std::iter::from_fn(|| recorder.poll_feedback(now)).take(600).count();
            prop_assert!(polls < 600, "feedback must run dry");
        }
    }
}
