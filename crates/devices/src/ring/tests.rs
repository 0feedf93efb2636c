use std::f32::consts::TAU;
use std::sync::Arc;

use carillon_frame::{AudioFrame, AudioSource as _, FRAME_SAMPLES};
use carillon_testkit::alloc::{CountingAllocator, allocations_in};
use carillon_testkit::ear::Ear;

use super::*;
use crate::ToneSource;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const HERTZ: u32 = 440;

/// A device whose callbacks come when its own clock says, which a session of 20 ms frames looks at.
struct Device {
    clock: DeviceClock,
    channels: usize,
    /// How many of its samples pass in 20 ms of the session.
    samples_a_frame: f64,
    due: f64,
    buffers: u64,
}

impl Device {
    /// Runs so many millionths faster than it says.
    fn new(rate: u32, channels: usize, millionths: f64) -> Self {
        let samples_a_frame = f64::from(rate) / 50.0 * (1.0 + millionths / 1e6);
        let clock = DeviceClock { rate, buffer: rate / 100 };
        Self { clock, channels, samples_a_frame, due: 0.0, buffers: 0 }
    }

    /// How many callbacks come until the next frame.
    fn callbacks(&mut self) -> u32 {
        self.due += self.samples_a_frame;
        let callbacks = (self.due / f64::from(self.clock.buffer)) as u32;
        self.due -= f64::from(callbacks * self.clock.buffer);
        callbacks
    }

    /// The next buffer of a tone, in all channels.
    fn record(&mut self) -> Vec<i16> {
        let start = self.buffers * u64::from(self.clock.buffer);
        self.buffers += 1;
        let sample = |n: u64| {
            let turns = (start + n) as f32 % self.clock.rate as f32 * HERTZ as f32;
            (8_192.0 * (TAU * turns / self.clock.rate as f32).sin()) as i16
        };
        (0..u64::from(self.clock.buffer))
            .flat_map(|n| std::iter::repeat_n(sample(n), self.channels))
            .collect()
    }
}

fn assert_tone(heard: &[AudioFrame], what: &str) {
    let heard = Ear::new(&[HERTZ]).hear_frames(heard);
    assert!((heard.amplitude(HERTZ) - 8_192.0).abs() < 250.0, "{what}: {heard:?}");
    assert!(heard.rest < 800.0, "{what}: {heard:?}");
}

/// What a session hears in so many frames of a device; silence where there was nothing.
fn captured(
    device: &mut Device,
    (writer, reader): &mut (CaptureWriter, CaptureReader),
    frames: usize,
) -> Vec<AudioFrame> {
    let mut next = || {
        for _ in 0..device.callbacks() {
            writer.write(&device.record(), device.channels);
        }
        let mut frame = AudioFrame::SILENCE;
        reader.pull(&mut frame);
        frame
    };
    (0..frames).map(|_| next()).collect()
}

#[test]
fn any_device_is_heard_although_its_clock_drifts() {
    for (rate, channels, millionths) in
        [(48_000, 1, 0.0), (44_100, 2, 300.0), (96_000, 1, -300.0), (16_000, 6, 1_000.0)]
    {
        let counters = Arc::new(Counters::default());
        let mut device = Device::new(rate, channels, millionths);
        let mut ring = CaptureWriter::ring(device.clock, &counters).unwrap();
        let heard = captured(&mut device, &mut ring, 1_500);
        assert_eq!(counters.stats(), DeviceStats::default(), "{rate}: half a minute without a gap");
        for part in heard[50..].chunks(5) {
            assert_tone(part, &format!("{rate}"));
        }
    }
}

#[test]
fn a_device_is_heard_within_its_buffer_and_10_ms_more() {
    let counters = Arc::new(Counters::default());
    let mut device = Device::new(48_000, 1, 200.0);
    let mut ring = CaptureWriter::ring(device.clock, &counters).unwrap();
    // For a second nobody asked for anything: what waited then is old.
    for _ in 0..100 {
        ring.0.write(&device.record(), 1);
    }
    assert!(counters.stats().overruns > 0);
    captured(&mut device, &mut ring, 500);
    let waiting = ring.1.waiting();
    assert!(waiting <= 480 + 480, "{waiting} samples behind each frame");
}

#[test]
fn a_gap_fades_into_silence_and_back() {
    let counters = Arc::new(Counters::default());
    let mut device = Device::new(48_000, 1, 0.0);
    let mut ring = CaptureWriter::ring(device.clock, &counters).unwrap();
    let mut heard = captured(&mut device, &mut ring, 20);
    for _ in 0..5 {
        let mut frame = AudioFrame::SILENCE;
        ring.1.pull(&mut frame);
        heard.push(frame);
    }
    assert_eq!(heard[23..], [AudioFrame::SILENCE, AudioFrame::SILENCE]);
    heard.extend(captured(&mut device, &mut ring, 40));
    assert_eq!(counters.stats().underruns, 1);
    assert_tone(&heard[50..60], "again");
    let samples: Vec<i16> = heard.iter().flat_map(|frame| *frame.samples()).collect();
    // A tone of this pitch and loudness moves by 472 from sample to sample.
    let steepest = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    assert!(steepest < 600, "a click of {steepest}");
}

