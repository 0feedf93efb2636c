//! Counts heap allocations, to prove that a hot path makes none.
//!
//! A test binary names the allocator as its own, and asks [`allocations_in`] about a closure:
//!
//! ```
//! use carillon_testkit::alloc::{CountingAllocator, allocations_in};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator = CountingAllocator;
//!
//! assert_eq!(allocations_in(|| drop(std::hint::black_box(Box::new(1)))), 1);
//! ```

mod ffi;

use std::cell::Cell;

pub use ffi::CountingAllocator;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// How often this thread asks the heap for memory while `work` runs; memory grown in place counts too.
pub fn allocations_in(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get().wrapping_sub(before)
}

/// The counter needs no destructor, so it is there as long as its thread allocates.
fn count_one() {
    ALLOCATIONS.set(ALLOCATIONS.get().wrapping_add(1));
}
