//! How a peer's certificate is named in SDP (RFC 8122 section 5).

use std::fmt;
use std::str::FromStr;

/// The SHA-256 digest of a certificate, written `AA:BB:...` in SDP.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Computes the fingerprint of a DER-encoded certificate.
    #[must_use]
    pub fn of_der(certificate: &[u8]) -> Self {
        let mut digest = [0; 32];
        let computed = ring::digest::digest(&ring::digest::SHA256, certificate);
        for (to, from) in digest.iter_mut().zip(computed.as_ref()) {
            *to = *from;
        }
        Self(digest)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text is not 32 hexadecimal pairs joined by colons: refuse the offer that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sha-256 fingerprint")]
pub struct InvalidFingerprint;

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut pairs = text.split(':');
        let mut digest = [0; 32];
        for byte in &mut digest {
            let pair = pairs.next().filter(|pair| pair.len() == 2).ok_or(InvalidFingerprint)?;
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(InvalidFingerprint);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| InvalidFingerprint)?;
        }
        if pairs.next().is_some() { Err(InvalidFingerprint) } else { Ok(Self(digest)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digest_is_that_of_sha_256() {
        let text = Fingerprint::of_der(b"abc").to_string();
        assert!(text.starts_with("BA:78:16:BF:8F:01:CF:EA"), "{text}");
    }

    #[test]
    fn malformed_text_is_refused() {
        let good = Fingerprint::of_der(b"").to_string();
        assert_eq!(good.to_lowercase().parse::<Fingerprint>().unwrap().to_string(), good);
        for bad in ["", "AA", "+A:BB", &good[3..], &format!("{good}:00"), &good.replace(':', "")] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(InvalidFingerprint), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_survives_the_round_trip(digest: [u8; 32]) {
            let fingerprint = Fingerprint(digest);
            prop_assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        }

        #[test]
        fn any_text_is_parsed_without_panic(text: String) {
            prop_assert!(text.parse::<Fingerprint>().is_err() || text.len() == 95);
        }
    }
}
