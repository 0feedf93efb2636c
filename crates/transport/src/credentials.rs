//! The user name fragment and password of one end (RFC 8839 section 5.4).

use std::fmt;

use rand::CryptoRng;

/// What one end of a path is called in connectivity checks, and the secret that proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct IceCredentials {
    /// The user name fragment: it routes a check to its session.
    pub ufrag: String,
    /// The password: it keys the integrity of checks sent to this end.
    pub pwd: String,
}

impl IceCredentials {
    /// Characters of a generated fragment: 72 random bits, so that no two sessions of a server share one.
    const UFRAG_LENGTH: usize = 12;
    /// Characters of a generated password: 144 random bits, of which RFC 8445 section 5.3 asks 128.
    const PWD_LENGTH: usize = 24;

    /// Draws credentials for one session.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self { ufrag: ice_chars(rng, Self::UFRAG_LENGTH), pwd: ice_chars(rng, Self::PWD_LENGTH) }
    }
}

impl fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceCredentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

fn ice_chars(rng: &mut impl CryptoRng, length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut draw = || ALPHABET.get((rng.next_u32() & 63) as usize).copied().unwrap_or(b'A');
    (0..length).map(|_| char::from(draw())).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn generated_credentials_are_long_enough_and_differ() {
        let mut rng = StdRng::seed_from_u64(1);
        let (one, other) = (IceCredentials::generate(&mut rng), IceCredentials::generate(&mut rng));
        assert_ne!(one, other);
        assert!(one.ufrag.len() >= 4 && one.pwd.len() >= 22);
        assert!(one.pwd.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/'));
    }

    #[test]
    fn debug_text_hides_the_password() {
        let credentials = IceCredentials::generate(&mut StdRng::seed_from_u64(2));
        assert!(!format!("{credentials:?}").contains(&credentials.pwd));
    }
}
