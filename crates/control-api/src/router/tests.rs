mod client_reports;
mod own_operations;

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, StatusCode},
};
use carillon_control::{ControlConfig, ControlPlane, Moment, PlacementConfig, StoreLocation};
use http_body_util::BodyExt;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tower::ServiceExt;

use self::own_operations::Stage;
use super::*;
use crate::{
    call::ApiConfig,
    caller::{AccessKey, Credentials, Secret},
    client_events::ClientEvents,
    clock::Clock,
    sigv4::SignatureRules,
    test_signer::Signer,
    token_bucket::Rate,
};

const PAUSE: &str = "retry-after";

fn wall() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_626_350_400)
}

#[expect(clippy::disallowed_methods, reason = "any instant will do as an origin")]
fn now() -> Moment {
    Moment { wall: wall().into(), instant: Instant::now() }
}

/// The whole API on a store of its own, with the time standing still.
struct Api {
    control: ControlPlane,
    client_events: ClientEvents,
    stage: Arc<Stage>,
    router: Router,
    signer: Signer,
}

/// What a caller gets.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Api {
    async fn start() -> Self {
        Self::with(ApiState::new).await
    }

    async fn with(build: impl FnOnce(ControlPlane, ApiConfig) -> ApiState) -> Self {
        let placement = PlacementConfig::new("http://127.0.0.1:8080", "127.0.0.1:3478").unwrap();
        let config = ControlConfig::new(StoreLocation::Temporary, placement);
        let start = now();
        let control = ControlPlane::open(config, start, StdRng::seed_from_u64(1)).await.unwrap();
        let stage = Arc::<Stage>::default();
        let key = AccessKey {
            secret: Secret::new("devsecret".to_owned()),
            account: "000000000000".parse().unwrap(),
            session: None,
        };
        let config = ApiConfig {
            credentials: [("devkey".to_owned(), key)].into_iter().collect::<Credentials>(),
            live: Arc::<Stage>::clone(&stage),
            rules: SignatureRules::default(),
            clock: Clock::from_fn(move || start),
            seed: [7; 16],
        };
        let state = build(control.clone(), config);
        let client_events = state.client_events();
        let router = router(state);
        Self { control, client_events, stage, router, signer: Signer::dev(wall()) }
    }

    async fn send(&self, request: Request) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body =
            if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn call_raw(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.send(self.signer.sign(&method, target, &[], body).map(Body::from)).await
    }

    async fn call(&self, method: &str, target: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call_raw(method, target, body.as_bytes()).await
    }

    async fn meeting(&self, token: &str) -> String {
        let wish = json!({
            "ClientRequestToken": token, "MediaRegion": "us-east-1", "ExternalMeetingId": "weekly",
        });
        let answer = self.call("POST", "/meetings", wish).await;
        answer.text("/Meeting/MeetingId")
    }
}

impl Answer {
    fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Returns the status and the type, having checked what every error answer carries.
    fn error(&self) -> (u16, &str) {
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.text("/RequestId"), self.header("x-amzn-requestid"));
        assert_eq!(self.text("/RequestId").len(), 36);
        assert!(!self.text("/Code").is_empty() && !self.text("/Message").is_empty());
        (self.status.as_u16(), self.header("x-amzn-errortype"))
    }
}

#[tokio::test]
async fn attendee_is_made_found_listed_changed_and_removed() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let all = format!("/meetings/{meeting}/attendees");
    let made = api.call("POST", &all, json!({"ExternalUserId": "alice"})).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.header("content-type"), "application/json");
    let one = format!("{all}/{}", made.text("/Attendee/AttendeeId"));

    assert_eq!(api.call("GET", &one, Value::Null).await.body, made.body);
    let listed = api.call("GET", &format!("{all}?max-results=1"), Value::Null).await;
    assert_eq!(listed.body["Attendees"], json!([made.body["Attendee"]]));

    let rights = json!({"Audio": "Receive", "Video": "None", "Content": "None"});
    let wish = json!({"Capabilities": rights});
    let changed = api.call("PUT", &format!("{one}/capabilities"), wish).await;
    assert_eq!(changed.body["Attendee"]["Capabilities"], rights);

    let removed = api.call("DELETE", &one, Value::Null).await;
    assert_eq!((removed.status, removed.body), (StatusCode::NO_CONTENT, Value::Null));
    let gone = api.call("GET", &one, Value::Null).await;
    assert_eq!(gone.error(), (404, "NotFoundException"));
}

