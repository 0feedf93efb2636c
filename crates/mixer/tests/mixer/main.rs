//! What listeners of a mixed meeting hear.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod cadence;
mod hearing;
mod hostile;
mod memory;
mod room;

use carillon_testkit::alloc::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
