//! How much one socket may say.

use std::time::{Duration, Instant};

/// Frames a second that a socket may send for long. The hosted service stops at the same figure of data messages, the
/// only frames that an application multiplies; everything else of a browser is about two a second.
const FRAMES_PER_SECOND: u32 = 200;

/// Frames that a socket may send at once after a pause: 10 s worth, again the hosted service's figure. It is the most
/// that a meeting's worker has to take from one attacker in one go.
const FRAME_BURST: u32 = 2_000;

/// Bytes a second that a socket may send for long: an offer of the largest size each quarter of a second.
const BYTES_PER_SECOND: u32 = 1 << 20;

/// Bytes that a socket may send at once after a pause; it bounds the memory that decoding churns through.
const BYTE_BURST: u32 = 8 << 20;

/// Mistakes that a running session is forgiven at once. One frame of a client with an unknown habit costs one, so less
/// would end sessions that work; more lets an attacker keep a decoder busy.
const MISTAKE_BURST: u32 = 100;

/// Mistakes that a running session is forgiven each second.
const MISTAKES_PER_SECOND: u32 = 1;

/// Said by a socket that talks too much; its frame is dropped unread. Slow down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more signaling frames or bytes than one socket may send")]
pub struct RateExceeded;

/// The allowance of one socket.
#[derive(Debug)]
pub(crate) struct RateLimit {
    frames: Allowance,
    bytes: Allowance,
    mistakes: Allowance,
}

impl RateLimit {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            frames: Allowance::new(now, FRAMES_PER_SECOND, FRAME_BURST),
            bytes: Allowance::new(now, BYTES_PER_SECOND, BYTE_BURST),
            mistakes: Allowance::new(now, MISTAKES_PER_SECOND, MISTAKE_BURST),
        }
    }

    pub(crate) fn admit(&mut self, now: Instant, bytes: usize) -> Result<(), RateExceeded> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.frames.take(now, 1)?;
        self.bytes.take(now, bytes)
    }

    pub(crate) fn forgive(&mut self, now: Instant) -> Result<(), RateExceeded> {
        self.mistakes.take(now, 1)
    }
}

/// A token bucket that stores the moment at which it is full again.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    full_at: Instant,
    per_second: u32,
    burst: u32,
}

impl Allowance {
    pub(crate) const fn new(now: Instant, per_second: u32, burst: u32) -> Self {
        Self { full_at: now, per_second, burst }
    }

    pub(crate) fn take(&mut self, now: Instant, amount: u32) -> Result<(), RateExceeded> {
        let spent = self.full_at.saturating_duration_since(now);
        let after = spent.saturating_add(self.refill_time(amount));
        if after > self.refill_time(self.burst) {
            return Err(RateExceeded);
        }
        self.full_at = now + after;
        Ok(())
    }

    /// Whether nothing is spent, so that a fresh allowance would do as well.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    fn refill_time(&self, amount: u32) -> Duration {
        let nanos = u64::from(amount).saturating_mul(1_000_000_000);
        Duration::from_nanos(nanos.checked_div(u64::from(self.per_second)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_pass_and_floods_fall_to_the_sustained_rate() {
        let start = start();
        let mut limit = RateLimit::new(start);
        let flood =
            |limit: &mut RateLimit, at| (0..10_000).filter(|_| limit.admit(at, 20).is_ok()).count();
        assert_eq!(flood(&mut limit, start), 2_000);
        assert_eq!(flood(&mut limit, start + Duration::from_secs(1)), 200);
        assert_eq!(flood(&mut limit, start + Duration::from_secs(60)), 2_000);
    }

    #[test]
    fn few_frames_of_many_bytes_are_limited_too() {
        let start = start();
        let mut limit = RateLimit::new(start);
        let taken = (0..100).filter(|_| limit.admit(start, 256 << 10).is_ok()).count();
        assert_eq!(taken, 32);
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn start() -> Instant {
        Instant::now()
    }
}
