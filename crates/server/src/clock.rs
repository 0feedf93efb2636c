//! The one place of this crate that reads a clock.

use std::time::{Instant, SystemTime};

use carillon_control::Moment;

/// What time it is, on the wall and for timers.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock so that engines need not")]
pub(crate) fn now() -> Moment {
    Moment { wall: SystemTime::now().into(), instant: Instant::now() }
}
