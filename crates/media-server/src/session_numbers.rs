//! The numbers of signaling connections.

use std::sync::atomic::{AtomicU64, Ordering};

use carillon_meeting::SessionId;

/// Hands out session numbers: one sequence for the process, so that no two sessions share a number.
#[derive(Debug, Default)]
pub(crate) struct SessionNumbers(AtomicU64);

impl SessionNumbers {
    pub(crate) fn next(&self) -> SessionId {
        SessionId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, thread};

    use super::*;

    #[test]
    fn no_number_is_given_twice() {
        let numbers = SessionNumbers::default();
        let draw = || (0..1_000).map(|_| numbers.next().0).collect::<Vec<_>>();
        let drawn: BTreeSet<u64> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(drawn.len(), 4_000);
    }
}
