//! The clock of the program's clients.

use std::time::{Instant, SystemTime};

#[expect(clippy::disallowed_methods, reason = "this file is the clock of a shell")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time of day, for signatures.
#[expect(clippy::disallowed_methods, reason = "this file is the clock of a shell")]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
