use std::collections::BTreeSet;

use carillon_frame::MediaTime;
use carillon_testkit::clock::VirtualClock;
use proptest::prelude::*;

use super::*;

/// The delay that buffers have by default.
const DELAY: Duration = Duration::from_millis(40);

const FRAME: Duration = Duration::from_millis(20);

/// A buffer, asked once a frame.
struct Rig {
    buffer: JitterBuffer,
    clock: VirtualClock,
}

impl Rig {
    fn new() -> Self {
        Self::of(JitterConfig::default())
    }

    fn of(config: JitterConfig) -> Self {
        Self { buffer: JitterBuffer::new(config), clock: VirtualClock::start() }
    }

    /// A rig that plays, with three packets to come: numbers below `next` are pushed.
    fn playing(next: u16) -> Self {
        let mut rig = Self::new();
        (0..3).for_each(|seq| rig.push(seq));
        rig.clock.advance(DELAY);
        for seq in 3..next {
            assert_eq!(rig.played(), Some(seq - 3));
            rig.push(seq);
        }
        rig
    }

    fn push(&mut self, seq: u16) {
        self.push_at(seq, u32::from(seq) * 960);
    }

    fn push_at(&mut self, seq: u16, timestamp: u32) {
        self.buffer.push(self.clock.now(), packet(seq, timestamp));
    }

    /// Asks once and lets a frame pass.
    fn pop(&mut self) -> Playout<'_> {
        self.clock.advance(FRAME);
        self.buffer.pop(self.clock.now())
    }

    fn skip(&mut self, frames: usize) {
        for _ in 0..frames {
            self.pop();
        }
    }

    fn played(&mut self) -> Option<u16> {
        match self.pop() {
            Playout::Packet(packet) => Some(packet.seq.0),
            Playout::Fec { .. } | Playout::Conceal { .. } | Playout::Empty => None,
        }
    }
}

fn packet(seq: u16, timestamp: u32) -> TimedPayload<'static> {
    let timestamp = MediaTime(timestamp);
    TimedPayload { seq: SeqNo(seq), timestamp, ticks: 960, repeats: true, payload: b"sound" }
}

#[test]
fn the_first_packet_waits_for_the_delay() {
    let mut rig = Rig::new();
    rig.push(7);
    assert_eq!(rig.pop(), Playout::Empty);
    assert_eq!(rig.pop(), Playout::Packet(packet(7, 7 * 960)));
}

#[test]
fn packets_are_played_in_order_however_they_arrive() {
    let mut rig = Rig::playing(3);
    [4, 3, 5].into_iter().for_each(|seq| rig.push(seq));
    let played: Vec<_> = (0..6).map(|_| rig.played()).collect();
    assert_eq!(played, [0, 1, 2, 3, 4, 5].map(Some));
}

#[test]
fn a_packet_reordered_before_the_first_one_is_played_first() {
    let mut rig = Rig::new();
    rig.push(7);
    rig.push(6);
    rig.pop();
    assert_eq!([rig.played(), rig.played()], [Some(6), Some(7)]);
}

#[test]
fn numbers_and_timestamps_may_wrap() {
    let mut rig = Rig::new();
    let stamp = |n: u32| u32::MAX.wrapping_add(960 * n);
    (0..3).for_each(|n| rig.push_at(65_534_u16.wrapping_add(n), stamp(n.into())));
    rig.pop();
    let played: Vec<_> = (0..3).map(|_| rig.played()).collect();
    assert_eq!(played, [Some(65_534), Some(65_535), Some(0)]);
}

#[test]
fn a_duplicate_is_dropped() {
    let mut rig = Rig::playing(3);
    rig.push(2);
    assert_eq!(rig.buffer.stats().duplicates, 1);
}

