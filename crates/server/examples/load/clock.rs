//! The one place that reads the clock.

use std::time::{Instant, SystemTime};

#[expect(clippy::disallowed_methods, reason = "the one reader: real time is what is measured")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "signatures carry the time of day")]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
