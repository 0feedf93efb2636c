mod presigned;
mod random;

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::PayloadChecksumKind;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use proptest::{prelude::*, sample::Index};

use super::*;
use crate::{
    caller::{Secret, Session},
    test_signer::Signer as Oracle,
};

const TOKEN: &str = "session-token";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_626_350_400)
}

fn credentials() -> Credentials {
    let key = |session| AccessKey {
        secret: Secret::new("devsecret".to_owned()),
        account: "000000000000".parse().unwrap(),
        session,
    };
    let session = Session {
        token: Secret::new(TOKEN.to_owned()),
        expires: (now() + Duration::from_secs(60)).into(),
    };
    let other = AccessKey { secret: Secret::new("othersecret".to_owned()), ..key(None) };
    [
        ("devkey".to_owned(), key(None)),
        ("otherkey".to_owned(), other),
        ("tempkey".to_owned(), key(Some(session))),
    ]
    .into_iter()
    .collect()
}

fn verdict_by(
    rules: &SignatureRules,
    request: Request<Vec<u8>>,
    now: SystemTime,
) -> Result<String, SignatureError> {
    let (parts, body) = request.into_parts();
    let query = Query::parse(parts.uri.query()).unwrap_or_default();
    verify((&parts, &query, &body), &credentials(), rules, now.into())
        .map(|caller| caller.region.to_string())
}

fn verdict_at(request: Request<Vec<u8>>, now: SystemTime) -> Result<String, SignatureError> {
    verdict_by(&SignatureRules::default(), request, now)
}

fn verdict(request: Request<Vec<u8>>) -> Result<String, SignatureError> {
    verdict_at(request, now())
}

fn post(signer: &Oracle) -> Request<Vec<u8>> {
    signer.sign(
        &Method::POST,
        "/meetings?operation=create-attendees",
        &[("content-type", "application/json")],
        br#"{"ExternalMeetingId":"caf\u00e9"}"#,
    )
}

#[test]
fn what_the_aws_signer_signs_is_accepted() {
    let signer = Oracle { region: "eu-central-1", ..Oracle::dev(now()) };
    assert_eq!(verdict(post(&signer)), Ok("eu-central-1".to_owned()));
    let hashed = Oracle { checksum: PayloadChecksumKind::XAmzSha256, ..signer };
    assert_eq!(verdict(post(&hashed)), Ok("eu-central-1".to_owned()));
}

#[test]
fn session_token_has_to_fit_its_key_and_live() {
    let lasting = Oracle::dev(now());
    let temporary = Oracle { access_key: "tempkey", token: Some(TOKEN), ..lasting.clone() };
    assert!(verdict(post(&temporary)).is_ok());
    for (access_key, token) in [("tempkey", None), ("tempkey", Some("x")), ("devkey", Some(TOKEN))]
    {
        let signer = Oracle { access_key, token, ..lasting.clone() };
        assert_eq!(verdict(post(&signer)), Err(SignatureError::SessionToken));
    }
    let over = now() + Duration::from_secs(60);
    assert_eq!(verdict_at(post(&temporary), over), Err(SignatureError::SessionExpired));
}

#[test]
fn unknown_key_and_wrong_secret_are_told_apart() {
    let signer = Oracle::dev(now());
    let stranger = Oracle { access_key: "nobody", ..signer.clone() };
    assert_eq!(verdict(post(&stranger)), Err(SignatureError::UnknownKey));
    let wrong = Oracle { secret: "devsecrex", ..signer };
    assert_eq!(verdict(post(&wrong)), Err(SignatureError::Mismatch));
}

#[test]
fn clock_may_be_off_by_the_tolerance_and_no_more() {
    let request = || post(&Oracle::dev(now()));
    let (allowed, more) = (Duration::from_secs(900), Duration::from_secs(901));
    assert!(verdict_at(request(), now() + allowed).is_ok());
    assert!(verdict_at(request(), now() - allowed).is_ok());
    let expired = SignatureError::Expired { age: 901, allowed: 900 };
    assert_eq!(verdict_at(request(), now() + more), Err(expired));
    let early = SignatureError::NotYetCurrent { lead: 901, allowed: 900 };
    assert_eq!(verdict_at(request(), now() - more), Err(early));
}

#[test]
fn scope_has_to_name_this_service_a_served_region_and_the_day() {
    let scope = |signer: &Oracle| verdict(post(signer)).unwrap_err();
    let signer = Oracle::dev(now());
    let other = Oracle { service: "s3", ..signer.clone() };
    assert_eq!(scope(&other), SignatureError::Scope(ScopeDefect::Service));
    let odd = Oracle { region: "US_EAST", ..signer.clone() };
    assert_eq!(scope(&odd), SignatureError::Scope(ScopeDefect::Region));
    let change = |from: &str, to: &str| {
        let mut request = post(&signer);
        let text = request.headers()["authorization"].to_str().unwrap().replace(from, to);
        request.headers_mut().insert("authorization", text.parse().unwrap());
        verdict(request).unwrap_err()
    };
    assert_eq!(change("/20210715/", "/20210714/"), SignatureError::Scope(ScopeDefect::Day));
    assert_eq!(change("aws4_request", "aws5_request"), SignatureError::Scope(ScopeDefect::Ending));
}

