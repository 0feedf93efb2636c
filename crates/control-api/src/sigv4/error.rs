//! Why a signature was refused.

/// A request whose signature does not hold; nothing of it has been acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// There is no signature; configure credentials in the SDK.
    #[error(
        "the request has no Authorization header and no presigned URL: sign it with Signature Version 4"
    )]
    Missing,
    /// The signature lacks a part or is misspelt; send it as an AWS SDK does.
    #[error("{0}")]
    Incomplete(Defect),
    /// Nobody here has this access key; use one that the service was configured with.
    #[error("the access key is not known to this service")]
    UnknownKey,
    /// The session token is missing, superfluous or wrong; refresh the credentials.
    #[error("the security token of the request is not valid for its access key")]
    SessionToken,
    /// The temporary credentials are over; refresh them.
    #[error("the security token of the request is expired")]
    SessionExpired,
    /// The scope names another day, region, service or ending; set the SDK's region.
    #[error("Credential should be scoped to {0}")]
    Scope(ScopeDefect),
    /// The signature is too old; correct the caller's clock.
    #[error("Signature expired: made {age} s before the service's clock, which allows {allowed} s")]
    Expired {
        /// Seconds that the signature is behind the service's clock.
        age: i64,
        /// Seconds that it may be.
        allowed: i64,
    },
    /// The signature is from the future; correct the caller's clock.
    #[error(
        "Signature not yet current: made {lead} s ahead of the service's clock, which allows {allowed} s"
    )]
    NotYetCurrent {
        /// Seconds that the signature is ahead of the service's clock.
        lead: i64,
        /// Seconds that it may be.
        allowed: i64,
    },
    /// The body is not the one that was announced; send it unchanged and unchunked.
    #[error("x-amz-content-sha256 is not the SHA-256 of the body")]
    PayloadHash,
    /// The signature is another; check the secret key, and that no proxy changes the request.
    #[error(
        "the signature does not match the request: check the secret key, and that Host, path and body arrive unchanged"
    )]
    Mismatch,
}

/// What is missing from a signature, or misspelt in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Defect {
    /// The header does not begin with the one algorithm spoken here.
    #[error("Authorization must begin with `AWS4-HMAC-SHA256 `")]
    Algorithm,
    /// A part of the Authorization header is absent, doubled, unknown or misspelt.
    #[error(
        "Authorization must give Credential, SignedHeaders and Signature once each, well formed"
    )]
    Parts,
    /// A header that the signature stands on occurs twice or is not text.
    #[error("header `{0}` must be given once, as visible ASCII")]
    Header(&'static str),
    /// A parameter of a presigned URL is absent, doubled or misspelt.
    #[error(
        "a presigned URL must give X-Amz-Algorithm=AWS4-HMAC-SHA256, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, \
         X-Amz-SignedHeaders and X-Amz-Signature once each, well formed"
    )]
    Presigned,
    /// `X-Amz-Date` is absent or not of the form 20210715T120000Z.
    #[error("`x-amz-date` must be given in the form yyyymmddThhmmssZ")]
    Date,
    /// A header that has to be signed is not.
    #[error("header `{0}` must be among the signed headers")]
    Unsigned(String),
    /// A signed header did not arrive.
    #[error("signed header `{0}` is not in the request")]
    Absent(String),
}

/// What a credential should have been scoped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScopeDefect {
    /// The day of the scope is not that of `X-Amz-Date`.
    #[error("the day of x-amz-date")]
    Day,
    /// The region is misspelt or not served.
    #[error("a valid region of this service")]
    Region,
    /// The signing name is another service's.
    #[error("the correct service, `chime`")]
    Service,
    /// The scope ends otherwise.
    #[error("a credential that ends in `aws4_request`")]
    Ending,
}
