//! What a listener hears of a voice that came through a bad network.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::f64::consts::TAU;
use std::time::Duration;

use carillon_frame::{AudioFrame, MediaTime, SeqNo};
use carillon_media::JitterConfig;
use carillon_media::pipeline::audio_receive::{AudioReceive, AudioReceiveStats};
use carillon_media::pipeline::audio_send::Redundancy;
use carillon_rtp::AudioFormat;
use carillon_testkit::clock::VirtualClock;
use carillon_testkit::ear::Ear;
use carillon_testkit::speech_path::{Caution, Faults, HeardSpeech, speech_path};
use carillon_testkit::tone::{SpeechNoise, Tone};
use proptest::prelude::*;

const HERTZ: u32 = 210;
const AMPLITUDE: i16 = 8_000;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn tone(seconds: usize) -> Vec<AudioFrame> {
    let mut tone = Tone::new(HERTZ.into(), AMPLITUDE);
    (0..seconds * 50).map(|_| tone.next_frame()).collect()
}

fn speech(seconds: usize) -> Vec<AudioFrame> {
    let mut voice = SpeechNoise::new(9, 10_000);
    (0..seconds * 50).map(|_| voice.next_frame()).collect()
}

fn through(voice: Vec<AudioFrame>, faults: Faults, caution: Caution, seed: u64) -> HeardSpeech {
    speech_path(voice, faults, caution, JitterConfig::ADAPTIVE, seed).unwrap()
}

fn last(heard: &HeardSpeech) -> AudioReceiveStats {
    *heard.stats.last().unwrap()
}

/// What share of the time sound was made up.
fn concealed(heard: &HeardSpeech) -> f64 {
    let played = heard.frames.len() as f64 * 0.02;
    // The last 160 ms behind the end of the voice are always made up.
    last(heard).concealed.saturating_sub(ms(160)).as_secs_f64() / played
}

/// The mean delay from the second second on.
fn delay(heard: &HeardSpeech) -> Duration {
    let delays: Vec<_> =
        heard.stats[100..heard.stats.len() - 110].iter().map(|s| s.delay).collect();
    delays.iter().sum::<Duration>() / u32::try_from(delays.len()).unwrap()
}

/// The largest step from one sample to the next while the tone lasts, as a multiple of what the tone itself does.
fn largest_step(heard: &HeardSpeech) -> f64 {
    let frames = &heard.frames[50..heard.frames.len() - 115];
    let samples: Vec<i16> = frames.iter().flat_map(|frame| *frame.samples()).collect();
    let step = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    f64::from(step) / (f64::from(AMPLITUDE) * TAU * f64::from(HERTZ) / 48_000.0)
}

#[test]
fn a_calm_network_costs_a_frame_or_two_and_nothing_else() {
    let heard = through(tone(20), Faults::default(), Caution::default(), 1);
    assert!(concealed(&heard) < 0.001, "{:?}", last(&heard));
    assert!((ms(20)..=ms(45)).contains(&delay(&heard)), "{:?}", delay(&heard));
    assert!(largest_step(&heard) < 1.2, "{}", largest_step(&heard));
    let tone = Ear::new(&[HERTZ]).hear_frames(&heard.frames[100..800]);
    assert!(tone.amplitude(HERTZ) > 7_500.0 && tone.rest < 200.0, "{tone:?}");
}

#[test]
fn jitter_is_waited_for_and_hardly_anything_is_made_up() {
    for seed in 0..3 {
        let faults = Faults { jitter: ms(20), ..Faults::default() };
        let heard = through(tone(40), faults, Caution::default(), seed);
        assert!(concealed(&heard) < 0.02, "{:?}", last(&heard));
        assert!((ms(50)..ms(110)).contains(&delay(&heard)), "{:?}", delay(&heard));
        assert!(largest_step(&heard) < 2.0, "{}", largest_step(&heard));
    }
}

#[test]
fn heavy_jitter_with_reordering_is_waited_for_as_well() {
    for seed in 0..3 {
        let faults = Faults { jitter: ms(40), reordering: 0.02, ..Faults::default() };
        let heard = through(tone(40), faults, Caution::default(), seed);
        assert!(concealed(&heard) < 0.05, "{:?}", last(&heard));
        assert!((ms(80)..ms(250)).contains(&delay(&heard)), "{:?}", delay(&heard));
    }
}

#[test]
fn single_losses_are_repaired_from_the_packets_behind_them() {
    let caution = Caution { expected_loss_percent: 10, ..Caution::default() };
    let heard = through(speech(60), Faults { loss: 0.1, ..Faults::default() }, caution, 1);
    let stats = last(&heard);
    assert!((200..400).contains(&stats.lost), "{stats:?}");
    // In the pauses of speech packets carry no coarse copies.
    assert!(stats.repaired * 2 > stats.concealed * 3, "{stats:?}");
    assert!(concealed(&heard) < 0.04, "{stats:?}");
}

