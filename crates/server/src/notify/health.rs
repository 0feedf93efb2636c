//! What becomes of deliveries, in numbers, and what an operator is told of targets.

use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};

use super::retry::Failure;

/// What has become of deliveries since the start, of all targets together.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

impl Deliveries {
    /// Counts events that a target took.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// Counts attempts in vain.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }

    /// Counts events that a target was not to be had for.
    pub(crate) fn given_up(&self) -> u64 {
        self.given_up.load(Relaxed)
    }

    pub(super) fn count_delivered(&self) {
        self.delivered.fetch_add(1, Relaxed);
    }

    pub(super) fn count_failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    pub(super) fn count_given_up(&self) {
        self.given_up.fetch_add(1, Relaxed);
    }
}

/// Whether a target takes events, so that an outage is told once and not with every attempt.
#[derive(Debug)]
pub(crate) struct TargetHealth {
    name: String,
    failing: AtomicUsize,
}

impl TargetHealth {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), failing: AtomicUsize::new(0) }
    }

    /// Says whether some event waits to be repeated.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(SeqCst) > 0
    }

    /// Takes note that one more event has to be repeated.
    pub(super) fn begin_failing(&self, failure: &Failure) {
        if self.failing.fetch_add(1, SeqCst) == 0 {
            let target = self.name.as_str();
            tracing::warn!(target_name = target, %failure, "a target does not take events; they are kept and repeated");
        }
    }

    /// Takes note that one event has to be repeated no more.
    pub(super) fn end_failing(&self) {
        if self.failing.fetch_sub(1, SeqCst) == 1 {
            tracing::info!(target_name = self.name.as_str(), "a target goes on to take events");
        }
    }

    /// Tells of an event that is given up.
    pub(super) fn give_up(&self, failure: &Failure) {
        let target = self.name.as_str();
        tracing::warn!(target_name = target, %failure, "an event is given up");
    }
}
