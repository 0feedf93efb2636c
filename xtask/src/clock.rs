//! The one place that reads the clock.

use std::time::{Instant, SystemTime};

/// Reads the monotonic clock, for durations.
#[expect(clippy::disallowed_methods, reason = "the one reader: automation times real work")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Reads the wall clock, to compare with what a file system says.
#[expect(clippy::disallowed_methods, reason = "the one reader: file times are wall times")]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
