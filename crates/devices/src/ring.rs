//! The wait-free hand-over between a device's real-time callback and a session's frames of 20 ms.
//!
//! Two clocks meet here, the device's and the session's: the fill of the ring shows how they drift apart, and steers
//! the resampler between them. In the callback nothing locks, allocates, logs or waits.

mod capture;
mod drift;
mod playback;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers of tests are small"
)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use capture::{CaptureReader, CaptureWriter};
pub(crate) use playback::{PlaybackReader, PlaybackWriter};

/// How many parts of a second a ring holds: half a second, for sessions that stall. When full, what is new is dropped.
const RING_PARTS: u32 = 2;

/// How many parts of a second sound takes to swell behind a gap: 5 ms, short and without a click.
const SWELL_PARTS: u32 = 200;

/// How well sound got through a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceStats {
    /// How often there was no sound where some was due.
    pub underruns: u64,
    /// How often there was no room for sound, so that some was lost.
    pub overruns: u64,
    /// How often 20 ms were left out, because too much was waiting.
    pub skips: u64,
    /// How often the system told of a gap of its own.
    pub system_gaps: u64,
}

/// Counts without waiting.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    underruns: AtomicU64,
    overruns: AtomicU64,
    skips: AtomicU64,
    system_gaps: AtomicU64,
}

impl Counters {
    pub(crate) fn stats(&self) -> DeviceStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DeviceStats {
            underruns: read(&self.underruns),
            overruns: read(&self.overruns),
            skips: read(&self.skips),
            system_gaps: read(&self.system_gaps),
        }
    }

    pub(crate) fn count_system_gap(&self) {
        count(&self.system_gaps);
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The rate of a device, and how many frames it hands over at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeviceClock {
    pub(crate) rate: u32,
    pub(crate) buffer: u32,
}

impl DeviceClock {
    /// How many samples that part of a second has.
    fn part(self, of_a_second: u32) -> usize {
        // It divides by a constant above 0, and any `usize` holds a rate.
        self.rate.checked_div(of_a_second).unwrap_or(0) as usize
    }

    /// How many samples a ring holds.
    fn capacity(self) -> usize {
        self.part(RING_PARTS).saturating_add(self.buffer as usize)
    }
}
