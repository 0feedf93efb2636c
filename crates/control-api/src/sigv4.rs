//! Verifies AWS Signature Version 4 as the Chime SDK's clients make it: in the header, for the signing name `chime`.
//!
//! The signature is recomputed over method, path, query and body as they arrived, before anything reads them.
//! Presigned URLs, which have it in the query, are verified in the same way; the body, empty or not, is covered too.

mod authorization;
mod canonical;
mod error;
mod presigned;

use std::{collections::BTreeSet, time::Duration};

use axum::http::{HeaderMap, HeaderName, header, request::Parts};
use carillon_types::{Caller, ControlRegion, WallTime};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{PrimitiveDateTime, macros::format_description};

use self::authorization::{Authorization, Scope, single};
pub(crate) use self::error::SignatureError;
use self::error::{Defect, ScopeDefect};
use self::presigned::Presigned;
use crate::{
    caller::{AccessKey, Credentials},
    query::Query,
};

const SERVICE: &str = "chime";
const ENDING: &str = "aws4_request";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What a signature must keep to beyond being right.
#[derive(Clone, Debug)]
pub struct SignatureRules {
    /// How far a signature's time may be from the service's, either way: longer forgives worse clocks, and
    /// lets a recorded request be replayed for longer.
    pub clock_tolerance: Duration,
    /// The regions that signatures may name.
    pub regions: Regions,
}

impl Default for SignatureRules {
    /// Allows a quarter of an hour, as AWS documents, and any region.
    fn default() -> Self {
        Self { clock_tolerance: Duration::from_secs(15 * 60), regions: Regions::Any }
    }
}

/// The regions that signatures may name.
#[derive(Clone, Debug)]
pub enum Regions {
    /// Any well-formed name: an SDK needs some region, whatever the endpoint.
    Any,
    /// These and no other.
    Only(BTreeSet<ControlRegion>),
}

/// Verifies a request's signature, and says who made it.
///
/// # Errors
///
/// Says what to change: see [`SignatureError`].
pub(crate) fn verify(
    request: (&Parts, &Query, &[u8]),
    credentials: &Credentials,
    rules: &SignatureRules,
    now: WallTime,
) -> Result<Caller, SignatureError> {
    let (parts, query, body) = request;
    let in_header = parts.headers.contains_key(header::AUTHORIZATION);
    let presigned = if in_header { None } else { Presigned::of(query)? };
    let claim = match &presigned {
        Some(presigned) => Claim::of_query(presigned)?,
        None => Claim::of_headers(&parts.headers, rules)?,
    };
    let Claim { authorization, date, .. } = &claim;
    require_signed(&parts.headers, authorization)?;
    let key = credentials.get(authorization.access_key).ok_or(SignatureError::UnknownKey)?;
    check_session(claim.token, key, now)?;
    let region = check_scope(&authorization.scope, date, rules)?;
    check_time(date, (claim.lasts, rules.clock_tolerance), now)?;
    let payload_hash = hex::encode(Sha256::digest(body));
    let announced = single(&parts.headers, &CONTENT_SHA256, "x-amz-content-sha256")?;
    if announced.is_some_and(|announced| announced != payload_hash) {
        return Err(SignatureError::PayloadHash);
    }
    let query = match &presigned {
        Some(_) => query.canonical_without(presigned::SIGNATURE),
        None => query.canonical(),
    };
    let text = canonical::string_to_sign(parts, &query, authorization, date, &payload_hash)?;
    mac(&signing_key(key, &authorization.scope), &text)
        .verify(&authorization.signature.into())
        .map_err(|_| SignatureError::Mismatch)?;
    Ok(Caller { account: key.account.clone(), region })
}

/// A signature and what else is needed to verify it, wherever in the request it stands.
struct Claim<'a> {
    authorization: Authorization<'a>,
    date: &'a str,
    token: Option<&'a str>,
    /// How old the signature may be.
    lasts: Duration,
}

