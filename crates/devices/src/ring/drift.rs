//! Keeps a ring as full as it should be, although its two ends run by different clocks.

use super::DeviceClock;

/// How much waits beyond one buffer of the device: 5 ms, against callbacks and sessions that come late.
const MARGIN_PARTS: u32 = 200;

/// By how much each underrun raises what waits, up to how many times: 5 ms, 12 times, for machines that are busy.
const RAISE_PARTS: u32 = 200;
const MAX_RAISES: usize = 12;

/// After how many frames without an underrun a raise is taken back: 30 seconds.
const CALM_FRAMES: u32 = 1_500;

/// How much of each new measure enters the average: it follows within a second.
const WEIGHT: f64 = 0.02;

/// How much faster sound is taken for each second too much: 200 millionths of drift settle 2 ms off the target.
const GAIN: f64 = 0.1;

/// How far the pitch may be off: half a percent, which nobody hears.
const MAX_CORRECTION: f64 = 0.005;

/// With how much too much, on average, 20 ms are skipped: 50 ms, which no drift of clocks brings about.
const SKIP_PARTS: u32 = 20;

/// With how much too much, at once, all of it is dropped: 200 ms, after a stall.
const DROP_PARTS: u32 = 5;

/// Watches how many samples wait when a frame is taken or given.
#[derive(Debug)]
pub(super) struct Drift {
    clock: DeviceClock,
    raises: usize,
    calm: u32,
    /// How many samples too many wait, on average.
    excess: f64,
}

impl Drift {
    pub(super) const fn new(clock: DeviceClock) -> Self {
        Self { clock, raises: 0, calm: 0, excess: 0.0 }
    }

    /// How many samples should wait.
    pub(super) fn target(&self) -> usize {
        let raised = self.raises.saturating_mul(self.clock.part(RAISE_PARTS));
        let margin = self.clock.part(MARGIN_PARTS);
        (self.clock.buffer as usize).saturating_add(margin).saturating_add(raised)
    }

    /// Takes note of how many samples wait, and says by how much the resampler should make more of less than 1.
    pub(super) fn observe(&mut self, waiting: usize) -> f64 {
        self.calm = self.calm.saturating_add(1);
        if self.calm >= CALM_FRAMES {
            (self.calm, self.raises) = (0, self.raises.saturating_sub(1));
        }
        let excess = waiting as f64 - self.target() as f64;
        self.excess += WEIGHT * (excess - self.excess);
        let seconds = self.excess / f64::from(self.clock.rate);
        1.0 - (GAIN * seconds).clamp(-MAX_CORRECTION, MAX_CORRECTION)
    }

    /// Takes note that too little waited.
    pub(super) fn underrun(&mut self) {
        self.calm = 0;
        self.raises = self.raises.saturating_add(1).min(MAX_RAISES);
        self.excess = 0.0;
    }

    /// Whether 20 ms should be skipped; if so, it counts on that.
    pub(super) fn skip(&mut self) -> bool {
        let skips = self.excess > self.clock.part(SKIP_PARTS) as f64;
        if skips {
            self.excess -= self.clock.part(50) as f64;
        }
        skips
    }

    /// How many of the waiting samples are to be dropped at once.
    pub(super) fn drop_now(&mut self, waiting: usize) -> usize {
        let excess = waiting.saturating_sub(self.target());
        if excess <= self.clock.part(DROP_PARTS) {
            return 0;
        }
        self.excess = 0.0;
        excess
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers of tests are small"
)]
mod tests {
    use super::*;

    const CLOCK: DeviceClock = DeviceClock { rate: 48_000, buffer: 480 };

    /// Where the fill of a ring settles whose device runs by so many millionths too fast, after five minutes.
    fn settled(millionths: f64) -> f64 {
        let mut drift = Drift::new(CLOCK);
        let mut waiting = drift.target() as f64;
        for _ in 0..15_000 {
            let relative = drift.observe(waiting as usize);
            assert!(!drift.skip());
            waiting += 960.0 * (1.0 + millionths / 1e6) - 960.0 / relative;
        }
        waiting - drift.target() as f64
    }

    #[test]
    fn clocks_that_drift_apart_settle_within_a_few_milliseconds() {
        for millionths in [-1_000.0, -200.0, 0.0, 200.0, 1_000.0] {
            let expected = 0.48 * millionths;
            let settled = settled(millionths);
            assert!((settled - expected).abs() < 20.0, "{millionths}: {settled} of {expected}");
        }
    }

    #[test]
    fn underruns_make_more_wait_until_it_is_calm() {
        let mut drift = Drift::new(CLOCK);
        assert_eq!(drift.target(), 720);
        for _ in 0..20 {
            drift.underrun();
        }
        assert_eq!(drift.target(), 720 + 12 * 240);
        for _ in 0..CALM_FRAMES * 12 {
            drift.observe(720);
        }
        assert_eq!(drift.target(), 720);
    }

    #[test]
    fn far_too_much_is_skipped_or_dropped() {
        let mut drift = Drift::new(CLOCK);
        assert_eq!(drift.drop_now(720 + 9_600), 0);
        assert_eq!(drift.drop_now(720 + 9_601), 9_601);
        let frames = (0..1_000).find(|_| {
            drift.observe(720 + 4_000);
            drift.skip()
        });
        assert!(frames.is_some_and(|frames| frames > 25), "not for a moment's burst: {frames:?}");
    }
}
