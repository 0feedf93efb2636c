//! The identity that an end of a path proves in the DTLS handshake.

use std::fmt;
use std::sync::Arc;

use crate::dtls::Identity;
use crate::{CertificateError, Fingerprint};

/// A self-signed ECDSA P-256 certificate with its key; clones share it, as all sessions of a server do.
#[derive(Clone)]
pub struct Certificate(Arc<Identity>);

impl Certificate {
    /// Generates a certificate.
    ///
    /// The key comes from the randomness of the operating system: it is a secret that no seed may reproduce.
    ///
    /// # Errors
    ///
    /// Fails if the system yields no randomness.
    pub fn generate() -> Result<Self, CertificateError> {
        Identity::generate().map(|identity| Self(Arc::new(identity)))
    }

    /// The fingerprint to write into SDP.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.fingerprint()).finish()
    }
}
