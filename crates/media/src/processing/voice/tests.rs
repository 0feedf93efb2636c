use std::collections::VecDeque;

use carillon_testkit::ear::Ear;
use carillon_testkit::tone::{SpeechNoise, Tone};

use super::*;

fn power(frames: &[AudioFrame]) -> f64 {
    let samples = frames.iter().flat_map(|frame| frame.samples());
    samples.map(|sample| f64::from(*sample).powi(2)).sum()
}

fn decibels(now: &[AudioFrame], before: &[AudioFrame]) -> f64 {
    10.0 * (power(now).max(1.0) / power(before).max(1.0)).log10()
}

/// What a microphone hears of the loudspeaker: half as loud, 60 ms later.
struct Room {
    air: VecDeque<AudioFrame>,
}

impl Room {
    fn new() -> Self {
        Self { air: VecDeque::from(vec![AudioFrame::SILENCE; 3]) }
    }

    fn echo_of(&mut self, played: &AudioFrame) -> AudioFrame {
        self.air.push_back(AudioFrame::new(played.samples().map(|sample| sample / 2)));
        self.air.pop_front().unwrap()
    }
}

fn only(set: impl Fn(&mut VoiceProcessing)) -> VoiceProcessor {
    let mut steps = VoiceProcessing::NONE;
    set(&mut steps);
    VoiceProcessor::new(steps)
}

#[test]
fn an_echo_goes_away() {
    let mut processor = only(|steps| steps.echo_cancellation = Switch::On);
    let (mut far, mut room) = (SpeechNoise::new(1, 10_000), Room::new());
    let (mut echoes, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let played = far.next_frame();
        processor.analyse_render(&played);
        let mut heard = room.echo_of(&played);
        echoes.push(heard.clone());
        processor.process_capture(&mut heard);
        sent.push(heard);
    }
    let reduction = decibels(&sent[250..], &echoes[250..]);
    assert!(reduction < -20.0, "{reduction} dB");
}

#[test]
fn a_voice_in_the_room_stays_while_the_echo_goes() {
    let mut processor = only(|steps| steps.echo_cancellation = Switch::On);
    let (mut far, mut room) = (SpeechNoise::new(1, 10_000), Room::new());
    let mut near = SpeechNoise::new(2, 10_000);
    let (mut said, mut sent) = (Vec::new(), Vec::new());
    for n in 0..600 {
        // The far end stops after eight seconds, and the near one begins.
        let played = if n < 400 { far.next_frame() } else { AudioFrame::SILENCE };
        processor.analyse_render(&played);
        let mut heard = room.echo_of(&played);
        if n >= 410 {
            heard = near.next_frame();
            said.push(heard.clone());
        }
        processor.process_capture(&mut heard);
        if n >= 410 {
            sent.push(heard);
        }
    }
    let kept = decibels(&sent, &said);
    assert!((-6.0..3.0).contains(&kept), "{kept} dB");
}

#[test]
fn noise_goes_away() {
    let mut processor = only(|steps| steps.noise_suppression = Switch::On);
    let mut state = 1_u32;
    let (mut noise, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..250 {
        let mut frame = AudioFrame::new(std::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as u16 as i16 / 64
        }));
        noise.push(frame.clone());
        processor.process_capture(&mut frame);
        sent.push(frame);
    }
    let reduction = decibels(&sent[150..], &noise[150..]);
    assert!(reduction < -8.0, "{reduction} dB");
}

/// A vowel with syllables and melody, which a detector of voices takes for one.
fn sung(time: &mut f64) -> i16 {
    *time += 1.0 / 48_000.0;
    let pitch = 120.0 * *time + 3.0 * (*time * std::f64::consts::TAU * 0.5).sin();
    let harmonic = |n: u32| {
        let hertz = 120.0 * f64::from(n);
        let formant = |centre: f64, width: f64| (-((hertz - centre) / width).powi(2)).exp();
        let loudness = formant(600.0, 200.0) + 0.5 * formant(1_100.0, 250.0) + 0.2 / f64::from(n);
        loudness * (std::f64::consts::TAU * pitch * f64::from(n)).sin()
    };
    let syllable = (*time * std::f64::consts::TAU * 2.0).sin().max(0.0);
    (300.0 * syllable * (1..30).map(harmonic).sum::<f64>()) as i16
}

#[test]
fn a_faint_voice_becomes_louder_and_a_hum_below_voices_goes_away() {
    let mut processor = only(|steps| steps.gain_control = Switch::On);
    let mut time = 0.0_f64;
    let (mut said, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let mut frame = AudioFrame::new(std::array::from_fn(|_| sung(&mut time)));
        said.push(frame.clone());
        processor.process_capture(&mut frame);
        sent.push(frame);
    }
    let gain = decibels(&sent[400..], &said[400..]);
    assert!((3.0..=LARGEST_GAIN_DB.into()).contains(&gain), "{gain} dB");

    let mut processor = only(|steps| steps.high_pass = Switch::On);
    let mut hum = Tone::new(20.0, 8_000);
    let mut frames: Vec<_> = (0..100).map(|_| hum.next_frame()).collect();
    frames.iter_mut().for_each(|frame| processor.process_capture(frame));
    let heard = Ear::new(&[20]).hear_frames(&frames[50..]);
    assert!(heard.amplitude(20) < 800.0, "{heard:?}");
}

#[test]
fn steps_are_switched_while_sound_flows() {
    let mut processor = VoiceProcessor::new(VoiceProcessing::NONE);
    let mut voice = SpeechNoise::new(1, 10_000);
    let mut frame = voice.next_frame();
    let said = frame.clone();
    processor.process_capture(&mut frame);
    assert_eq!(frame, said, "nothing is on, and something was done");
    processor.set_steps(VoiceProcessing::ALL);
    for _ in 0..100 {
        let mut frame = voice.next_frame();
        processor.analyse_render(&frame);
        processor.process_capture(&mut frame);
    }
    processor.set_steps(VoiceProcessing::NONE);
    let mut frame = voice.next_frame();
    let said = frame.clone();
    processor.process_capture(&mut frame);
    assert_eq!(frame, said);
}
