//! Sorts what was measured.

use std::time::Duration;

/// Spans, sorted.
pub(crate) struct Spans(Vec<Duration>);

impl Spans {
    pub(crate) fn of(mut spans: Vec<Duration>) -> Self {
        spans.sort_unstable();
        Self(spans)
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// The span that so many of a hundred do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * percent / 100).copied().unwrap_or_default()
    }
}

pub(crate) fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
