//! Whole meetings in virtual time: what clients hear, see and are told.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod chaos;
mod cost;
mod crowd;
mod endings;
mod golden;
mod hearing;
mod hostile;
mod limits;
mod lives;
mod long_sessions;
mod narrow;
mod other_meetings;
mod pictures;
mod presence;
mod rights;
mod shares;
mod transcription;
mod weather;

use std::time::Duration;

use carillon_testkit::alloc::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

pub(crate) const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}
