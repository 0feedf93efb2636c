//! The one place that reads the clock.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "the one reader: real time is what is measured")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
