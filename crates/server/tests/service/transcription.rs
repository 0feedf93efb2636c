//! From what an engine goes through to what clients, the operator's backend and dashboards are told.

use std::net::SocketAddr;

use carillon_server::{EventSink, EventsConfig, TestServer, scripted_engine};
use carillon_signaling::{TranscriptEvent, TranscriptionStatusKind as Kind};
use carillon_testkit::client::Client;
use serde_json::{Value, json};

use crate::{
    api::{Place, call, metric, place},
    events::wait_for,
    guest::Guest,
    receiver::{Receiver, to, webhook},
};

const SETTINGS: &str = r#"{"EngineTranscribeSettings":{"LanguageCode":"en-GB"}}"#;

/// A service with the engine of a script, which tells of events like this.
fn playing(script: &Value, events: EventsConfig) -> TestServer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.json");
    std::fs::write(&path, script.to_string()).unwrap();
    let engine = scripted_engine(&path).unwrap();
    let start = TestServer::start_with(|config| {
        config.transcription = Some(engine);
        config.events = events;
    });
    start.unwrap()
}

async fn order(at: SocketAddr, place: &Place, operation: &str) {
    let meeting = place.meeting.meeting_id;
    let path = format!("/meetings/{meeting}/transcription?operation={operation}");
    let settings: Value = serde_json::from_str(SETTINGS).unwrap();
    let body = if operation == "start" {
        json!({ "TranscriptionConfiguration": settings })
    } else {
        Value::Null
    };
    let answer = call(at, "POST", &path, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn statuses(client: &Client) -> Vec<(Kind, Option<String>)> {
    let status = |event: &TranscriptEvent| match event {
        TranscriptEvent::Status(status) => Some((status.kind, status.message.clone())),
        TranscriptEvent::Transcript(_) => None,
    };
    client.told.transcripts.iter().filter_map(status).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_interrupted_and_fails_is_told_to_clients_and_in_the_event_file() {
    let script = json!([
        { "Engine": "Interrupted", "AfterMs": 0, "Message": "no line" },
        { "Engine": "Resumed", "AfterMs": 40 },
        { "Engine": "Failed", "AfterMs": 80, "Message": "no memory" },
    ]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let server = playing(&script, to(EventSink::File(path.clone())));
    let at = server.address();
    let place = place(at).await;
    let mut guest = Guest::join(&place, 440).await;
    order(at, &place, "start").await;
    guest.until(|client| statuses(client).len() == 4).await;
    let why = |text: &str| Some(text.to_owned());
    assert_eq!(
        statuses(&guest.client),
        [
            (Kind::Started, None),
            (Kind::Interrupted, why("no line")),
            (Kind::Resumed, None),
            (Kind::Failed, why("no memory")),
        ]
    );
    guest.during(wait_for(at, "carillon_events_waiting", 0)).await;
    let text = std::fs::read_to_string(path).unwrap();
    let told = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told: Vec<Value> = told.skip(3).map(|event| event["detail"].clone()).collect();
    let detail = |word: &str, message: Option<&str>| {
        let mut detail = json!({
            "version": "0", "eventType": format!("chime:Transcription{word}"),
            "transcriptionRegion": "us-east-1", "transcriptionConfiguration": SETTINGS,
            "meetingId": place.meeting.meeting_id, "mediaRegion": "us-east-1",
            "externalMeetingId": place.meeting.external_meeting_id,
        });
        if let Some(message) = message {
            detail["message"] = message.into();
        }
        detail
    };
    let expected = [
        detail("Started", None),
        detail("Interrupted", Some("no line")),
        detail("Resumed", None),
        detail("Failed", Some("no memory")),
    ];
    for (told, mut expected) in told.iter().zip(expected) {
        expected["timestamp"] = told["timestamp"].clone();
        assert!(told["timestamp"].is_u64());
        assert_eq!(*told, expected);
    }
    assert_eq!(told.len(), 4);
    for (name, value) in [("s", 0), ("s_interrupted_total", 1), ("s_failed_total", 1)] {
        wait_for(at, &format!("carillon_transcription{name}"), value).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_refuses_is_told_to_the_backend_with_its_words_for_each_start() {
    let script = json!([{ "Engine": "Failed", "Message": "no such language" }]);
    let mut receiver = Receiver::start([]);
    let server = playing(&script, to(EventSink::Webhook(webhook(receiver.address))));
    let at = server.address();
    let place = place(at).await;
    let mut guest = Guest::join(&place, 440).await;
    for _ in 0..2 {
        order(at, &place, "start").await;
        let words = guest.during(receiver.words_until("TranscriptionStarted")).await;
        assert_eq!(words.last().unwrap(), "TranscriptionStarted");
        let failed = guest.during(receiver.next()).await;
        assert_eq!(failed.word(), "TranscriptionFailed");
        assert_eq!(failed.json()["detail"]["message"], "no such language");
    }
    guest.until(|client| statuses(client).len() == 2).await;
    let failed = (Kind::Failed, Some("no such language".to_owned()));
    assert_eq!(statuses(&guest.client), [failed.clone(), failed]);
    assert_eq!(metric(at, "carillon_transcriptions").await, 0);
    assert_eq!(metric(at, "carillon_transcriptions_failed_total").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_counts_as_transcribed_until_it_is_stopped_or_nobody_is_left() {
    let script = json!([{ "Speaker": "somebody", "Words": [{ "Text": "hello", "AfterMs": 0 }] }]);
    let server = playing(&script, EventsConfig::default());
    let at = server.address();
    let place = place(at).await;
    let mut guest = Guest::join(&place, 440).await;
    let heard = |client: &Client| {
        client.told.transcripts.iter().any(|one| matches!(one, TranscriptEvent::Transcript(_)))
    };
    order(at, &place, "start").await;
    guest.until(heard).await;
    wait_for(at, "carillon_transcriptions", 1).await;
    order(at, &place, "stop").await;
    guest.until(|client| statuses(client).len() == 2).await;
    assert_eq!(statuses(&guest.client)[1], (Kind::Stopped, None));
    wait_for(at, "carillon_transcriptions", 0).await;
    order(at, &place, "start").await;
    guest.until(|client| statuses(client).len() == 3).await;
    guest.client.leave(crate::clock::now());
    guest.until(|client| client.told.closed.is_some()).await;
    wait_for(at, "carillon_transcriptions", 0).await;
}
