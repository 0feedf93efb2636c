//! The one provider of cryptographic operations that the rtc crates are given.

use std::sync::{Arc, LazyLock};

use rtc_crypto::providers::RingProvider;
use rtc_crypto::{RTCCrypto, RTCCryptoProvider};

static PROVIDER: LazyLock<Arc<dyn RTCCryptoProvider>> =
    LazyLock::new(|| Arc::new(RingProvider::new()));

/// The provider, for crates that keep it.
pub(crate) fn provider() -> Arc<dyn RTCCryptoProvider> {
    Arc::clone(&PROVIDER)
}

/// The provider's operations, for calls that borrow them.
pub(crate) fn operations() -> &'static dyn RTCCrypto {
    PROVIDER.crypto()
}
