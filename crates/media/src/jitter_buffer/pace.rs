//! How fast what waits is to be played, so that the delay becomes what it should be.

use std::time::Duration;

/// How much longer than it should sound may wait before it is played faster: more than a period, so that playing slower does not follow.
const CALM_EXCESS: i64 = 20 * TICKS_PER_MILLISECOND;

/// How much longer than it should sound may wait before it is hurried: what follows an outage, and makes people talk at once.
const HURRY_EXCESS: i64 = 120 * TICKS_PER_MILLISECOND;

/// How much shorter than it should sound may wait before it is played slower.
const SHORTFALL: i64 = 10 * TICKS_PER_MILLISECOND;

/// By how much a decision is earlier when one more frame is decoded in advance.
const FRAME: i64 = 20 * TICKS_PER_MILLISECOND;

const TICKS_PER_MILLISECOND: i64 = 48;

/// How fast to play what waits, so that the delay becomes what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As it is.
    Even,
    /// Slower, since too little waits.
    Slower,
    /// Faster, where that cannot be heard.
    Faster,
    /// Faster by all means.
    Hurried,
}

/// How long sound waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How long it does.
    pub delay: Duration,
    /// How long it should.
    pub target: Duration,
}

impl Pace {
    /// The pace for sound that waits so many ticks and should wait others.
    ///
    /// Where repair is waited for, `spare` tells how many ticks behind the repair it is decided what is heard of the next packet.
    pub(super) fn of(delay: i64, target: i64, spare: Option<i64>) -> Self {
        let excess = delay.saturating_sub(target);
        if excess < -SHORTFALL || spare.is_some_and(|spare| spare < 0) {
            Self::Slower
        } else if excess > HURRY_EXCESS {
            Self::Hurried
        } else if excess > CALM_EXCESS && spare.is_none_or(|spare| spare >= FRAME) {
            Self::Faster
        } else {
            Self::Even
        }
    }
}
