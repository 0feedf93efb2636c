//! When a delivery is repeated, and when it is given up.

use std::time::Duration;

use carillon_control::EventRules;
use rand::{Rng as _, rngs::StdRng};

use crate::config::DeliveryPace;

/// How often a target may say that it does not want an event before it is believed: about half a minute, in which a
/// deployment that misplaced an address is put right. More keeps the meeting's later events waiting for longer.
const MOST_REFUSALS: u32 = 6;

/// How long a target can make deliveries wait by its own word.
const LONGEST_WISH: Duration = Duration::from_secs(60 * 60);

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody was reached, or no answer came in time.
    #[error("it cannot be reached: {0}")]
    Unreachable(Box<dyn std::error::Error + Send + Sync>),
    /// The target cannot take it at present.
    #[error("it answered {status}")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// How long it wants to be left alone.
        wish: Option<Duration>,
    },
    /// The target does not want it.
    #[error("it answered {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The target is there no more, and says so.
    #[error("it answered 410: nobody takes events there any more")]
    Gone,
}

impl Failure {
    /// Says whether it is about the target and not about one event: who says when to come back means everything.
    pub(crate) const fn is_about_all(&self) -> bool {
        match self {
            Self::Busy { wish, .. } => wish.is_some(),
            Self::Unreachable(_) | Self::Refused { .. } | Self::Gone => false,
        }
    }
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again after this time.
    Again(Duration),
    /// Let it be.
    GiveUp,
}

/// How often one event has failed.
#[derive(Debug)]
pub(crate) struct Patience {
    pace: DeliveryPace,
    failures: u32,
    refusals: u32,
}

impl Patience {
    pub(crate) const fn new(pace: DeliveryPace) -> Self {
        Self { pace, failures: 0, refusals: 0 }
    }

    /// Decides what to do after one more failure of an event that happened so long ago.
    pub(crate) fn after(&mut self, failure: &Failure, age: Duration, chance: &mut StdRng) -> Next {
        let wish = match failure {
            Failure::Gone => return Next::GiveUp,
            Failure::Refused { .. } => {
                self.refusals = self.refusals.saturating_add(1);
                if self.refusals >= MOST_REFUSALS {
                    return Next::GiveUp;
                }
                None
            }
            Failure::Unreachable(_) => None,
            Failure::Busy { wish, .. } => *wish,
        };
        if age >= EventRules::LONGEST_AGE {
            return Next::GiveUp;
        }
        let most =
            self.pace.first.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        let most = most.min(self.pace.longest);
        self.failures = self.failures.saturating_add(1);
        // Half of it by chance: whoever failed together does not come back together.
        let wait = most.mul_f64(chance.random_range(0.5..=1.0));
        Next::Again(wait.max(wish.unwrap_or_default().min(LONGEST_WISH)))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn waits(failure: &Failure, times: usize) -> Vec<Next> {
        let mut patience = Patience::new(DeliveryPace::default());
        let mut chance = StdRng::seed_from_u64(1);
        (0..times).map(|_| patience.after(failure, SECOND, &mut chance)).collect()
    }

    #[test]
    fn waits_double_up_to_the_longest_and_none_is_exact() {
        let busy = Failure::Busy { status: 503, wish: None };
        for (failed, next) in waits(&busy, 40).into_iter().enumerate() {
            let Next::Again(wait) = next else { panic!("given up after {failed}") };
            let most = Duration::from_secs(1 << failed.min(6)).min(Duration::from_secs(60));
            assert!((most / 2..=most).contains(&wait), "{wait:?} after {failed}");
        }
        assert_ne!(waits(&busy, 9)[7], waits(&busy, 9)[8], "chance has its part");
    }

    #[test]
    fn wish_of_the_target_is_kept_within_an_hour() {
        let wish =
            |seconds| Failure::Busy { status: 429, wish: Some(Duration::from_secs(seconds)) };
        assert_eq!(waits(&wish(100), 1), [Next::Again(100 * SECOND)]);
        assert_eq!(waits(&wish(1_000_000), 1), [Next::Again(3_600 * SECOND)]);
        assert_ne!(waits(&wish(0), 1), [Next::Again(Duration::ZERO)]);
    }

    #[test]
    fn only_a_target_that_says_when_to_come_back_speaks_of_all_events() {
        let busy = |wish| Failure::Busy { status: 503, wish };
        assert!(busy(Some(Duration::ZERO)).is_about_all());
        for failure in [busy(None), Failure::Refused { status: 400 }, Failure::Gone] {
            assert!(!failure.is_about_all(), "{failure}");
        }
    }

    #[test]
    fn refusal_is_believed_after_the_sixth_and_gone_at_once() {
        let refused = waits(&Failure::Refused { status: 404 }, 6);
        assert!(refused[..5].iter().all(|next| *next != Next::GiveUp), "{refused:?}");
        assert_eq!(refused[5], Next::GiveUp);
        assert_eq!(waits(&Failure::Gone, 1), [Next::GiveUp]);
    }

    #[test]
    fn event_of_yesterday_has_one_attempt() {
        let mut patience = Patience::new(DeliveryPace::default());
        let failure = Failure::Unreachable("nobody there".into());
        let mut after = |age| patience.after(&failure, age, &mut StdRng::seed_from_u64(1));
        assert_ne!(after(EventRules::LONGEST_AGE - SECOND), Next::GiveUp);
        assert_eq!(after(EventRules::LONGEST_AGE), Next::GiveUp);
    }
}
