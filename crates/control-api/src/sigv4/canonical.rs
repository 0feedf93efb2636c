//! The canonical request and the string to sign.

use axum::http::{HeaderMap, request::Parts};
use sha2::{Digest, Sha256};

use super::{
    authorization::{ALGORITHM, Authorization},
    error::{Defect, SignatureError},
};
use crate::query::{Slash, encode};

/// Builds what the signature was made over, from the request as it arrived and its query as it was signed.
pub(super) fn string_to_sign(
    parts: &Parts,
    query: &str,
    authorization: &Authorization<'_>,
    date: &str,
    payload_hash: &str,
) -> Result<String, SignatureError> {
    let mut canonical = Vec::with_capacity(1024);
    let mut line = |bytes: &[u8]| {
        canonical.extend_from_slice(bytes);
        canonical.push(b'\n');
    };
    line(parts.method.as_str().as_bytes());
    // Encoded once more although it arrives encoded: the rule for every service but S3.
    line(encode(parts.uri.path(), Slash::Keep).as_bytes());
    line(query.as_bytes());
    for name in authorization.signed_headers.split(';') {
        let value = header_value(&parts.headers, name)
            .ok_or_else(|| SignatureError::Incomplete(Defect::Absent(name.to_owned())))?;
        line(&[name.as_bytes(), b":", &value].concat());
    }
    line(b"");
    line(authorization.signed_headers.as_bytes());
    canonical.extend_from_slice(payload_hash.as_bytes());
    Ok(format!(
        "{ALGORITHM}\n{date}\n{}\n{}",
        authorization.scope.text,
        hex::encode(Sha256::digest(&canonical))
    ))
}

/// Joins the values of a header by commas, each without outer spaces and with single inner ones.
fn header_value(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let values: Vec<_> = headers.get_all(name).iter().map(|v| squeeze(v.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(&b','))
}

fn squeeze(value: &[u8]) -> Vec<u8> {
    let words: Vec<_> = value.split(|b| *b == b' ').filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn header_values_are_trimmed_squeezed_and_joined() {
        let mut headers = HeaderMap::new();
        headers.append("my-header", HeaderValue::from_static("  a   b c "));
        headers.append("my-header", HeaderValue::from_static("d"));
        assert_eq!(header_value(&headers, "my-header"), Some(b"a b c,d".to_vec()));
        assert_eq!(header_value(&headers, "other"), None);
    }
}