#[tokio::test]
async fn meeting_is_made_once_a_token_found_and_ended() {
    let api = Api::start().await;
    let meeting = api.meeting("same").await;
    assert_eq!(api.meeting("same").await, meeting);
    assert_ne!(api.meeting("other").await, meeting);
    let path = format!("/meetings/{meeting}");
    let found = api.call("GET", &path, Value::Null).await;
    assert_eq!(found.status, StatusCode::OK);
    assert_eq!(found.header("x-amzn-requestid").len(), 36);
    assert_eq!(
        found.text("/Meeting/MeetingArn"),
        format!("arn:aws:chime:us-east-1:000000000000:meeting/{meeting}")
    );
    assert_eq!(api.call("DELETE", &path, Value::Null).await.status, StatusCode::NO_CONTENT);
    let gone = api.call("GET", &path, Value::Null).await;
    assert_eq!(gone.error(), (404, "NotFoundException"));
    assert_eq!(gone.text("/Code"), "NotFound");
}

#[tokio::test]
async fn operation_parameter_chooses_among_operations_of_a_path() {
    let api = Api::start().await;
    let wish = json!({
        "ClientRequestToken": "both", "MediaRegion": "us-east-1", "ExternalMeetingId": "weekly",
        "Attendees": [{"ExternalUserId": "alice"}],
    });
    let made = api.call("POST", "/meetings?operation=create-attendees", wish).await;
    assert_eq!(made.text("/Attendees/0/ExternalUserId"), "alice");
    let all = format!("/meetings/{}/attendees", made.text("/Meeting/MeetingId"));
    let wish = json!({"Attendees": [{"ExternalUserId": "bob"}, {"ExternalUserId": "carol"}]});
    let batch = api.call("POST", &format!("{all}?operation=batch-create"), wish).await;
    assert_eq!(batch.text("/Attendees/1/ExternalUserId"), "carol");
    let page = api.call("GET", &format!("{all}?max-results=2"), Value::Null).await;
    let token = crate::query::encode(&page.text("/NextToken"), crate::query::Slash::Escape);
    let rest = api.call("GET", &format!("{all}?next-token={token}"), Value::Null).await;
    assert_eq!(rest.text("/Attendees/0/ExternalUserId"), "carol");
    assert_eq!(rest.text("/NextToken"), "");
}

#[tokio::test]
async fn names_arrive_escaped_or_raw() {
    let api = Api::start().await;
    let all = format!("/meetings/{}/attendees", api.meeting("one").await);
    let raw = api.call_raw("POST", &all, "{\"ExternalUserId\":\"Zoë\"}".as_bytes()).await;
    let escaped = api.call_raw("POST", &all, br#"{"ExternalUserId":"Zo\u00eb"}"#).await;
    assert_eq!(raw.text("/Attendee/ExternalUserId"), "Zoë");
    assert_eq!(escaped.body, raw.body);
}

#[tokio::test]
async fn tags_travel_in_both_forms_of_the_name_and_errors_name_the_resource() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let arn = format!("arn:aws:chime:us-east-1:000000000000:meeting/{meeting}");
    let tag = json!({ "ResourceARN": arn, "Tags": [{ "Key": "team", "Value": "blue" }] });
    let tagged = api.call("POST", "/tags?operation=tag-resource", tag).await;
    assert_eq!((tagged.status, &tagged.body), (StatusCode::NO_CONTENT, &Value::Null));
    let other = format!("arn%3Aaws%3Achime%3A%3A000000000000%3Ameeting%3A{meeting}");
    let listed = api.call("GET", &format!("/tags?arn={other}"), Value::Null).await;
    assert_eq!(listed.body, json!({ "Tags": [{ "Key": "team", "Value": "blue" }] }));
    let many: Vec<_> = (0..50).map(|n| json!({ "Key": format!("k{n}"), "Value": "" })).collect();
    let many = json!({ "ResourceARN": arn, "Tags": many });
    let refused = api.call("POST", "/tags?operation=tag-resource", many).await;
    assert_eq!(refused.error(), (400, "TooManyTagsException"));
    assert_eq!(refused.text("/ResourceName"), arn);
    let untag = json!({ "ResourceARN": arn, "TagKeys": ["team", "absent"] });
    let untagged = api.call("POST", "/tags?operation=untag-resource", untag).await;
    assert_eq!(untagged.status, StatusCode::NO_CONTENT);
    let unknown = api.call("GET", "/tags?arn=arn%3Aaws%3Asqs%3Ax", Value::Null).await;
    assert_eq!(unknown.error(), (404, "ResourceNotFoundException"));
    assert_eq!(unknown.text("/ResourceName"), "arn:aws:sqs:x");
}

