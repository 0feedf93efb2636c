//! How often a key frame is asked for.

use std::time::{Duration, Instant};

/// How long the sender gets before it is asked again.
///
/// Less asks twice for one key frame where a round trip and its encoding take long; more lengthens a freeze when the request is lost.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Remembers when a key frame was asked for last.
#[derive(Debug, Default)]
pub(super) struct KeyFrameRequest {
    last: Option<Instant>,
}

impl KeyFrameRequest {
    /// Whether to ask now, which counts as asked then.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.next().is_none_or(|next| now >= next);
        if is_due {
            self.last = Some(now);
        }
        is_due
    }

    /// When to ask again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.last?.checked_add(AGAIN_AFTER)
    }
}
