//! How often an account may call each operation.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use carillon_types::AccountId;

use crate::token_bucket::{Rate, TokenBucket};

impl Rate {
    /// What the original service allows an account per operation, 10 requests a second and 20 at once: for tests of how a
    /// caller bears it.
    pub const ORIGINAL_API: Self = Self { interval: Duration::from_millis(100), burst: 20 };
}

/// The buckets of all accounts and operations, as many as there are of both: accounts come from the configuration.
#[derive(Debug)]
pub(crate) struct Throttle {
    rate: Rate,
    buckets: Mutex<BTreeMap<(AccountId, &'static str), TokenBucket>>,
}

impl Throttle {
    pub(crate) const fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::new(BTreeMap::new()) }
    }

    /// Says whether an account may call an operation once more.
    pub(crate) fn admits(
        &self,
        now: Instant,
        account: &AccountId,
        operation: &'static str,
    ) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || TokenBucket::new(now, self.rate);
        buckets.entry((account.clone(), operation)).or_insert_with(fresh).take(now)
    }
}
