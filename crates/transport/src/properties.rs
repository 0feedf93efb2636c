//! What holds for any bytes whatsoever: property tests and the targets of `crates/fuzz` try it.

#![expect(
    clippy::missing_panics_doc,
    reason = "a property that does not hold ends the test, and says which"
)]

use crate::demux::{PacketKind, binding_request_ufrag, classify};
use crate::stun::{BindingRequest, BindingSuccess};

/// Only STUN names a session, and nothing is authentic by chance.
pub fn datagram(bytes: &[u8]) {
    let is_stun = classify(bytes) == PacketKind::Stun;
    assert!(is_stun || binding_request_ufrag(bytes).is_none());
    assert!(BindingRequest::authenticate(bytes, "here:there", "a secret").is_err());
    assert!(BindingSuccess::authenticate(bytes, "a secret").is_err());
}
