//! Time that passes only when a test says so.

use std::time::{Duration, Instant};

/// A clock advanced by hand.
#[derive(Clone, Copy, Debug)]
pub struct VirtualClock {
    now: Instant,
}

impl VirtualClock {
    /// Starts a clock at a moment that means nothing.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant can only be had from the real clock; everything after it is virtual"
    )]
    pub fn start() -> Self {
        Self { now: Instant::now() }
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Lets `span` pass and returns the time after it.
    pub fn advance(&mut self, span: Duration) -> Instant {
        self.now += span;
        self.now
    }

    /// Lets time pass until `moment`, unless that is over.
    pub fn advance_to(&mut self, moment: Instant) {
        self.now = self.now.max(moment);
    }
}
