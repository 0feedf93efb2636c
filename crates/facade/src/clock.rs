//! The one place where a session reads the time.

use std::time::{Duration, Instant, SystemTime};

use carillon_signaling::Epoch;
use carillon_types::WallTime;

use crate::media_link::WallClock;

#[expect(clippy::disallowed_methods, reason = "this file is the facade's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "this file is the facade's clock")]
fn since_unix() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// This moment on both clocks, for the reports of media.
pub(crate) fn wall_clock() -> WallClock {
    WallClock { at: now(), since_unix: since_unix() }
}

/// This moment on both clocks, for signaling.
pub(crate) fn epoch() -> Epoch {
    Epoch::new(now(), wall_time())
}

/// This moment, for whoever reads it elsewhere.
pub(crate) fn wall_time() -> WallTime {
    WallTime::from_millis(u64::try_from(since_unix().as_millis()).unwrap_or(u64::MAX))
}
