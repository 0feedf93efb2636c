//! When frames are made.

use carillon_frame::{FRAME_DURATION, MediaTime};
use carillon_mixer::{ListenerId, Mixer, MixerConfig, Output};
use carillon_testkit::clock::VirtualClock;
use carillon_testkit::network::LinkConfig;

use crate::room::{Room, milliseconds};

#[test]
fn silence_is_sent_fifty_times_a_second_to_everybody() {
    let mut room = Room::of(2);
    room.talk_as(100, |_| Vec::new());
    for ear in room.ears.values() {
        assert_eq!(ear.frames.len(), 100);
        let steps = ear.timestamps.windows(2).map(|pair| pair[1].distance_from(pair[0]));
        assert!(steps.eq(std::iter::repeat_n(960, 99)));
    }
}

#[test]
fn whoever_joins_late_gets_frames_from_the_next_tick_on() {
    let mut room = Room::of(1);
    room.talk(10);
    room.join(1, LinkConfig::default());
    room.talk(10);
    let late = &room.ears[&ListenerId(1)];
    assert_eq!(late.frames.len(), 10);
    assert_eq!(late.timestamps[0], MediaTime(10 * 960));
}

#[test]
fn whoever_leaves_gets_nothing_more_even_of_the_last_tick() {
    let mut room = Room::of(2);
    room.mixer.handle_timeout(room.clock.now());
    room.mixer.remove_listener(ListenerId(1));
    room.listen();
    assert!(!room.ears.contains_key(&ListenerId(1)));
    assert!(room.ears.contains_key(&ListenerId(0)));
}

#[test]
fn lateness_never_adds_up() {
    let mut clock = VirtualClock::start();
    let start = clock.now();
    let mut mixer = Mixer::new(start, MixerConfig::default());
    for tick in 1..=1_000 {
        mixer.handle_timeout(clock.now());
        assert_eq!(mixer.poll_output(), Output::Timeout(Some(start + FRAME_DURATION * tick)));
        clock.advance_to(start + FRAME_DURATION * tick + milliseconds(u64::from(tick) % 7));
    }
    assert_eq!(mixer.stats().ticks, 1_000);
}

#[test]
fn a_call_before_its_time_does_nothing() {
    let mut room = Room::of(1);
    room.talk(1);
    room.clock = VirtualClock::start();
    let mut mixer = Mixer::new(room.clock.now(), MixerConfig::default());
    mixer.handle_timeout(room.clock.now());
    mixer.handle_timeout(room.clock.advance(milliseconds(19)));
    assert_eq!(mixer.stats().ticks, 1);
}

#[test]
fn a_short_stall_is_made_up_for_frame_by_frame() {
    let mut room = Room::of(1);
    room.talk(10);
    room.clock.advance(milliseconds(60));
    let now = room.clock.now();
    let mut calls = 0;
    while room.listen().is_some_and(|deadline| deadline <= now) {
        room.mixer.handle_timeout(now);
        calls += 1;
    }
    assert_eq!(calls, 4);
    assert_eq!(room.ears[&ListenerId(0)].frames.len(), 14);
    assert_eq!(room.mixer.stats().ticks_given_up, 0);
}

#[test]
fn after_a_long_stall_time_is_given_up_and_timestamps_tell_it() {
    let mut room = Room::of(1);
    room.talk(10);
    room.clock.advance(milliseconds(2_000));
    let now = room.clock.now();
    while room.listen().is_some_and(|deadline| deadline <= now) {
        room.mixer.handle_timeout(now);
    }
    let ear = &room.ears[&ListenerId(0)];
    assert_eq!(ear.frames.len(), 15);
    assert_eq!(room.mixer.stats().ticks_given_up, 96);
    assert_eq!(ear.timestamps.last(), Some(&MediaTime(110 * 960)));
}

#[test]
fn frames_nobody_fetches_make_way_for_the_next() {
    let mut room = Room::of(2);
    room.mixer.handle_timeout(room.clock.now());
    room.mixer.handle_timeout(room.clock.advance(FRAME_DURATION));
    room.listen();
    assert_eq!(room.ears[&ListenerId(0)].timestamps, [MediaTime(960)]);
    assert_eq!(room.mixer.stats().frames_unfetched, 2);
}
