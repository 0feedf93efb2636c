//! A client against a server, in virtual time, over links that fail in every way.

mod connecting;
mod ending;
mod hostile;
mod media;
mod moving;
mod rig;

use carillon_testkit::alloc::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
