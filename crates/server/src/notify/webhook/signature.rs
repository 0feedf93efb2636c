//! Proves to a web server that a delivery comes from this service, and when it was sent.

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The header with the proof.
pub(super) const HEADER: &str = "carillon-signature";

/// The secret that the service and one target share.
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("a key may have any length"))
    }

    /// Signs a body together with the second at which it is sent, so that it cannot be sent again later.
    pub(super) fn sign(&self, seconds: u64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(seconds.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_the_one_that_other_libraries_compute() {
        // python3: hmac.new(b"a secret of some length", b'1700000000.{"version":"0"}', "sha256").hexdigest()
        let key = SigningKey::new(b"a secret of some length");
        assert_eq!(
            key.sign(1_700_000_000, br#"{"version":"0"}"#),
            "t=1700000000,v1=03529e44213075ac804265cf91078f9059f6d2baf01c3146d7823fdf72003cf9"
        );
        assert!(!format!("{key:?}").contains("secret"));
    }
}
