//! What time it is, twice.

use std::time::Instant;

use carillon_types::WallTime;

/// One reading of both clocks: wall time goes into records, the monotonic clock measures lifetimes.
///
/// A wall clock that jumps therefore ends no meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: WallTime,
    /// The monotonic clock.
    pub instant: Instant,
}