impl<'a> Claim<'a> {
    fn of_headers(headers: &'a HeaderMap, rules: &SignatureRules) -> Result<Self, SignatureError> {
        let authorization = Authorization::of(headers)?;
        let date = single(headers, &DATE, "x-amz-date")?;
        let date = date.ok_or(SignatureError::Incomplete(Defect::Date))?;
        let token = single(headers, &SECURITY_TOKEN, "x-amz-security-token")?;
        Ok(Self { authorization, date, token, lasts: rules.clock_tolerance })
    }

    fn of_query(presigned: &'a Presigned) -> Result<Self, SignatureError> {
        let Presigned { date, expires, token, .. } = presigned;
        let authorization = presigned.authorization()?;
        Ok(Self { authorization, date, token: token.as_deref(), lasts: *expires })
    }
}

/// Requires `host` and every `x-amz-*` header to be signed, so that nobody between can set them.
fn require_signed(
    headers: &HeaderMap,
    authorization: &Authorization<'_>,
) -> Result<(), SignatureError> {
    // A second Host would let a proxy and this service disagree about which one was signed.
    single(headers, &header::HOST, "host")?;
    let amazon = headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
    match amazon.chain(["host"]).find(|name| !authorization.signs(name)) {
        Some(name) => Err(SignatureError::Incomplete(Defect::Unsigned(name.to_owned()))),
        None => Ok(()),
    }
}

fn check_session(
    token: Option<&str>,
    key: &AccessKey,
    now: WallTime,
) -> Result<(), SignatureError> {
    match (token, &key.session) {
        (None, None) => Ok(()),
        (Some(token), Some(session)) => {
            if !bool::from(token.as_bytes().ct_eq(session.token.expose().as_bytes())) {
                Err(SignatureError::SessionToken)
            } else if now >= session.expires {
                Err(SignatureError::SessionExpired)
            } else {
                Ok(())
            }
        }
        (None, Some(_)) | (Some(_), None) => Err(SignatureError::SessionToken),
    }
}

/// Checks the scope but for its access key, and returns its region.
fn check_scope(
    scope: &Scope<'_>,
    date: &str,
    rules: &SignatureRules,
) -> Result<ControlRegion, SignatureError> {
    let region = scope.region.parse().ok().filter(|region| match &rules.regions {
        Regions::Any => true,
        Regions::Only(served) => served.contains(region),
    });
    let defect = match region {
        _ if scope.ending != ENDING => ScopeDefect::Ending,
        _ if scope.service != SERVICE => ScopeDefect::Service,
        _ if date.split('T').next() != Some(scope.day) => ScopeDefect::Day,
        None => ScopeDefect::Region,
        Some(region) => return Ok(region),
    };
    Err(SignatureError::Scope(defect))
}

/// Checks that a signature is no older and no more ahead of the clock than it may be.
fn check_time(
    date: &str,
    (oldest, ahead): (Duration, Duration),
    now: WallTime,
) -> Result<(), SignatureError> {
    let signed = unix_seconds(date).ok_or(SignatureError::Incomplete(Defect::Date))?;
    let now = i64::try_from(now.as_millis() / 1000).unwrap_or(i64::MAX);
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let (oldest, ahead) = (seconds(oldest), seconds(ahead));
    let age = now.saturating_sub(signed);
    if age > oldest {
        Err(SignatureError::Expired { age, allowed: oldest })
    } else if age < ahead.saturating_neg() {
        Err(SignatureError::NotYetCurrent { lead: age.saturating_neg(), allowed: ahead })
    } else {
        Ok(())
    }
}

fn unix_seconds(date: &str) -> Option<i64> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    // The parser alone would take a sign before the year.
    let plain = date.len() == 16 && date.starts_with(|c: char| c.is_ascii_digit());
    let parsed = plain.then(|| PrimitiveDateTime::parse(date, format).ok()).flatten()?;
    Some(parsed.assume_utc().unix_timestamp())
}

/// Derives the key of one day, region and service from the secret.
fn signing_key(key: &AccessKey, scope: &Scope<'_>) -> Vec<u8> {
    let first = format!("AWS4{}", key.secret.expose()).into_bytes();
    [scope.day, scope.region, scope.service, scope.ending]
        .iter()
        .fold(first, |key, part| mac(&key, part).finalize().into_bytes().to_vec())
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length").chain_update(text)
}

#[cfg(test)]
mod tests;
