//! From a device's callback to a session.

use std::sync::Arc;

use carillon_frame::AudioFrame;
use cpal::FromSample;
use rtrb::{Consumer, Producer, RingBuffer};

use super::drift::Drift;
use super::{Counters, DeviceClock, SWELL_PARTS, count};
use crate::resampler::Resampler;
use crate::sample::{cross_fade, write_frame};

/// The end in the callback.
#[derive(Debug)]
pub(crate) struct CaptureWriter {
    producer: Producer<f32>,
    counters: Arc<Counters>,
}

/// The end in the session.
#[derive(Debug)]
pub(crate) struct CaptureReader {
    consumer: Consumer<f32>,
    resampler: Resampler,
    drift: Drift,
    counters: Arc<Counters>,
    input: Vec<f32>,
    /// How many samples sound takes to swell.
    swell: usize,
    /// Nothing is taken until enough waits.
    waits: bool,
}

impl CaptureWriter {
    /// A ring for a device; nothing if no device has that rate.
    pub(crate) fn ring(
        clock: DeviceClock,
        counters: &Arc<Counters>,
    ) -> Option<(Self, CaptureReader)> {
        let (producer, consumer) = RingBuffer::new(clock.capacity());
        let resampler = Resampler::to_frames(clock.rate)?;
        let reader = CaptureReader {
            consumer,
            input: Vec::with_capacity(resampler.max_input_len()),
            resampler,
            drift: Drift::new(clock),
            counters: Arc::clone(counters),
            swell: clock.part(SWELL_PARTS),
            waits: true,
        };
        Some((Self { producer, counters: Arc::clone(counters) }, reader))
    }

    /// Takes what the device recorded, mixed down to one channel.
    pub(crate) fn write<T: Copy>(&mut self, interleaved: &[T], channels: usize)
    where
        f32: FromSample<T>,
    {
        let channels = channels.max(1);
        let mix = |frame: &[T]| {
            let sum: f32 = frame.iter().map(|sample| f32::from_sample_(*sample)).sum();
            sum / channels as f32
        };
        let frames = interleaved.chunks_exact(channels);
        let room = self.producer.slots().min(frames.len());
        if room < frames.len() {
            count(&self.counters.overruns);
        }
        if let Ok(chunk) = self.producer.write_chunk_uninit(room) {
            chunk.fill_from_iter(frames.map(mix));
        }
    }
}

impl CaptureReader {
    /// Takes the next 20 ms; false if there is nothing.
    pub(crate) fn pull(&mut self, frame: &mut AudioFrame) -> bool {
        let wanted = self.resampler.input_len();
        let waiting = self.consumer.slots().saturating_sub(wanted);
        let begins = self.waits;
        if begins {
            if self.consumer.slots() < wanted.saturating_add(self.drift.target()) {
                return false;
            }
            self.waits = false;
            self.discard(waiting.saturating_sub(self.drift.target()));
        }
        let late = match begins {
            true => 0,
            false => self.drift.drop_now(waiting),
        };
        if late > 0 {
            count(&self.counters.skips);
            self.discard(late);
        }
        let relative = self.drift.observe(self.consumer.slots().saturating_sub(wanted));
        self.resampler.steer(relative);
        self.take(frame, begins || late > 0);
        if !self.waits && self.drift.skip() {
            count(&self.counters.skips);
            let mut next = AudioFrame::SILENCE;
            self.take(&mut next, false);
            *frame = cross_fade(frame, &next);
        }
        true
    }

    /// Takes 20 ms, which end in silence if there are fewer.
    fn take(&mut self, frame: &mut AudioFrame, swells: bool) {
        self.input.resize(self.resampler.input_len(), 0.0);
        let (taken, missing) = self.consumer.pop_partial_slice(&mut self.input);
        if swells {
            fade(taken.iter_mut(), self.swell);
        }
        if !missing.is_empty() {
            missing.fill(0.0);
            fade(taken.iter_mut().rev(), self.swell);
            count(&self.counters.underruns);
            self.drift.underrun();
            self.waits = true;
        }
        write_frame(frame, self.resampler.process(&self.input));
    }

    /// How many samples wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.consumer.slots()
    }

    fn discard(&mut self, samples: usize) {
        if let Ok(chunk) = self.consumer.read_chunk(samples) {
            chunk.commit_all();
        }
    }
}

/// Lets sound swell from nothing over so many samples, or all that there are.
fn fade<'a>(samples: impl ExactSizeIterator<Item = &'a mut f32>, swell: usize) {
    let swell = swell.min(samples.len());
    for (n, sample) in samples.take(swell).enumerate() {
        *sample *= n as f32 / swell as f32;
    }
}
