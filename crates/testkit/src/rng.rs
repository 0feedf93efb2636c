//! Chance that repeats.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// A random number generator that yields the same numbers for the same seed.
#[must_use]
pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
