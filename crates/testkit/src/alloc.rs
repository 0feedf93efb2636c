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
use std::sync::atomic::{AtomicI64, Ordering};

pub use ffi::CountingAllocator;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

static HELD_BY_PROCESS: AtomicI64 = AtomicI64::new(0);

/// How often this thread asks the heap for memory while `work` runs; memory grown in place counts too.
pub fn allocations_in(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get().wrapping_sub(before)
}

/// How much memory `value` holds, by what this thread gives back when it is dropped.
pub fn held_by<T>(value: T) -> i64 {
    let before = HELD.get();
    drop(value);
    before.wrapping_sub(HELD.get())
}

/// How much memory all threads hold together, where the process allocates with [`CountingAllocator`].
#[must_use]
pub fn held_by_process() -> i64 {
    HELD_BY_PROCESS.load(Ordering::Relaxed)
}

/// Notes that memory was taken, or given back if that is negative.
fn hold(octets: usize, sign: i64) {
    let change = i64::try_from(octets).unwrap_or(i64::MAX).wrapping_mul(sign);
    HELD.set(HELD.get().wrapping_add(change));
    HELD_BY_PROCESS.fetch_add(change, Ordering::Relaxed);
}

/// The counter needs no destructor, so it is there as long as its thread allocates.
fn count_one() {
    ALLOCATIONS.set(ALLOCATIONS.get().wrapping_add(1));
}
