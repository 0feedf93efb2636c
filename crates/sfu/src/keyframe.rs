//! When to ask a source for a key frame.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::SubscriptionId;

/// The least time between two requests to one source, and from a key frame to the next request.
///
/// A key frame costs a source ten pictures' bits; less would spend them on requests that crossed
/// its key frame on the way, more would let those who join wait longer.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_millis(500);

/// The most time between two requests to a source that does not answer.
///
/// Less would press a paused or congested source, more would let a viewer wait after it recovers.
pub(crate) const MAX_INTERVAL: Duration = Duration::from_secs(4);

/// Who waits for a key frame of one source, and when it is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyFrameRequests {
    waiting: BTreeSet<SubscriptionId>,
    /// Before this, another request is of no use.
    not_before: Option<Instant>,
    /// How long the source has for its answer, doubled with each request that had none.
    interval: Option<Duration>,
}

impl KeyFrameRequests {
    /// Notes that a subscription waits.
    pub(crate) fn wait(&mut self, id: SubscriptionId) {
        self.waiting.insert(id);
    }

    /// Notes that a subscription waits no longer.
    pub(crate) fn forget(&mut self, id: SubscriptionId) {
        self.waiting.remove(&id);
        if self.waiting.is_empty() {
            self.interval = None;
        }
    }

    /// Whether somebody waits.
    pub(crate) fn is_waited_for(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Notes that a key frame has come, which is everybody's.
    pub(crate) fn handle_key_frame(&mut self, now: Instant) {
        self.waiting.clear();
        self.interval = None;
        self.not_before = now.checked_add(MIN_INTERVAL);
    }

    /// When to ask, if somebody waits: a time that may have passed.
    pub(crate) fn timeout(&self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() { None } else { Some(self.not_before.unwrap_or(now)) }
    }

    /// Whether to ask at this moment; the answer is expected before the next yes.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        let due = self.timeout(now).is_some_and(|at| at <= now);
        if due {
            let interval = self.interval.unwrap_or(MIN_INTERVAL);
            self.not_before = now.checked_add(interval);
            self.interval = Some(interval.saturating_mul(2).min(MAX_INTERVAL));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWER: SubscriptionId = SubscriptionId(1);

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn nobody_waiting_asks_for_nothing() {
        let mut requests = KeyFrameRequests::default();
        assert!(!requests.take_due(start()));
        requests.wait(VIEWER);
        requests.forget(VIEWER);
        assert_eq!(requests.timeout(start()), None);
        assert!(!requests.take_due(start()));
    }

    #[test]
    fn a_silent_source_is_asked_ever_more_rarely() {
        let mut requests = KeyFrameRequests::default();
        let mut now = start();
        requests.wait(VIEWER);
        assert!(requests.take_due(now));
        let mut pauses = Vec::new();
        for _ in 0..5 {
            let due = requests.timeout(now).unwrap();
            assert!(!requests.take_due(due - Duration::from_millis(1)));
            assert!(requests.take_due(due));
            pauses.push((due - now).as_millis());
            now = due;
        }
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 4_000]);
    }

    #[test]
    fn a_request_that_crosses_a_key_frame_waits_its_turn() {
        let mut requests = KeyFrameRequests::default();
        let now = start();
        requests.handle_key_frame(now);
        requests.wait(VIEWER);
        assert!(!requests.take_due(now + Duration::from_millis(20)));
        assert!(requests.take_due(now + MIN_INTERVAL));
    }
}
