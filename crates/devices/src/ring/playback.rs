//! From a session to a device's callback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use carillon_frame::{AudioFrame, FRAME_SAMPLES};
use cpal::{FromSample, Sample};
use rtrb::{Consumer, Producer, RingBuffer};

use super::drift::Drift;
use super::{Counters, DeviceClock, SWELL_PARTS, count};
use crate::resampler::Resampler;
use crate::sample::{cross_fade, to_float};

/// How much of the last sample is left after each that is missing: it is gone within 2 ms, without a click.
const DECAY: f32 = 0.95;

/// Part of a second that one frame lasts.
const FRAME_PARTS: u32 = 50;

/// What both ends know of each other.
#[derive(Debug)]
struct Gate {
    /// The callback takes sound; otherwise it waits until enough is there.
    runs: AtomicBool,
    /// How much is enough.
    enough: AtomicUsize,
}

/// The end in the session.
#[derive(Debug)]
pub(crate) struct PlaybackWriter {
    producer: Producer<f32>,
    resampler: Resampler,
    drift: Drift,
    gate: Arc<Gate>,
    counters: Arc<Counters>,
    /// Whether the callback took sound when we looked last.
    ran: bool,
    /// A frame that is left out, to be faded into the one behind it.
    skipped: Option<AudioFrame>,
    /// How many samples one frame has at the rate of the device.
    frame: usize,
}

/// The end in the callback.
#[derive(Debug)]
pub(crate) struct PlaybackReader {
    consumer: Consumer<f32>,
    gate: Arc<Gate>,
    counters: Arc<Counters>,
    last: f32,
    gain: f32,
    /// By how much the gain grows with each sample.
    swell: f32,
}

impl PlaybackWriter {
    /// A ring for a device; nothing if no device has that rate.
    pub(crate) fn ring(
        clock: DeviceClock,
        counters: &Arc<Counters>,
    ) -> Option<(Self, PlaybackReader)> {
        let (producer, consumer) = RingBuffer::new(clock.capacity());
        let (drift, frame) = (Drift::new(clock), clock.part(FRAME_PARTS));
        let enough = AtomicUsize::new(drift.target().saturating_add(frame));
        let gate = Arc::new(Gate { runs: AtomicBool::new(false), enough });
        let writer = Self {
            producer,
            resampler: Resampler::from_frames(clock.rate)?,
            drift,
            gate: Arc::clone(&gate),
            counters: Arc::clone(counters),
            ran: false,
            skipped: None,
            frame,
        };
        let reader = PlaybackReader {
            consumer,
            gate,
            counters: Arc::clone(counters),
            last: 0.0,
            gain: 0.0,
            swell: 1.0 / clock.part(SWELL_PARTS).max(1) as f32,
        };
        Some((writer, reader))
    }

    /// Gives the next 20 ms.
    pub(crate) fn push(&mut self, frame: &AudioFrame) {
        let runs = self.gate.runs.load(Ordering::Relaxed);
        if self.ran && !runs {
            self.drift.underrun();
            let enough = self.drift.target().saturating_add(self.frame);
            self.gate.enough.store(enough, Ordering::Relaxed);
        }
        self.ran = runs;
        if runs {
            let capacity = self.producer.buffer().capacity();
            let waiting = capacity.saturating_sub(self.producer.slots());
            let relative = self.drift.observe(waiting);
            self.resampler.steer(relative);
            if self.skipped.is_none() && self.drift.skip() {
                count(&self.counters.skips);
                self.skipped = Some(frame.clone());
                return;
            }
        }
        match self.skipped.take() {
            Some(skipped) => self.give(&cross_fade(&skipped, frame)),
            None => self.give(frame),
        }
    }

    fn give(&mut self, frame: &AudioFrame) {
        let mut samples = [0.0; FRAME_SAMPLES];
        for (to, from) in samples.iter_mut().zip(frame.samples()) {
            *to = to_float(*from);
        }
        let (_, lost) = self.producer.push_partial_slice(self.resampler.process(&samples));
        if !lost.is_empty() {
            count(&self.counters.overruns);
        }
    }
}

impl PlaybackReader {
    /// Gives the device what it plays, the same on each channel.
    pub(crate) fn fill<T: Sample + FromSample<f32>>(&mut self, out: &mut [T], channels: usize) {
        let channels = channels.max(1);
        let waiting = self.consumer.slots();
        if !self.gate.runs.load(Ordering::Relaxed) {
            if waiting < self.gate.enough.load(Ordering::Relaxed) {
                self.fall_silent(out, channels);
                return;
            }
            self.gain = 0.0;
            self.gate.runs.store(true, Ordering::Relaxed);
        }
        let frames = out.len() / channels;
        let (sound, missing) = out.split_at_mut(waiting.min(frames).saturating_mul(channels));
        if let Ok(chunk) = self.consumer.read_chunk(sound.len() / channels) {
            for (frame, sample) in sound.chunks_exact_mut(channels).zip(chunk) {
                self.gain = (self.gain + self.swell).min(1.0);
                self.last = sample * self.gain;
                frame.fill(T::from_sample(self.last));
            }
        }
        if !missing.is_empty() {
            count(&self.counters.underruns);
            self.gate.runs.store(false, Ordering::Relaxed);
            self.fall_silent(missing, channels);
        }
    }

    /// Lets the last sample die away.
    fn fall_silent<T: Sample + FromSample<f32>>(&mut self, out: &mut [T], channels: usize) {
        for frame in out.chunks_mut(channels) {
            self.last *= DECAY;
            frame.fill(T::from_sample(self.last));
        }
    }
}
