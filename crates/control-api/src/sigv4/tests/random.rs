//! Requests of every shape, signed by AWS's signer: whole they are accepted, and with one thing changed refused.

use axum::http::HeaderMap;

use super::*;
use crate::query::{Slash, encode};

/// A request that some program might make.
#[derive(Clone, Debug)]
struct Wish {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    signer: Oracle,
    /// Seconds between the signature's time and the service's.
    skew: i64,
}

impl Wish {
    fn signed(&self) -> Request<Vec<u8>> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let mut request = self.signer.sign(&self.method, &self.target, &headers, &self.body);
        backwards(request.headers_mut());
        request
    }

    fn now(&self) -> SystemTime {
        let skew = Duration::from_secs(self.skew.unsigned_abs());
        if self.skew < 0 { self.signer.time - skew } else { self.signer.time + skew }
    }
}

/// Turns the order of the names around: it is nobody's promise.
fn backwards(headers: &mut HeaderMap) {
    let names: Vec<_> = headers.keys().cloned().collect();
    let mut turned = HeaderMap::new();
    for name in names.iter().rev() {
        for value in headers.get_all(name) {
            turned.append(name, value.clone());
        }
    }
    *headers = turned;
}

fn targets() -> impl Strategy<Value = String> {
    // Escapes of a space, a slash, an escape and letters beyond ASCII, which are encoded once more.
    let segment = "([a-zA-Z0-9_~-]|%20|%2F|%2520|%C3%A9|[:@!$&'()*+,;=]){1,12}";
    let path = proptest::collection::vec(segment, 1..4).prop_map(|parts| parts.join("/"));
    // Names may repeat, values may be empty.
    let pair = ("[a-c]|[ -~é]{1,6}", ".{0,12}").prop_map(|(name, value)| {
        format!("{}={}", encode(&name, Slash::Escape), encode(&value, Slash::Escape))
    });
    let query = proptest::collection::vec(pair, 0..5).prop_map(|pairs| pairs.join("&"));
    (path, query).prop_map(|(path, query)| {
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/{path}{mark}{query}")
    })
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop_oneof![
        Just("content-type"),
        Just("x-amz-user-agent"),
        // Repeated more often than not.
        Just("x-amz-meta"),
        Just("accept"),
        Just("my-header"),
    ];
    // Inner and outer runs of spaces, and none at all.
    let value = " {0,2}([!-~]{1,6} {0,3}){0,4}";
    proptest::collection::vec((name, value.prop_map(String::from)), 0..6)
}

fn signers() -> impl Strategy<Value = Oracle> {
    let key = prop_oneof![
        Just(("devkey", "devsecret", None)),
        Just(("otherkey", "othersecret", None)),
        Just(("tempkey", "devsecret", Some(TOKEN))),
    ];
    let checksum =
        prop_oneof![Just(PayloadChecksumKind::NoHeader), Just(PayloadChecksumKind::XAmzSha256)];
    let lasts = proptest::option::of((900..=604_800_u64).prop_map(Duration::from_secs));
    let region = prop_oneof![Just("us-east-1"), Just("eu-central-1"), Just("my-own-basement-7")];
    (key, checksum, lasts, region).prop_map(
        |((access_key, secret, token), checksum, presigned, region)| Oracle {
            access_key,
            secret,
            token,
            region,
            checksum,
            presigned,
            ..Oracle::dev(now())
        },
    )
}

fn wishes() -> impl Strategy<Value = Wish> {
    let method =
        prop_oneof![Just(Method::GET), Just(Method::POST), Just(Method::PUT), Just(Method::DELETE)];
    // A session ends a minute after `now()`, and the signature may be a quarter of an hour off.
    (method, targets(), headers(), any::<Vec<u8>>(), signers(), -900..60_i64).prop_map(
        |(method, target, mut headers, body, signer, skew)| {
            // Whoever presigns leaves this one out: it says who sends the request, which another does later.
            headers.retain(|(name, _)| signer.presigned.is_none() || *name != "x-amz-user-agent");
            Wish { method, target, headers, body, signer, skew }
        },
    )
}

/// One thing that somebody between caller and service might change.
#[derive(Clone, Copy, Debug)]
enum Tampering {
    Method,
    Path,
    AddedParameter,
    Header,
    AddedAmazonHeader,
    AddedBytes,
    Second,
    Day,
    Region,
    Service,
    Ending,
    KnownKey,
    UnknownKey,
    Signature(Index),
    SignedHeaders,
}

fn tamperings() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        Just(Tampering::Method),
        Just(Tampering::Path),
        Just(Tampering::AddedParameter),
        Just(Tampering::Header),
        Just(Tampering::AddedAmazonHeader),
        Just(Tampering::AddedBytes),
        Just(Tampering::Second),
        Just(Tampering::Day),
        Just(Tampering::Region),
        Just(Tampering::Service),
        Just(Tampering::Ending),
        Just(Tampering::KnownKey),
        Just(Tampering::UnknownKey),
        any::<Index>().prop_map(Tampering::Signature),
        Just(Tampering::SignedHeaders),
    ]
}

/// A signed request that is about to be changed.
struct Prey {
    request: Request<Vec<u8>>,
    presigned: bool,
}

