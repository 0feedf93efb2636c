//! What a running meeting asks of the heap.

use carillon_frame::FRAME_DURATION;
use carillon_mixer::{ListenerId, Mixer, MixerConfig, Output, SourceId};
use carillon_testkit::alloc::allocations_in;
use carillon_testkit::clock::VirtualClock;

use crate::room::{Sent, TONES, Voice};

/// More packets than the jitter buffer has slots, so that each has seen one.
const WARM_UP: usize = 50;

#[test]
fn a_tick_allocates_nothing_after_warm_up() {
    let mut clock = VirtualClock::start();
    let mut mixer = Mixer::new(clock.now(), MixerConfig::default());
    let mut voices: Vec<_> = TONES.into_iter().map(Voice::new).collect();
    for id in 0..5 {
        mixer.add_source(SourceId(id)).unwrap();
        mixer.add_listener(ListenerId(id), &[SourceId(id)]).unwrap();
    }
    let spoken: Vec<Vec<Sent>> =
        (0..150).map(|_| voices.iter_mut().map(Voice::next_packet).collect()).collect();
    let (warm_up, steady) = spoken.split_at(WARM_UP);
    let mut play = |frames: &[Vec<Sent>]| {
        let mut bytes = 0;
        for packets in frames {
            for (id, sent) in (0..).zip(packets) {
                mixer.handle_packet(clock.now(), SourceId(id), sent.packet()).unwrap();
            }
            mixer.handle_timeout(clock.now());
            while let Output::Frame(frame) = mixer.poll_output() {
                bytes += frame.payload.len();
            }
            clock.advance(FRAME_DURATION);
        }
        bytes
    };
    assert_eq!(allocations_in(|| drop(std::hint::black_box(Box::new(0)))), 1, "nothing is counted");
    assert!(play(warm_up) > 0);
    let mut bytes = 0;
    assert_eq!(allocations_in(|| bytes = play(steady)), 0);
    assert!(bytes > 5 * 100 * 20, "{bytes} bytes of sound");
}