#[test]
fn regions_may_be_limited() {
    let rules = SignatureRules {
        regions: Regions::Only(["us-west-2".parse().unwrap()].into()),
        ..SignatureRules::default()
    };
    let signed_in = |region| {
        let signer = Oracle { region, ..Oracle::dev(now()) };
        verdict_by(&rules, post(&signer), now())
    };
    assert_eq!(signed_in("us-west-2"), Ok("us-west-2".to_owned()));
    assert_eq!(signed_in("us-east-1"), Err(SignatureError::Scope(ScopeDefect::Region)));
}

#[test]
fn headers_that_matter_are_signed_and_single() {
    let signer = Oracle::dev(now());
    let with = |name: &'static str, value: &'static str| {
        let mut request = post(&signer);
        request.headers_mut().append(name, HeaderValue::from_static(value));
        verdict(request).unwrap_err()
    };
    let without = |name: &str| {
        let mut request = post(&signer);
        request.headers_mut().remove(name);
        verdict(request).unwrap_err()
    };
    let unsigned = |name: &str| SignatureError::Incomplete(Defect::Unsigned(name.to_owned()));
    let twice = |name| SignatureError::Incomplete(Defect::Header(name));
    assert_eq!(with("x-amz-target", "x"), unsigned("x-amz-target"));
    assert_eq!(with("x-amz-security-token", TOKEN), unsigned("x-amz-security-token"));
    assert_eq!(with("x-amz-date", "20210715T120000Z"), twice("x-amz-date"));
    assert_eq!(with("host", "127.0.0.1:8080"), twice("host"));
    assert_eq!(with("authorization", "x"), twice("authorization"));
    assert_eq!(with("content-type", "application/json"), SignatureError::Mismatch);
    assert_eq!(without("authorization"), SignatureError::Missing);
    assert_eq!(without("x-amz-date"), SignatureError::Incomplete(Defect::Date));
    let absent = SignatureError::Incomplete(Defect::Absent("content-type".to_owned()));
    assert_eq!(without("content-type"), absent);
}

#[test]
fn announced_payload_hash_has_to_be_that_of_the_body() {
    let signer = Oracle { checksum: PayloadChecksumKind::XAmzSha256, ..Oracle::dev(now()) };
    let mut request = post(&signer);
    request.body_mut().push(b' ');
    assert_eq!(verdict(request), Err(SignatureError::PayloadHash));
}

#[test]
fn dates_are_parsed_strictly() {
    assert_eq!(unix_seconds("20210715T120000Z"), Some(1_626_350_400));
    for bad in ["", "20210715T120000", "+0210715T120000Z", "20211315T120000Z", "20210715t120000Z"] {
        assert_eq!(unix_seconds(bad), None, "{bad}");
    }
}

/// Where a bit is flipped.
#[derive(Clone, Copy, Debug)]
enum Part {
    Target,
    Header(usize),
    Body,
}

fn parts_of_a_request() -> impl Strategy<Value = Part> {
    // Five headers are signed or sign: host, content-type, x-amz-date, x-amz-content-sha256, authorization.
    prop_oneof![Just(Part::Target), (0..5_usize).prop_map(Part::Header), Just(Part::Body)]
}

/// Flips a bit; `None` when HTTP itself could not carry the outcome.
fn flip(mut request: Request<Vec<u8>>, part: Part, at: Index, bit: u8) -> Option<Request<Vec<u8>>> {
    let flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let position = at.index(bytes.len());
        bytes[position] ^= 1 << bit;
        bytes
    };
    match part {
        Part::Target => {
            let target = flipped(request.uri().to_string().as_bytes());
            *request.uri_mut() = Uri::try_from(target).ok()?;
        }
        Part::Header(index) => {
            let name: HeaderName = request.headers().keys().nth(index)?.clone();
            let value = HeaderValue::from_bytes(&flipped(request.headers()[&name].as_bytes()));
            request.headers_mut().insert(name, value.ok()?);
        }
        Part::Body => *request.body_mut() = flipped(request.body()),
    }
    Some(request)
}

proptest! {
    #[test]
    fn flipped_bit_anywhere_is_refused(part in parts_of_a_request(), at: Index, bit in 0..8_u8) {
        let signer = Oracle { checksum: PayloadChecksumKind::XAmzSha256, ..Oracle::dev(now()) };
        if let Some(request) = flip(post(&signer), part, at, bit) {
            prop_assert!(verdict(request).is_err());
        }
    }

    #[test]
    fn any_query_and_body_signed_by_aws_is_accepted(
        name in "[a-zA-Z0-9 ~/+=&é-]{1,8}", value in ".{0,16}", body: Vec<u8>, words in "[a-z]( {1,3}[a-z]){0,4}",
    ) {
        let query = format!(
            "{}={}", crate::query::encode(&name, crate::query::Slash::Escape),
            crate::query::encode(&value, crate::query::Slash::Escape),
        );
        let request = Oracle::dev(now()).sign(
            &Method::PUT,
            &format!("/meetings/a%20b/x?{query}&arn=arn%3Aaws"),
            &[("x-amz-user-agent", &words)],
            &body,
        );
        prop_assert_eq!(verdict(request), Ok("us-east-1".to_owned()));
    }

    #[test]
    fn any_headers_and_body_are_answered(
        headers in proptest::collection::vec(("[a-z-]{1,12}", ".{0,40}"), 0..8),
        authorization in "(AWS4-HMAC-SHA256 )?.{0,80}", body: Vec<u8>,
    ) {
        let mut request = Request::builder().uri("/meetings").header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Ok(request) = request.body(body) {
            prop_assert!(verdict(request).is_err());
        }
    }
}
