//! The `Authorization` header, taken apart.

use axum::http::{HeaderMap, HeaderName, header};

use super::error::{Defect, SignatureError};

/// The only algorithm spoken here; the other one that AWS has is for requests to many regions.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A well-formed signature with what it covers; nothing of it is believed yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    pub(super) access_key: &'a str,
    pub(super) scope: Scope<'a>,
    /// As sent; known to be lower case, in order and free of duplicates.
    pub(super) signed_headers: &'a str,
    pub(super) signature: [u8; 32],
}

/// What a signature is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scope<'a> {
    /// Everything behind the access key, which is what the string to sign holds.
    pub(super) text: &'a str,
    pub(super) day: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) ending: &'a str,
}

impl<'a> Authorization<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Result<Self, SignatureError> {
        let text = single(headers, &header::AUTHORIZATION, "authorization")?;
        let text = text.ok_or(SignatureError::Missing)?;
        Self::parse(text).map_err(SignatureError::Incomplete)
    }

    fn parse(text: &'a str) -> Result<Self, Defect> {
        let parts = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
        let parts = parts.ok_or(Defect::Algorithm)?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in parts.split(',') {
            let (name, value) = part.trim_matches(' ').split_once('=').ok_or(Defect::Parts)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Defect::Parts),
            };
            if slot.replace(value).is_some() {
                return Err(Defect::Parts);
            }
        }
        let parts = credential.zip(signed_headers).zip(signature);
        parts.and_then(|((c, h), s)| Self::of_parts(c, h, s)).ok_or(Defect::Parts)
    }

    /// Reads what header and presigned URL have in common; `None` for what is misspelt.
    pub(super) fn of_parts(
        credential: &'a str,
        signed_headers: &'a str,
        signature: &str,
    ) -> Option<Self> {
        let (access_key, scope) = Scope::parse(credential)?;
        let signature = digest(signature)?;
        is_canonical(signed_headers).then_some(Self {
            access_key,
            scope,
            signed_headers,
            signature,
        })
    }

    /// Tells whether the signature covers a header, named in lower case.
    pub(super) fn signs(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }
}

impl<'a> Scope<'a> {
    fn parse(credential: &'a str) -> Option<(&'a str, Self)> {
        let (access_key, text) = credential.split_once('/')?;
        let mut parts = text.split('/');
        let scope = Self {
            text,
            day: parts.next()?,
            region: parts.next()?,
            service: parts.next()?,
            ending: parts.next()?,
        };
        parts.next().is_none().then_some((access_key, scope))
    }
}

/// Returns the one value of a header that must not be given twice.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    label: &'static str,
) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str()).transpose();
    match (value, values.next()) {
        (Ok(value), None) => Ok(value),
        (_, _) => Err(SignatureError::Incomplete(Defect::Header(label))),
    }
}

/// Tells whether a header list is lower case, strictly ascending and without empty names.
fn is_canonical(list: &str) -> bool {
    let ascending = list.split(';').zip(list.split(';').skip(1)).all(|(a, b)| a < b);
    let plain = list.split(';').all(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
    });
    ascending && plain
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    (lower && hex::decode_to_slice(text, &mut digest).is_ok()).then_some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNATURE: &str = "aa000000000000000000000000000000000000000000000000000000000000bb";

    fn header(credential: &str, signed: &str, signature: &str) -> String {
        format!(
            "{ALGORITHM} Credential={credential}, SignedHeaders={signed}, Signature={signature}"
        )
    }

    #[test]
    fn all_parts_are_found() {
        let text =
            header("AKID/20210715/us-east-1/chime/aws4_request", "host;x-amz-date", SIGNATURE);
        let parsed = Authorization::parse(&text).unwrap();
        assert_eq!((parsed.access_key, parsed.scope.region), ("AKID", "us-east-1"));
        assert_eq!(parsed.scope.text, "20210715/us-east-1/chime/aws4_request");
        assert!(parsed.signs("host") && !parsed.signs("content-type"));
        assert_eq!((parsed.signature[0], parsed.signature[31]), (0xaa, 0xbb));
    }

    #[test]
    fn whatever_is_misspelt_is_refused() {
        let credential = "AKID/20210715/us-east-1/chime/aws4_request";
        let good = header(credential, "host;x-amz-date", SIGNATURE);
        assert_eq!(Authorization::parse(&good.replace("SHA256", "SHA512")), Err(Defect::Algorithm));
        for bad in [
            header("AKID/20210715/us-east-1/chime", "host", SIGNATURE),
            header("AKID/20210715/us-east-1/chime/aws4_request/x", "host", SIGNATURE),
            header(credential, "x-amz-date;host", SIGNATURE),
            header(credential, "host;host", SIGNATURE),
            header(credential, "Host", SIGNATURE),
            header(credential, "", SIGNATURE),
            header(credential, "host", &SIGNATURE.to_uppercase()),
            header(credential, "host", &SIGNATURE[1..]),
            format!("{good}, Signature={SIGNATURE}"),
            format!("{good}, Extra=1"),
            good.replace(", SignedHeaders=host;x-amz-date", ""),
        ] {
            assert_eq!(Authorization::parse(&bad), Err(Defect::Parts), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_parsed_or_refused(text in ".*", tail in "[A-Za-z0-9=,;/ ]*") {
            prop_assert_eq!(Authorization::parse(&text).ok(), None);
            let text = format!("{ALGORITHM} {tail}");
            if let Ok(parsed) = Authorization::parse(&text) {
                prop_assert!(text.contains(parsed.scope.text));
            }
        }
    }
}
