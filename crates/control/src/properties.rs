//! What holds for any text whatsoever: property tests and the targets of `crates/fuzz` try it.

#![expect(
    clippy::missing_panics_doc,
    reason = "a property that does not hold ends the test, and says which"
)]

use crate::seal::SealKey;
use crate::token;

/// A text that nobody was given opens nothing.
pub fn join_token(text: &str) {
    assert_eq!(token::open(&SealKey::from_bytes([1; 32]), text), None);
}
