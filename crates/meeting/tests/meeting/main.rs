//! Whole meetings in virtual time: what clients hear, see and are told.

mod endings;
mod hearing;
mod pictures;
mod presence;
mod rights;
mod weather;

use std::time::Duration;

pub(crate) const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}
