//! How many bits a second a source sends.

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;

/// How long one bucket collects.
const BUCKET: Duration = Duration::from_millis(100);

/// How many buckets the rate is measured over.
///
/// One second evens out key frames at usual rates; less jumps with each of them, more notices late
/// that a source stopped.
const BUCKETS: usize = 10;

/// Measures a rate over the last second.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    /// When the first bucket that ever was began.
    epoch: Instant,
    /// How many buckets have begun, and so which one collects.
    begun: u64,
    octets: [u64; BUCKETS],
}

impl Meter {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { epoch: now, begun: 0, octets: [0; BUCKETS] }
    }

    pub(crate) fn record(&mut self, now: Instant, octets: usize) {
        self.advance(now);
        let current = self.begun;
        if let Some(bucket) = self.bucket(current) {
            *bucket = bucket.saturating_add(octets as u64);
        }
    }

    /// The rate over the whole buckets before `now`.
    pub(crate) fn bitrate(&self, now: Instant) -> Bitrate {
        let mut measured = self.clone();
        measured.advance(now);
        let current = measured.begun;
        let collecting = measured.bucket(current).map_or(0, |bucket| *bucket);
        let octets: u64 = measured.octets.iter().sum::<u64>().saturating_sub(collecting);
        let whole = u64::try_from(BUCKETS).unwrap_or(1).saturating_sub(1).min(current).max(1);
        let span = BUCKET.as_millis().saturating_mul(u128::from(whole));
        let bits_per_second = u128::from(octets).saturating_mul(8_000).checked_div(span);
        Bitrate::from_bps(u64::try_from(bits_per_second.unwrap_or(0)).unwrap_or(u64::MAX))
    }

    fn advance(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.epoch).as_millis() / BUCKET.as_millis();
        let current = u64::try_from(since).unwrap_or(u64::MAX);
        if current.saturating_sub(self.begun) >= BUCKETS as u64 {
            self.octets = [0; BUCKETS];
            self.begun = current;
        }
        while self.begun < current {
            self.begun = self.begun.saturating_add(1);
            let begun = self.begun;
            if let Some(bucket) = self.bucket(begun) {
                *bucket = 0;
            }
        }
    }

    fn bucket(&mut self, number: u64) -> Option<&mut u64> {
        self.octets.get_mut(usize::try_from(number % BUCKETS as u64).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_steady_stream_is_measured_soon_and_forgotten_soon() {
        let t0 = start();
        let mut meter = Meter::new(t0);
        let at = |millis| t0 + Duration::from_millis(millis);
        for millis in (0..2_000).step_by(10) {
            meter.record(at(millis), 1_250);
            if millis >= 200 {
                assert_eq!(meter.bitrate(at(millis)).kbps(), 1_000, "after {millis} ms");
            }
        }
        assert_eq!(meter.bitrate(at(3_200)).kbps(), 0);
    }

    #[test]
    fn nothing_is_measured_before_the_first_packet() {
        assert_eq!(Meter::new(start()).bitrate(start()).bps(), 0);
    }
}