#[test]
fn sound_that_comes_again_under_another_number_is_dropped() {
    let mut rig = Rig::playing(3);
    rig.push_at(3, 2 * 960);
    rig.push_at(4, 3 * 960);
    let played: Vec<_> = (0..4).map(|_| rig.played()).collect();
    assert_eq!(played, [Some(0), Some(1), Some(2), Some(4)]);
    assert_eq!(rig.buffer.stats().duplicates, 1);
}

#[test]
fn late_packet_is_dropped_after_playout() {
    let mut rig = Rig::playing(5);
    rig.push(1);
    assert_eq!(rig.buffer.stats().late, 1);
    assert_eq!(rig.played(), Some(2));
}

#[test]
fn one_lost_packet_is_repaired_from_the_next() {
    let mut rig = Rig::playing(3);
    rig.push(4);
    rig.skip(3);
    assert_eq!(rig.pop(), Playout::Fec { next_payload: b"sound", ticks: 960 });
    assert_eq!(rig.played(), Some(4));
    assert_eq!(rig.buffer.stats().missing, 1);
}

#[test]
fn a_lost_packet_that_the_next_does_not_repeat_is_concealed() {
    let mut rig = Rig::playing(3);
    let next = TimedPayload { repeats: false, ..packet(4, 4 * 960) };
    rig.buffer.push(rig.clock.now(), next);
    rig.skip(3);
    assert_eq!(rig.pop(), Playout::Conceal { ticks: 960 });
    assert_eq!(rig.pop(), Playout::Packet(next));
}

#[test]
fn a_lost_packet_that_comes_after_its_repair_is_not_heard_again() {
    let mut rig = Rig::playing(3);
    rig.push(4);
    rig.skip(4);
    rig.push(3);
    assert_eq!(rig.played(), Some(4));
}

#[test]
fn of_two_lost_packets_the_first_is_concealed_and_the_second_repaired() {
    let mut rig = Rig::playing(3);
    rig.push(5);
    rig.skip(3);
    assert_eq!(rig.pop(), Playout::Conceal { ticks: 960 });
    assert_eq!(rig.pop(), Playout::Fec { next_payload: b"sound", ticks: 960 });
    assert_eq!(rig.played(), Some(5));
}

#[test]
fn a_copy_takes_the_place_of_a_lost_packet() {
    let mut rig = Rig::playing(3);
    rig.push(4);
    rig.buffer.push_copy(rig.clock.now(), packet(3, 3 * 960), 960);
    rig.buffer.push_copy(rig.clock.now(), packet(2, 2 * 960), 1_920);
    let played: Vec<_> = (0..5).map(|_| rig.played()).collect();
    assert_eq!(played, [0, 1, 2, 3, 4].map(Some));
    assert_eq!(rig.buffer.stats().restored, 1);
    assert_eq!(rig.buffer.stats().duplicates, 0);
}

#[test]
fn a_packet_that_is_only_late_is_heard_after_concealment_and_the_delay_grows() {
    let mut rig = Rig::playing(3);
    rig.skip(3);
    assert_eq!(rig.pop(), Playout::Conceal { ticks: 960 });
    rig.push(3);
    assert_eq!(rig.played(), Some(3));
}

#[test]
fn what_was_concealed_while_nothing_was_there_is_not_concealed_again() {
    let mut rig = Rig::playing(3);
    rig.skip(3);
    assert_eq!(rig.pop(), Playout::Conceal { ticks: 960 });
    rig.push(4);
    assert_eq!(rig.played(), Some(4));
}

#[test]
fn a_sender_that_stops_is_concealed_for_a_while_and_then_silent() {
    let mut rig = Rig::playing(3);
    rig.skip(3);
    let concealed = (0..20).filter(|_| rig.pop() != Playout::Empty).count();
    assert_eq!(concealed, 5);
    rig.push(3);
    assert_eq!(rig.pop(), Playout::Empty);
    assert_eq!(rig.played(), Some(3));
}

