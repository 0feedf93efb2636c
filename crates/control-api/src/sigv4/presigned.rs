//! The query parameters of a presigned URL, taken apart.

use std::time::Duration;

use super::{
    authorization::{ALGORITHM, Authorization},
    error::{Defect, SignatureError},
};
use crate::query::Query;

/// The one parameter that the signature does not cover.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// The longest that a URL may be good for, as AWS has it: a week.
const LONGEST: u64 = 7 * 24 * 60 * 60;

/// What the query of a presigned URL says; nothing of it is believed yet.
#[derive(Debug)]
pub(super) struct Presigned {
    credential: String,
    signed_headers: String,
    signature: String,
    pub(super) date: String,
    pub(super) expires: Duration,
    pub(super) token: Option<String>,
}

impl Presigned {
    /// Reads the parameters; `None` for a URL that is not meant to be presigned.
    pub(super) fn of(query: &Query) -> Result<Option<Self>, SignatureError> {
        let value = |name| query.value(name).map_err(|_| MALFORMED);
        let required = |name| value(name)?.ok_or(MALFORMED);
        let Some(algorithm) = value("X-Amz-Algorithm")? else { return Ok(None) };
        if algorithm != ALGORITHM {
            return Err(MALFORMED);
        }
        Ok(Some(Self {
            credential: required("X-Amz-Credential")?,
            signed_headers: required("X-Amz-SignedHeaders")?,
            signature: required(SIGNATURE)?,
            date: required("X-Amz-Date")?,
            expires: lifetime(&required("X-Amz-Expires")?).ok_or(MALFORMED)?,
            token: value("X-Amz-Security-Token")?,
        }))
    }

    /// Reads the parts that a header would give as well.
    pub(super) fn authorization(&self) -> Result<Authorization<'_>, SignatureError> {
        Authorization::of_parts(&self.credential, &self.signed_headers, &self.signature)
            .ok_or(MALFORMED)
    }
}

const MALFORMED: SignatureError = SignatureError::Incomplete(Defect::Presigned);

fn lifetime(text: &str) -> Option<Duration> {
    // The parser alone would take a sign before the number.
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|seconds| plain && (1..=LONGEST).contains(seconds));
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_whole_seconds_up_to_a_week() {
        assert_eq!(lifetime("1"), Some(Duration::from_secs(1)));
        assert_eq!(lifetime("604800"), Some(Duration::from_secs(604_800)));
        for bad in ["", "0", "604801", "-1", "+1", "1.5", " 1", "99999999999999999999"] {
            assert_eq!(lifetime(bad), None, "{bad}");
        }
    }
}
