//! The service's own signature on what it gives out.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The key of the signature; whoever has it can enter every meeting.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SealKey([u8; 32]);

impl SealKey {
    /// The number of bytes of a signature.
    pub(crate) const SEAL: usize = 32;

    /// Makes a key of random bytes.
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, for the store alone.
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Signs parts of fixed length for one purpose (HMAC-SHA256, RFC 2104).
    pub(crate) fn seal(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; Self::SEAL] {
        self.mac(purpose, parts).finalize().into_bytes().into()
    }

    /// Checks a signature in constant time.
    pub(crate) fn is_sealed(&self, purpose: Purpose, parts: &[&[u8]], seal: &[u8]) -> bool {
        self.mac(purpose, parts).verify_slice(seal).is_ok()
    }

    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.0).expect("a key may have any length");
        mac.update(&[purpose as u8]);
        for part in parts {
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// What a signature is good for; one for one purpose is worthless for another.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Purpose {
    /// Entering a meeting.
    Join = 1,
    /// Going on in a list of attendees.
    Page = 2,
    /// Going on in a list of meetings.
    MeetingPage = 3,
}
