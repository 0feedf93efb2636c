//! How long a jitter buffer lets sound wait.

use std::time::Duration;

/// How a jitter buffer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JitterConfig {
    /// Sound waits for the same time whatever the network does, and is skipped where it has become longer: what a mixer of many wants.
    Fixed {
        /// How long the first packet of a talk spurt waits for those after it; at most 500 ms, since there is room for 640 ms of packets.
        delay: Duration,
    },
    /// Sound waits for as long as nearly all packets take: what a listener wants.
    Adaptive {
        /// The least it waits.
        floor: Duration,
        /// The most it waits, at most one second.
        ceiling: Duration,
    },
}

impl JitterConfig {
    /// Waits for 20 ms on a calm network, which repairs a single loss from the packet behind it, and for up to one second on a bad one.
    pub const ADAPTIVE: Self =
        Self::Adaptive { floor: Duration::from_millis(20), ceiling: Duration::from_secs(1) };
}

impl JitterConfig {
    /// How many frames in a row are concealed while nothing arrives, before the sender counts as silent.
    ///
    /// Less cuts off speech in an outage it would survive, more hums on after a talker leaves: 100 ms in a mix, where the
    /// hum is everybody's, and 160 ms for a listener, whose speech through bursts of loss is better for it.
    pub(super) const fn longest_starvation(self) -> u32 {
        match self {
            Self::Fixed { .. } => 5,
            Self::Adaptive { .. } => 8,
        }
    }
}

impl Default for JitterConfig {
    /// A fixed 40 ms: one packet may overtake another and the jitter of a good network does no harm.
    fn default() -> Self {
        Self::Fixed { delay: Duration::from_millis(40) }
    }
}
