//! What browsers send to the address in `EventIngestionUrl`, and what they get.

use std::sync::{Arc, Mutex};

use axum::http::header;
use carillon_types::{AttendeeId, MeetingId};

use super::*;

/// An attendee of a fresh meeting, and how its client reports.
struct Client {
    api: Api,
    meeting: String,
    attendee: String,
    token: String,
    target: String,
}

impl Client {
    async fn start() -> Self {
        let api = Api::start().await;
        let meeting = api.meeting("one").await;
        let found = api.call("GET", &format!("/meetings/{meeting}"), Value::Null).await;
        let url = found.text("/Meeting/MediaPlacement/EventIngestionUrl");
        let target = url.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
        let all = format!("/meetings/{meeting}/attendees");
        let made = api.call("POST", &all, json!({"ExternalUserId": "alice"})).await;
        let (attendee, token) =
            (made.text("/Attendee/AttendeeId"), made.text("/Attendee/JoinToken"));
        Self { api, meeting, attendee, token, target }
    }

    /// Posts as `fetch` does: the body is JSON and claims to be text.
    async fn post(&self, authorization: &str, body: &Value) -> Answer {
        let request = Request::post(&self.target)
            .header(header::AUTHORIZATION, authorization)
            .header(header::ORIGIN, "https://app.example")
            .header(header::CONTENT_TYPE, "text/plain;charset=UTF-8")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.api.send(request).await
    }

    async fn report(&self, body: &Value) -> Answer {
        self.post(&format!("Bearer {}", self.token), body).await
    }

    async fn beacon(&self, body: &Value) -> Answer {
        let request = Request::post(format!("{}?beacon=1", self.target))
            .header(header::CONTENT_TYPE, "text/plain;charset=UTF-8")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.api.send(request).await
    }

    fn kept(&self) -> Vec<String> {
        let meeting: MeetingId = self.meeting.parse().unwrap();
        let attendee: AttendeeId = self.attendee.parse().unwrap();
        let events = self.api.client_events.of(meeting, attendee);
        events.into_iter().map(|event| event.name.into()).collect()
    }
}

fn events(names: &[&str]) -> Value {
    let payloads: Vec<_> =
        names.iter().map(|name| json!({"name": name, "ts": 1_626_350_399_000_u64})).collect();
    json!({
        "metadata": {"browserName": "Chrome", "meetingId": "ignored"},
        "events": [{"type": "Meet", "v": 1, "payloads": payloads}],
    })
}

#[tokio::test]
async fn report_is_kept_with_its_attendee() {
    let client = Client::start().await;
    let answer = client.report(&events(&["meetingStartRequested", "meetingStartSucceeded"])).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({})));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("content-type"), "application/json");
    client.report(&events(&["meetingEnded"])).await;
    assert_eq!(client.kept(), ["meetingStartRequested", "meetingStartSucceeded", "meetingEnded"]);
    let meeting = client.meeting.parse().unwrap();
    assert_eq!(client.api.client_events.reporters(meeting), [client.attendee.parse().unwrap()]);
}

#[tokio::test]
async fn beacon_brings_its_token_in_the_body() {
    let client = Client::start().await;
    let mut body = events(&["meetingEnded"]);
    assert_eq!(client.beacon(&body).await.error(), (401, "UnauthorizedException"));
    body["authorization"] = json!("guess");
    assert_eq!(client.beacon(&body).await.error(), (401, "UnauthorizedException"));
    assert_eq!(client.kept(), Vec::<String>::new());
    body["authorization"] = json!(client.token);
    assert_eq!(client.beacon(&body).await.status, StatusCode::OK);
    assert_eq!(client.kept(), ["meetingEnded"]);
}

#[tokio::test]
async fn pages_of_any_origin_may_send_the_token() {
    let client = Client::start().await;
    let request = Request::options(&client.target)
        .header(header::ORIGIN, "https://app.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
        .body(Body::empty())
        .unwrap();
    let answer = client.api.send(request).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert!(answer.header("access-control-allow-headers").contains("authorization"));
    let request = Request::get(&client.target).body(Body::empty()).unwrap();
    let other = client.api.send(request).await;
    assert_eq!(other.error(), (405, "MethodNotAllowedException"));
    assert_eq!(other.header("allow"), "POST, OPTIONS");
}

#[tokio::test]
async fn refusals_can_be_read_by_the_page_and_keep_nothing() {
    let client = Client::start().await;
    let good = format!("Bearer {}", client.token);
    let body = events(&["meetingEnded"]);
    for (authorization, body, status) in [
        ("Bearer guess", &body, 401),
        ("Basic eDp5", &body, 401),
        (&good, &json!([]), 400),
        (&good, &json!({"events": 7}), 400),
    ] {
        let answer = client.post(authorization, body).await;
        assert_eq!(answer.error().0, status, "{authorization}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    let large = json!({"events": [], "metadata": "x".repeat(limits::MAX_BODY_BYTES)});
    assert_eq!(client.report(&large).await.error().0, 413);
    assert_eq!(client.kept(), Vec::<String>::new());
    assert_eq!(
        client.post(&format!("bearer {}", client.token), &body).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn last_words_after_the_end_are_taken_and_not_kept() {
    let client = Client::start().await;
    let one = format!("/meetings/{}/attendees/{}", client.meeting, client.attendee);
    client.api.call("DELETE", &one, Value::Null).await;
    assert_eq!(client.report(&events(&["meetingFailed"])).await.status, StatusCode::OK);
    client.api.call("DELETE", &format!("/meetings/{}", client.meeting), Value::Null).await;
    assert_eq!(client.report(&events(&["meetingEnded"])).await.status, StatusCode::OK);
    assert_eq!(client.kept(), Vec::<String>::new());
}

#[tokio::test]
async fn failed_join_of_an_attendee_that_is_gone_is_logged_within_reason() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    let client = Client::start().await;
    client.api.call("DELETE", &format!("/meetings/{}", client.meeting), Value::Null).await;
    {
        let _guard = tracing::subscriber::set_default(subscriber);
        for _ in 0..100 {
            client.report(&events(&["meetingStartFailed"])).await;
        }
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 50);
    assert_eq!(lines[0]["fields"]["status"], "unknown");
}

#[tokio::test]
async fn failed_join_is_logged_without_names_and_not_without_end() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    let client = Client::start().await;
    let failed = json!({"events": [{"payloads": [{
        "name": "meetingStartFailed", "ts": 1, "meetingStatus": "SignalingBadRequest",
        "meetingErrorMessage": format!("closed with code 4403 for {}", client.attendee),
        "externalUserId": "alice",
    }]}]});
    {
        let _guard = tracing::subscriber::set_default(subscriber);
        client.report(&events(&["meetingStartSucceeded"])).await;
        for _ in 0..30 {
            client.report(&failed).await;
        }
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(
        lines[0]["fields"],
        json!({
            "message": "a client failed to join", "event": "meetingStartFailed",
            "status": "SignalingBadRequest", "reason": "closed with code 4403 for \u{2026}",
        })
    );
    for secret in [&client.token, &client.attendee, &"alice".to_owned()] {
        assert!(!log.text().contains(secret.as_str()), "{secret} is in the log");
    }
    assert_eq!(client.kept().len(), 31);
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == "carillon::client_events").collect()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
