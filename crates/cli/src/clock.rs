//! The clock of the program's clients.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "this file is the clock of a shell")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
