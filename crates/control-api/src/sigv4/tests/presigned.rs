//! Presigned URLs: the signature in the query, good for as long as it says.

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn oracle() -> Oracle {
    Oracle { presigned: Some(HOUR), ..Oracle::dev(now()) }
}

fn get(signer: &Oracle) -> Request<Vec<u8>> {
    signer.sign(&Method::GET, "/meetings/a/attendees?max-results=2", &[], b"")
}

/// What becomes of a presigned URL with one text in its query replaced.
fn with(from: &str, to: &str) -> Result<String, SignatureError> {
    let mut request = get(&oracle());
    let uri = request.uri().to_string();
    assert!(uri.contains(from), "{from} in {uri}");
    *request.uri_mut() = uri.replace(from, to).parse().unwrap();
    verdict(request)
}

#[test]
fn presigned_url_is_accepted_with_and_without_a_session() {
    assert_eq!(verdict(get(&oracle())), Ok("us-east-1".to_owned()));
    let temporary = Oracle { access_key: "tempkey", token: Some(TOKEN), ..oracle() };
    assert_eq!(verdict(get(&temporary)), Ok("us-east-1".to_owned()));
    let stale = Oracle { token: Some("stale"), ..temporary.clone() };
    assert_eq!(verdict(get(&stale)), Err(SignatureError::SessionToken));
    let lost = Oracle { token: None, ..temporary };
    assert_eq!(verdict(get(&lost)), Err(SignatureError::SessionToken));
}

#[test]
fn presigned_url_is_good_for_as_long_as_it_says() {
    let second = Duration::from_secs(1);
    assert!(verdict_at(get(&oracle()), now() + HOUR).is_ok());
    let expired = SignatureError::Expired { age: 3601, allowed: 3600 };
    assert_eq!(verdict_at(get(&oracle()), now() + HOUR + second), Err(expired));
    let tolerance = SignatureRules::default().clock_tolerance;
    assert!(verdict_at(get(&oracle()), now() - tolerance).is_ok());
    let early = SignatureError::NotYetCurrent { lead: 901, allowed: 900 };
    assert_eq!(verdict_at(get(&oracle()), now() - tolerance - second), Err(early));
}

#[test]
fn presigned_url_covers_the_body() {
    let mut request = get(&oracle());
    request.body_mut().extend(b"{}");
    assert_eq!(verdict(request), Err(SignatureError::Mismatch));
}

#[test]
fn parameters_are_required_once_each_and_well_formed() {
    let malformed = Err(SignatureError::Incomplete(Defect::Presigned));
    for (from, to) in [
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        ("X-Amz-Credential=", "X-Amz-Credentials="),
        ("X-Amz-Date=", "X-Amz-Dates="),
        ("X-Amz-Expires=3600", "X-Amz-Expires=0"),
        ("X-Amz-Expires=3600", "X-Amz-Expires=604801"),
        ("X-Amz-Expires=3600", "X-Amz-Expires=3600&X-Amz-Expires=60"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=Host"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("X-Amz-Signature=", "X-Amz-Signatures="),
    ] {
        assert_eq!(with(from, to), malformed, "{to}");
    }
    let unsigned = SignatureError::Incomplete(Defect::Unsigned("host".to_owned()));
    assert_eq!(with("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=accept"), Err(unsigned));
    assert_eq!(with("X-Amz-Algorithm", "X-Amz-Algorithms"), Err(SignatureError::Missing));
    assert_eq!(with("X-Amz-Expires=3600", "X-Amz-Expires=3601"), Err(SignatureError::Mismatch));
}

#[test]
fn header_wins_over_a_query_that_looks_presigned() {
    let query = get(&oracle()).uri().to_string();
    let signed = Oracle::dev(now()).sign(&Method::GET, &query, &[], b"");
    assert_eq!(verdict(signed), Ok("us-east-1".to_owned()));
    let mut request = get(&oracle());
    request.headers_mut().insert("authorization", HeaderValue::from_static("x"));
    assert_eq!(verdict(request), Err(SignatureError::Incomplete(Defect::Algorithm)));
}

#[test]
fn amazon_headers_of_a_presigned_url_are_signed_too() {
    let mut request = get(&oracle());
    request.headers_mut().insert("x-amz-target", HeaderValue::from_static("x"));
    let unsigned = SignatureError::Incomplete(Defect::Unsigned("x-amz-target".to_owned()));
    assert_eq!(verdict(request), Err(unsigned));
}