#[test]
fn copies_restore_most_of_heavy_loss() {
    let caution = Caution { expected_loss_percent: 30, redundancy: Redundancy::TWO };
    let heard = through(speech(60), Faults { loss: 0.3, ..Faults::default() }, caution, 1);
    let stats = last(&heard);
    assert!(stats.restored * 10 > stats.lost * 8, "{stats:?}");
    assert!(concealed(&heard) < 0.04, "{stats:?}");
}

#[test]
fn repair_is_waited_for_while_packets_are_lost_and_not_for_long_after() {
    // Neither the next packet's copy nor the coarse one behind it helps against three losses in a row, nor the latter in pauses: 3 to 9 %.
    let caution = Caution { expected_loss_percent: 30, redundancy: Redundancy::ONE };
    let faults = Faults { loss: 0.3, calm_after: Some(ms(30_000)), ..Faults::default() };
    for seed in 0..3 {
        let heard = through(speech(60), faults, caution, seed);
        let at = |second: usize| heard.stats[second * 50];
        let made_up = at(29).concealed - at(5).concealed;
        assert!(made_up < ms(24_000) * 7 / 100, "{made_up:?}");
        let delay = |seconds: std::ops::Range<usize>| {
            let delays: Vec<_> = seconds.map(|second| at(second).delay).collect();
            delays.iter().sum::<Duration>() / u32::try_from(delays.len()).unwrap()
        };
        assert!((ms(45)..ms(80)).contains(&delay(5..29)), "{:?}", delay(5..29));
        assert!((ms(20)..=ms(45)).contains(&delay(45..60)), "{:?}", delay(45..60));
    }
}

#[test]
fn bursts_of_loss_are_made_up_for_and_then_over() {
    let burst = Some((0.02, 0.2));
    let heard = through(speech(60), Faults { burst, ..Faults::default() }, Caution::default(), 1);
    assert!(concealed(&heard) < 0.15, "{:?}", last(&heard));
    assert!(delay(&heard) < ms(150), "{:?}", delay(&heard));
}

#[test]
fn a_clock_that_is_off_is_kept_up_with() {
    for drift_ppm in [200, -200] {
        let faults = Faults { drift_ppm, ..Faults::default() };
        let heard = through(tone(60), faults, Caution::default(), 1);
        assert!(concealed(&heard) < 0.001, "{:?}", last(&heard));
        let delays = heard.stats[100..2_900].iter().map(|stats| stats.delay);
        assert!(delays.clone().max().unwrap() < ms(80), "{:?}", delays.max());
        assert!(largest_step(&heard) < 1.2, "{}", largest_step(&heard));
    }
}

#[test]
fn after_an_outage_the_delay_is_back_within_seconds() {
    let faults = Faults { outage: Some((ms(5_000), ms(1_000))), ..Faults::default() };
    let heard = through(speech(20), faults, Caution::default(), 1);
    let delay_at = |second: usize| heard.stats[second * 50].delay;
    assert!(delay_at(9) < ms(200), "{:?}", delay_at(9));
    assert!(delay_at(12) < ms(100), "{:?}", delay_at(12));
    assert_eq!(last(&heard).resets, 0);
}

#[test]
fn after_a_storm_the_delay_is_back_within_thirty_seconds() {
    let storm = Faults { jitter: ms(40), reordering: 0.02, ..Faults::default() };
    // The storm is over where the outage of no length is: half way.
    let faults = Faults { calm_after: Some(ms(20_000)), ..storm };
    let heard = through(speech(52), faults, Caution::default(), 1);
    assert!(heard.stats[950].delay > ms(80), "{:?}", heard.stats[950]);
    assert!(heard.stats[2_500].delay < ms(80), "{:?}", heard.stats[2_500]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_packets_at_any_time_make_a_frame_each_time_and_no_panic(
        packets in prop::collection::vec(
            (any::<u16>(), any::<u32>(), prop::collection::vec(any::<u8>(), 0..40), 0_u64..60, any::<bool>()),
            1..100,
        ),
    ) {
        let mut clock = VirtualClock::start();
        let mut receive = AudioReceive::new(JitterConfig::ADAPTIVE).unwrap();
        for (seq, timestamp, payload, wait, red) in packets {
            let now = clock.advance(ms(wait));
            let format = if red { AudioFormat::Red } else { AudioFormat::Opus };
            receive.handle_packet(now, SeqNo(seq), MediaTime(timestamp), format, &payload).ok();
            if wait % 5 == 0 {
                receive.handle_padding(SeqNo(seq.wrapping_add(1)));
            }
            receive.next_frame(now);
        }
        // Whatever was in there is over at some time.
        let mut silent = 0;
        for _ in 0..400 {
            let frame = receive.next_frame(clock.advance(ms(20)));
            silent = if frame == AudioFrame::SILENCE { silent + 1 } else { 0 };
        }
        prop_assert!(silent > 100, "{silent}");
    }
}
