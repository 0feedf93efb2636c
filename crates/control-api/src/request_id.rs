//! The id that every answer carries and every log line of it names.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Gives out request ids: unique within a run by counting, between runs by the seed.
#[derive(Debug)]
pub(crate) struct RequestIds {
    seed: [u8; 16],
    given: AtomicU64,
}

impl RequestIds {
    pub(crate) const fn new(seed: [u8; 16]) -> Self {
        Self { seed, given: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> RequestId {
        let count = self.given.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::new().chain_update(self.seed).chain_update(count.to_be_bytes());
        let mut bytes = [0; 16];
        for (byte, chosen) in bytes.iter_mut().zip(digest.finalize()) {
            *byte = chosen;
        }
        RequestId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

/// Names one request, in the form that AWS gives its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Uuid);

impl RequestId {
    pub(crate) fn to_header(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("a GUID is visible ASCII")
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_within_a_run_and_between_runs() {
        let (first, second) = (RequestIds::new([1; 16]), RequestIds::new([2; 16]));
        let ids = [first.next(), first.next(), second.next()];
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        assert_eq!(ids[0].to_header().to_str().unwrap(), ids[0].to_string());
    }
}