#[test]
fn padding_is_no_loss() {
    let mut rig = Rig::playing(3);
    rig.buffer.push_padding(SeqNo(3));
    rig.push_at(4, 3 * 960);
    let played: Vec<_> = (0..4).map(|_| rig.played()).collect();
    assert_eq!(played, [Some(0), Some(1), Some(2), Some(4)]);
    assert_eq!(rig.buffer.stats().missing, 0);
}

#[test]
fn a_short_pause_of_the_sender_is_filled_and_is_no_loss() {
    let mut rig = Rig::playing(3);
    rig.push_at(3, 5 * 960);
    rig.skip(3);
    assert_eq!(rig.pop(), Playout::Conceal { ticks: 960 });
    assert_eq!(rig.pop(), Playout::Conceal { ticks: 960 });
    assert_eq!(rig.played(), Some(3));
    assert_eq!(rig.buffer.stats().missing, 0);
}

#[test]
fn a_jump_of_timestamps_is_not_waited_out() {
    let mut rig = Rig::playing(3);
    rig.push_at(3, 900_000);
    rig.push_at(4, 900_960);
    assert_eq!([rig.played(), rig.played()], [Some(3), Some(4)]);
}

#[test]
fn a_restarted_sender_is_followed_after_two_packets_in_a_row() {
    let mut rig = Rig::playing(10);
    rig.push(40_000);
    assert_eq!(rig.played(), Some(7), "one stray packet changes nothing");
    rig.push(40_001);
    rig.push(40_002);
    rig.pop();
    assert_eq!([rig.played(), rig.played()], [Some(40_001), Some(40_002)]);
    assert_eq!(rig.buffer.stats().restarts, 1);
}

#[test]
fn numbering_that_goes_on_after_a_long_outage_is_followed_at_once() {
    let mut rig = Rig::playing(10);
    rig.push(500);
    rig.pop();
    assert_eq!(rig.played(), Some(500));
}

#[test]
fn a_burst_is_cut_down_to_the_delay() {
    let mut rig = Rig::playing(3);
    (3..20).for_each(|seq| rig.push(seq));
    assert_eq!(rig.played(), Some(18));
    assert_eq!(rig.buffer.stats().skipped, 18);
}

#[test]
fn a_reset_buffer_takes_any_number_as_its_first() {
    let mut rig = Rig::playing(10);
    rig.buffer.reset();
    assert_eq!(rig.pop(), Playout::Empty);
    rig.push(3);
    rig.pop();
    assert_eq!(rig.played(), Some(3));
}

#[test]
fn sound_is_played_slower_until_what_is_decided_next_has_waited_for_repair() {
    let mut rig = Rig::of(JitterConfig::ADAPTIVE);
    for seq in 2..58 {
        if seq % 10 != 9 {
            rig.push(seq);
            // Of what was before the first packet there is no copy, which would be played first.
            let copied = seq.saturating_sub(2).max(2);
            let copy = TimedPayload { repeats: false, ..packet(copied, u32::from(copied) * 960) };
            rig.buffer.push_copy(rig.clock.now(), copy, 1_920);
        }
        rig.pop();
    }
    // The sound that is played has waited for 20 ms, and copies come 40 ms late. A part of a frame that is decoded helps nothing.
    let paces = [960, 1_919, 2_880, 4_800].map(|queued| rig.buffer.pace(rig.clock.now(), queued));
    assert_eq!(paces, [Pace::Slower, Pace::Slower, Pace::Even, Pace::Faster]);
}

/// Plays ten minutes of a sender whose clock is off and returns the largest depth and the longest stretch without a packet.
fn drift(microseconds_a_frame: u64) -> (u16, u32) {
    let mut rig = Rig::new();
    let start = rig.clock.now();
    let (mut sent, mut deepest, mut gap, mut longest_gap) = (0_u16, 0, 0, 0);
    for _ in 0..30_000 {
        let elapsed = (rig.clock.now() - start).as_micros();
        while u128::from(sent) * u128::from(microseconds_a_frame) <= elapsed {
            rig.push(sent);
            sent += 1;
        }
        match rig.played() {
            Some(seq) => {
                deepest = deepest.max(sent - seq);
                gap = 0;
            }
            None => gap += 1,
        }
        longest_gap = longest_gap.max(gap);
    }
    (deepest, longest_gap)
}