#[test]
fn a_session_that_stalled_catches_up_without_a_gap() {
    let counters = Arc::new(Counters::default());
    let mut device = Device::new(48_000, 1, 0.0);
    let mut ring = CaptureWriter::ring(device.clock, &counters).unwrap();
    captured(&mut device, &mut ring, 20);
    for _ in 0..30 {
        ring.0.write(&device.record(), 1);
    }
    captured(&mut device, &mut ring, 20);
    assert_eq!(counters.stats().skips, 1);
    assert!(ring.1.waiting() <= 480 + 480);
}

/// What a device plays of a tone in so many frames, its first channel.
fn played(
    device: &mut Device,
    (writer, reader): &mut (PlaybackWriter, PlaybackReader),
    tone: &mut ToneSource,
    frames: usize,
) -> Vec<i16> {
    let mut heard = Vec::new();
    for _ in 0..frames {
        let mut frame = AudioFrame::SILENCE;
        tone.next_frame(&mut frame);
        writer.push(&frame);
        for _ in 0..device.callbacks() {
            let mut out = vec![0_i16; device.clock.buffer as usize * device.channels];
            reader.fill(&mut out, device.channels);
            assert!(out.chunks(device.channels).all(|frame| frame.iter().all(|s| *s == frame[0])));
            heard.extend(out.iter().step_by(device.channels));
        }
    }
    heard
}

#[test]
fn any_device_plays_although_its_clock_drifts() {
    for (rate, channels, millionths) in [(48_000, 2, 300.0), (48_000, 1, -1_000.0)] {
        let counters = Arc::new(Counters::default());
        let mut device = Device::new(rate, channels, millionths);
        let mut ring = PlaybackWriter::ring(device.clock, &counters).unwrap();
        let mut tone = ToneSource::new(HERTZ.into(), 8_192);
        let heard = played(&mut device, &mut ring, &mut tone, 1_500);
        assert_eq!(counters.stats(), DeviceStats::default(), "{rate}: half a minute without a gap");
        for part in heard[48_000..].chunks_exact(4_800) {
            let heard = Ear::new(&[HERTZ]).hear(part);
            assert!((heard.amplitude(HERTZ) - 8_192.0).abs() < 250.0, "{heard:?}");
            assert!(heard.rest < 800.0, "{heard:?}");
        }
    }
}

#[test]
fn a_device_plays_as_many_samples_as_it_needs() {
    let counters = Arc::new(Counters::default());
    let mut device = Device::new(44_100, 1, 0.0);
    let mut ring = PlaybackWriter::ring(device.clock, &counters).unwrap();
    let heard = played(&mut device, &mut ring, &mut ToneSource::new(480.0, 8_192), 500);
    // 480 Hz at 44.1 kHz are what 522.4 Hz would be at the ear's 48 kHz.
    let crossings = heard[4_410..].windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
    let expected = (heard.len() - 4_410) * 480 / 44_100;
    assert!(crossings.abs_diff(expected) <= 2, "{crossings} of {expected}");
    assert_eq!(counters.stats(), DeviceStats::default());
}

#[test]
fn a_session_that_stops_leaves_silence_and_no_click() {
    let counters = Arc::new(Counters::default());
    let mut device = Device::new(48_000, 1, 0.0);
    let mut ring = PlaybackWriter::ring(device.clock, &counters).unwrap();
    let mut tone = ToneSource::new(HERTZ.into(), 8_192);
    let mut heard = played(&mut device, &mut ring, &mut tone, 20);
    let mut out = vec![0_i16; 4_800];
    ring.1.fill(&mut out, 1);
    assert!(out[2_400..].iter().all(|sample| *sample == 0));
    heard.extend(&out);
    heard.extend(played(&mut device, &mut ring, &mut tone, 20));
    assert_eq!(counters.stats().underruns, 1);
    let steepest = heard.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    assert!(steepest < 700, "a click of {steepest}");
    assert!(heard[heard.len() - 960..].iter().any(|sample| *sample > 8_000), "it plays again");
}

#[test]
fn nothing_is_allocated_once_sound_flows() {
    let counters = Arc::new(Counters::default());
    let clock = DeviceClock { rate: 44_100, buffer: 441 };
    let (mut writer, mut reader) = CaptureWriter::ring(clock, &counters).unwrap();
    let (mut player, mut device) = PlaybackWriter::ring(clock, &counters).unwrap();
    let (recorded, mut out) = ([0.1_f32; 882], [0.0_f32; 882]);
    let mut frame = AudioFrame::SILENCE;
    let mut heard = 0;
    let mut beat = || {
        for _ in 0..2 {
            writer.write(&recorded, 2);
            device.fill(&mut out, 2);
        }
        heard += u32::from(reader.pull(&mut frame) && frame.samples()[FRAME_SAMPLES / 2] > 3_000);
        player.push(&frame);
    };
    (0..10).for_each(|_| beat());
    assert_eq!(allocations_in(|| (0..200).for_each(|_| beat())), 0);
    assert!(heard > 190, "{heard} frames heard");
    assert!(out.iter().all(|sample| (sample - 0.1).abs() < 0.01));
}