impl Prey {
    fn set_target(&mut self, target: &str) {
        *self.request.uri_mut() = target.parse().unwrap();
    }

    /// Replaces a text of the signature's own parts, wherever they stand, the first time it occurs.
    fn replace(&mut self, from: &str, to: &str) {
        if self.presigned {
            let [from, to] = [from, to].map(|text| encode(text, Slash::Escape));
            let target = self.request.uri().to_string();
            let (before, own) = target.split_once("X-Amz-Algorithm=").unwrap();
            assert!(own.contains(&from), "{from} in {own}");
            let own = own.replacen(&from, &to, 1);
            self.set_target(&format!("{before}X-Amz-Algorithm={own}"));
        } else {
            let text = self.header("authorization");
            assert!(text.contains(from), "{from} in {text}");
            self.set_header("authorization", &text.replacen(from, to, 1));
        }
    }

    fn header(&self, name: &str) -> String {
        self.request.headers()[name].to_str().unwrap().to_owned()
    }

    fn set_header(&mut self, name: &'static str, value: &str) {
        self.request.headers_mut().insert(name, value.parse().unwrap());
    }

    /// Changes the time of the signature, and leaves its scope as it is.
    fn set_date(&mut self, date: &str) {
        let signed = "20210715T120000Z";
        if self.presigned {
            let target = self.request.uri().to_string();
            self.set_target(
                &target.replace(&format!("X-Amz-Date={signed}"), &format!("X-Amz-Date={date}")),
            );
        } else {
            self.set_header("x-amz-date", date);
        }
    }

    fn flip_digit_of_the_signature(&mut self, at: Index) {
        let own = if self.presigned {
            self.request.uri().to_string()
        } else {
            self.header("authorization")
        };
        let digits = own.split_once("Signature=").unwrap().1.get(..64).unwrap().to_owned();
        let mut flipped = digits.clone().into_bytes();
        let digit = at.index(flipped.len());
        flipped[digit] = if flipped[digit] == b'0' { b'1' } else { b'0' };
        self.replace(&digits, std::str::from_utf8(&flipped).unwrap());
    }
}

/// Changes one thing, and says why the service has to refuse what comes of it.
fn tamper(wish: &Wish, tampering: Tampering) -> (Request<Vec<u8>>, SignatureError) {
    let presigned = wish.signer.presigned.is_some();
    let mut prey = Prey { request: wish.signed(), presigned };
    let (key, region) = (wish.signer.access_key, wish.signer.region);
    let mut why = SignatureError::Mismatch;
    match tampering {
        Tampering::Method => *prey.request.method_mut() = Method::PATCH,
        Tampering::Path => {
            let target = prey.request.uri().to_string();
            prey.set_target(&format!("/x{target}"));
        }
        Tampering::AddedParameter => {
            let target = prey.request.uri().to_string();
            let mark = if target.contains('?') { '&' } else { '?' };
            prey.set_target(&format!("{target}{mark}X-Amz-Extra=1"));
        }
        Tampering::Header => prey.set_header("host", "elsewhere.example"),
        Tampering::AddedAmazonHeader => {
            prey.set_header("x-amz-target", "x");
            why = SignatureError::Incomplete(Defect::Unsigned("x-amz-target".to_owned()));
        }
        Tampering::AddedBytes => {
            prey.request.body_mut().push(b' ');
            if prey.request.headers().contains_key("x-amz-content-sha256") {
                why = SignatureError::PayloadHash;
            }
        }
        Tampering::Second => prey.set_date("20210715T120001Z"),
        Tampering::Day => {
            prey.set_date("20210716T120000Z");
            why = SignatureError::Scope(ScopeDefect::Day);
        }
        Tampering::Region => prey.replace(&format!("/{region}/"), "/us-west-2/"),
        Tampering::Service => {
            prey.replace("/chime/", "/chimes/");
            why = SignatureError::Scope(ScopeDefect::Service);
        }
        Tampering::Ending => {
            prey.replace("/aws4_request", "/aws5_request");
            why = SignatureError::Scope(ScopeDefect::Ending);
        }
        Tampering::KnownKey if key == "tempkey" => {
            prey.replace(&format!("{key}/"), "devkey/");
            why = SignatureError::SessionToken;
        }
        Tampering::KnownKey => {
            let other = if key == "devkey" { "otherkey/" } else { "devkey/" };
            prey.replace(&format!("{key}/"), other);
        }
        Tampering::UnknownKey => {
            prey.replace(&format!("{key}/"), "nobody/");
            why = SignatureError::UnknownKey;
        }
        Tampering::Signature(at) => prey.flip_digit_of_the_signature(at),
        Tampering::SignedHeaders => {
            prey.replace("host", "hosts");
            why = SignatureError::Incomplete(Defect::Unsigned("host".to_owned()));
        }
    }
    (prey.request, why)
}

proptest! {
    #[test]
    fn whatever_aws_signs_is_accepted(wish in wishes()) {
        prop_assert_eq!(verdict_at(wish.signed(), wish.now()), Ok(wish.signer.region.to_owned()));
    }

    #[test]
    fn one_change_is_refused_for_what_it_is(wish in wishes(), tampering in tamperings()) {
        let (request, why) = tamper(&wish, tampering);
        prop_assert_eq!(verdict(request), Err(why));
    }
}