#[test]
fn a_fast_clock_never_fills_the_buffer() {
    let (deepest, longest_gap) = drift(19_990);
    assert!(deepest <= 7, "{deepest} packets deep");
    assert!(longest_gap <= 2, "{longest_gap} frames without a packet");
}

#[test]
fn a_slow_clock_costs_single_frames() {
    let (deepest, longest_gap) = drift(20_010);
    assert!(deepest <= 7, "{deepest} packets deep");
    assert!(longest_gap <= 2, "{longest_gap} frames without a packet");
}

proptest! {
    #[test]
    fn playout_never_goes_backwards_and_repeats_nothing(
        arrivals in prop::collection::vec((0_u16..60, 0_usize..3), 1..300),
    ) {
        let mut rig = Rig::new();
        let mut last = None;
        let mut base = 0;
        for (offset, requests) in arrivals {
            base += 1;
            rig.push(base + offset);
            for _ in 0..requests {
                if let Some(seq) = rig.played() {
                    prop_assert!(last < Some(seq), "{last:?} then {seq}");
                    last = Some(seq);
                }
            }
        }
    }

    #[test]
    fn playout_of_adaptive_delay_never_goes_backwards_either(
        arrivals in prop::collection::vec((0_u16..100, 0_usize..3, any::<bool>()), 1..300),
    ) {
        let mut rig = Rig::of(JitterConfig::ADAPTIVE);
        let mut last = None;
        let mut base = 0;
        for (offset, requests, copied) in arrivals {
            base += 1;
            rig.push(base + offset);
            if copied {
                let copy = base + offset / 2;
                let behind = u32::from(offset - offset / 2) * 960;
                rig.buffer.push_copy(rig.clock.now(), packet(copy, u32::from(copy) * 960), behind);
            }
            for _ in 0..requests {
                if let Some(seq) = rig.played() {
                    prop_assert!(last < Some(seq), "{last:?} then {seq}");
                    last = Some(seq);
                }
                prop_assert!(rig.buffer.waiting(rig.clock.now(), 0).target <= Duration::from_secs(1));
            }
        }
    }

    #[test]
    fn any_packets_are_taken_without_panic_and_what_is_held_is_bounded(
        packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0_u32..6_000, 0_u64..60), 1..200),
    ) {
        let mut rig = Rig::new();
        for (seq, stamp, ticks, wait) in packets {
            let now = rig.clock.advance(Duration::from_millis(wait));
            if ticks % 7 == 0 {
                rig.buffer.push_padding(SeqNo(seq));
            } else {
                rig.buffer.push(now, TimedPayload { ticks, ..packet(seq, stamp) });
            }
            rig.buffer.push_copy(rig.clock.now(), packet(seq.wrapping_sub(1), stamp), stamp);
            rig.played();
        }
        let held = (0..200).filter(|_| rig.played().is_some()).count();
        prop_assert!(held as u64 <= FIXED_SLOTS, "{held}");
    }

    #[test]
    fn a_network_that_only_reorders_a_little_loses_nothing(
        keys in prop::collection::vec(0_u16..2, 30),
    ) {
        // Each packet may fall behind the one after it.
        let mut order: Vec<u16> = (0..30).collect();
        order.sort_by_key(|seq| seq * 2 + 3 * keys[usize::from(*seq)]);
        let mut rig = Rig::new();
        let mut played = BTreeSet::new();
        for seq in order {
            rig.push(seq);
            played.extend(rig.played());
        }
        played.extend((0..10).filter_map(|_| rig.played()));
        prop_assert_eq!(played.len(), 30);
    }
}
