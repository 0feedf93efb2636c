//! The forwarder through its public API: what viewers get of what publishers send.

use carillon_testkit::alloc::CountingAllocator;

mod allocation;
mod continuity;
mod headers;
mod key_frames;
mod late_start;
mod lossy_path;
mod meeting;
mod numbering;
mod repair;
mod scalable;
mod sharing;
mod simulcast;
mod switching;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
