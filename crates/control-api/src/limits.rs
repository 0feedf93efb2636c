//! What a request may ask of the service before it is understood.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Bytes of a request body. The largest one that keeps to the model, a hundred attendees with 64 escaped
/// characters and capabilities each, has about 60,000; every connection may hold this much at once.
pub(crate) const MAX_BODY_BYTES: usize = 256 * 1024;

/// How long a body may take to arrive, from the end of the headers to its last byte. Shorter cuts off
/// honest callers behind bad links, longer lets idle ones hold their buffers.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a body whole, within the limits.
pub(crate) async fn read(body: Body) -> Result<Bytes, Problem> {
    let whole = Limited::new(body, MAX_BODY_BYTES).collect();
    match tokio::time::timeout(BODY_TIMEOUT, whole).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Problem::body_too_large(MAX_BODY_BYTES))
        }
        Ok(Err(_)) => Err(Problem::bad_request("the request body ended before its length")),
        Err(_) => Err(Problem::body_too_slow()),
    }
}

/// Understands a body as JSON, whatever content type it claims: SDKs differ in that.
///
/// Nesting is bounded by the parser, at 128 levels.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Checked apart, because the parser would take an array as an object's members in order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::bad_request("the request body has to be a JSON object"));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("the request body is not right: {error}")))
}