#[tokio::test]
async fn transcription_without_an_engine_is_checked_and_then_refused() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let start = async |settings: Value| {
        let target = format!("/meetings/{meeting}/transcription?operation=start");
        api.call("POST", &target, json!({ "TranscriptionConfiguration": settings })).await
    };
    let bad = start(json!({ "EngineTranscribeSettings": {} })).await;
    assert_eq!(bad.error(), (400, "BadRequestException"));
    let good = start(json!({ "EngineTranscribeSettings": { "LanguageCode": "en-US" } })).await;
    assert_eq!(good.error(), (422, "UnprocessableEntityException"));
    assert!(good.text("/Message").contains("engine"));
}

#[tokio::test]
async fn what_no_route_takes_is_refused_by_type() {
    let api = Api::start().await;
    let call = async |method: &str, target: &str| api.call(method, target, Value::Null).await;
    for path in ["/meetings/x/y", "/meetings/x/attendees/y/z", "/tags/x", "/tags/"] {
        assert_eq!(call("GET", path).await.error(), (404, "UnknownOperationException"), "{path}");
    }
    assert_eq!(call("GET", "/meetings/").await.error(), (400, "BadRequestException"));
    let wrong = call("PATCH", "/meetings/x").await;
    assert_eq!(wrong.error(), (405, "MethodNotAllowedException"));
    assert_eq!(wrong.header("allow"), "GET, DELETE");
    for target in [
        "/meetings?operation=dance",
        "/meetings/x/transcription",
        "/meetings?operation=a&operation=b",
        "/meetings?operation=%f",
        "/meetings?operation=%ff",
        "/meetings/x/attendees?operation=",
    ] {
        let answer = call("POST", target).await;
        assert_eq!(answer.error(), (400, "BadRequestException"), "{target}");
    }
    assert!(call("GET", "/meetings/123").await.text("/Message").contains("meetingId"));
}

#[tokio::test]
async fn paths_of_others_are_left_to_others() {
    let api = Api::start().await;
    let merged = api.router.clone().merge(Router::new().route("/healthz", get(|| async { "ok" })));
    for (path, status) in [("/healthz", 200), ("/meetingsx", 404), ("/", 404), ("/tags", 403)] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = merged.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers().contains_key(REQUEST_ID), path == "/tags", "{path}");
    }
}

