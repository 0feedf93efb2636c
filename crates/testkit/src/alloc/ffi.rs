//! The allocator itself, whose trait is unsafe to implement.
#![expect(
    unsafe_code,
    reason = "a global allocator is an unsafe trait; every call goes on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};

use super::{count_one, hold};

/// The system's allocator, counting for each thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

// SAFETY: every method hands its arguments on to the system's allocator unchanged and returns what that returns.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one();
        hold(layout.size(), 1);
        // SAFETY: the caller keeps the same promises about `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(layout.size(), -1);
        // SAFETY: the caller got `pointer` from this allocator, and so from the system's, with the same layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_one();
        hold(layout.size(), 1);
        // SAFETY: the caller keeps the same promises about `layout`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_one();
        hold(layout.size(), -1);
        hold(size, 1);
        // SAFETY: the caller got `pointer` from this allocator, and so from the system's, with the same layout.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
