//! How often something may happen.

use std::time::{Duration, Instant};

/// A rate that may be kept up, and what may come at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Between two, in the long run.
    pub interval: Duration,
    /// At once, after a pause.
    pub burst: u32,
}

/// A token bucket that stores the moment at which it is full again.
#[derive(Clone, Debug)]
pub(crate) struct TokenBucket {
    rate: Rate,
    full_at: Instant,
}

impl TokenBucket {
    /// Makes a full bucket.
    pub(crate) const fn new(now: Instant, rate: Rate) -> Self {
        Self { rate, full_at: now }
    }

    /// Takes one token; says whether there was one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let Rate { interval, burst } = self.rate;
        let after = self.full_at.saturating_duration_since(now).saturating_add(interval);
        let enough = after <= interval.saturating_mul(burst);
        if enough {
            self.full_at = now + after;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do as an origin")]
    fn bursts_pass_and_floods_fall_to_the_rate() {
        let start = Instant::now();
        let rate = Rate { interval: Duration::from_millis(100), burst: 20 };
        let mut bucket = TokenBucket::new(start, rate);
        let mut flood = |at| (0..100).filter(|_| bucket.take(at)).count();
        assert_eq!(flood(start), 20);
        assert_eq!(flood(start + Duration::from_secs(1)), 10);
        assert_eq!(flood(start + Duration::from_secs(60)), 20);
    }
}