#[tokio::test]
async fn malformed_bodies_are_explained() {
    let api = Api::start().await;
    let nested = [br#"{"ExternalMeetingId":"#.as_slice(), &[b'['; 100_000]].concat();
    for (body, word) in [
        (b"".as_slice(), "JSON object"),
        (b"[]", "JSON object"),
        (b"{", "EOF"),
        (b"{}", "externalMeetingId"),
        (br#"{"ExternalMeetingId":7}"#, "integer"),
        (br#"{"MediaRegion":"a","MediaRegion":"b"}"#, "duplicate"),
        (b"{\"MediaRegion\":\"\xff\"}", "unicode"),
        (br#"{"MediaRegion":"\ud800"}"#, "escape"),
        (&nested, "expected a string"),
    ] {
        let answer = api.call_raw("POST", "/meetings", body).await;
        assert_eq!(answer.error(), (400, "BadRequestException"));
        assert!(answer.text("/Message").contains(word), "{}", answer.text("/Message"));
    }
    let deep = [br#"{"Unknown":"#.as_slice(), &[b'['; 100_000]].concat();
    assert_eq!(api.call_raw("POST", "/meetings", &deep).await.error().0, 400);
    assert_eq!(api.control.meetings_alive(), 0);
}

#[tokio::test]
async fn messages_stay_within_the_model() {
    let api = Api::start().await;
    let long = format!(r#"{{"Capabilities":"{}"}}"#, "é".repeat(60_000));
    let path = format!("/meetings/{}/attendees", api.meeting("one").await);
    let answer = api.call_raw("POST", &path, long.as_bytes()).await;
    assert_eq!(answer.error(), (400, "BadRequestException"));
    assert!(answer.text("/Message").chars().count() <= 4096);
}

#[tokio::test]
async fn signature_comes_before_everything_else() {
    let api = Api::start().await;
    let signer = Signer { secret: "guess", ..api.signer.clone() };
    for (target, body) in [("/meetings", "{"), ("/meetings/x/y/z", ""), ("/tags", "")] {
        let request = signer.sign(&Method::POST, target, &[], body.as_bytes()).map(Body::from);
        let answer = api.send(request).await;
        assert_eq!(answer.error(), (403, "InvalidSignatureException"));
        assert_eq!(answer.text("/Code"), "InvalidSignatureException");
    }
    let plain = Request::builder().uri("/meetings").body(Body::empty()).unwrap();
    assert_eq!(api.send(plain).await.error(), (403, "MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn body_may_have_the_limit_and_no_byte_more() {
    let api = Api::start().await;
    let mut body = b"{}".to_vec();
    body.resize(limits::MAX_BODY_BYTES, b' ');
    assert_eq!(api.call_raw("POST", "/meetings", &body).await.error().0, 400);
    body.push(b' ');
    let large = api.call_raw("POST", "/meetings", &body).await;
    assert_eq!(large.error(), (413, "RequestEntityTooLargeException"));
}

#[tokio::test]
async fn body_that_never_ends_is_given_up() {
    let api = Api::start().await;
    // From here on, time jumps to the next deadline; the database's threads would not like that earlier.
    tokio::time::pause();
    let endless = futures_util::stream::pending::<Result<Bytes, Infallible>>();
    let request = api.signer.sign(&Method::POST, "/meetings", &[], b"");
    let request = request.map(|_| Body::from_stream(endless));
    assert_eq!(api.send(request).await.error(), (408, "RequestTimeoutException"));
}

#[tokio::test]
async fn closed_service_says_when_to_come_back() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    api.control.close().await;
    let answer = api.call("DELETE", &format!("/meetings/{meeting}"), Value::Null).await;
    assert_eq!(answer.error(), (503, "ServiceUnavailableException"));
    assert_eq!(answer.header(PAUSE), "1");
}

#[tokio::test]
async fn each_operation_has_a_rate_of_its_own() {
    let rate = Rate { burst: 3, ..Rate::ORIGINAL_API };
    let api = Api::with(|control, config| ApiState::throttled(control, config, rate)).await;
    let meeting = format!("/meetings/{}", api.meeting("one").await);
    for _ in 0..3 {
        assert_eq!(api.call("GET", &meeting, Value::Null).await.status, StatusCode::OK);
    }
    // Which meeting is meant makes no difference, nor does a refusal.
    for path in [&meeting, "/meetings/00000000-0000-4000-8000-000000000000"] {
        let refused = api.call("GET", path, Value::Null).await;
        assert_eq!(refused.error(), (429, "ThrottlingException"));
    }
    let all = format!("{meeting}/attendees");
    assert_eq!(api.call("GET", &all, Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn calls_are_not_counted_unless_an_operator_says_so() {
    let api = Api::start().await;
    let meeting = format!("/meetings/{}", api.meeting("one").await);
    for _ in 0..100 {
        assert_eq!(api.call("GET", &meeting, Value::Null).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn nearest_region_is_told_to_any_page() {
    let api = Api::start().await;
    let request = Request::get("/nearest-media-region").body(Body::empty()).unwrap();
    let answer = api.send(request).await;
    assert_eq!((answer.status, answer.text("/region").as_str()), (StatusCode::OK, "us-east-1"));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

/// Runs a property's body on an API that serves all of the property's cases.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn any_target() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        Just("meetings"),
        Just("attendees"),
        Just("capabilities"),
        Just("transcription"),
        Just("tags"),
        Just("00000000-0000-4000-8000-000000000000"),
        Just("%zz"),
        Just("%2F"),
    ];
    let query = prop_oneof![
        Just(String::new()),
        "[?](operation|max-results|next-token)=(create-attendees|batch-create|[a-z0-9%&=]{0,6})",
    ];
    (proptest::collection::vec(segment, 0..5), query).prop_map(|(segments, query)| {
        format!("/meetings/{}{query}", segments.join("/"))
            .replace("/meetings/meetings", "/meetings")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_signed_request_is_answered_by_type(
        method in "GET|POST|PUT|DELETE|PATCH|X", targets in proptest::collection::vec(any_target(), 16),
        body in prop_oneof![proptest::collection::vec(proptest::num::u8::ANY, 0..60), "[{\\[\"a:,}\\]0-9]{0,40}".prop_map(String::into_bytes)],
    ) {
        block_on(async {
            let api = Api::start().await;
            for target in targets {
                let answer = api.call_raw(&method, &target, &body).await;
                if !answer.status.is_success() {
                    assert!(answer.error().1.ends_with("Exception"));
                    assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
                }
            }
        });
    }

    #[test]
    fn tampered_request_changes_nothing(at: proptest::sample::Index, bit in 0..8_u8) {
        block_on(async {
            let api = Api::start().await;
            let body = br#"{"ClientRequestToken":"tt","MediaRegion":"us-east-1","ExternalMeetingId":"ab"}"#;
            let mut request = api.signer.sign(&Method::POST, "/meetings", &[], body);
            let flipped = at.index(body.len());
            request.body_mut()[flipped] ^= 1 << bit;
            let answer = api.send(request.map(Body::from)).await;
            assert_eq!(answer.error(), (403, "InvalidSignatureException"));
            assert_eq!(api.control.meetings_alive(), 0);
        });
    }
}
