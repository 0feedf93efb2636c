//! The one place of this crate that reads a clock.

use std::time::{Instant, SystemTime};

use carillon_signaling::Epoch;

/// What time it is for timers.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock so that engines need not")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How timers relate to the wall clock.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock so that engines need not")]
pub(crate) fn epoch() -> Epoch {
    Epoch::new(Instant::now(), SystemTime::now().into())
}
