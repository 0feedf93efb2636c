//! What a session reports of itself.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use carillon_facade::{MeetingEvent, PublishEventError, SessionEvent};
use carillon_server::TestServer;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::rig::{Attendee, Place, place, soon};

/// What the server has kept of an attendee's reports.
async fn reports(server: &TestServer, place: &Place) -> Vec<(String, Value)> {
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let (meeting, attendee) = (&place.meeting["MeetingId"], &place.attendee["AttendeeId"]);
    let (meeting, attendee) = (id(meeting), id(attendee));
    let path = format!("/carillon/v1/meetings/{meeting}/attendees/{attendee}/client-events");
    let host = server.address().to_string();
    let key = TestServer::key();
    let identity = Credentials::new(key.access_key, key.secret_key.0, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("chime")
        .time(now())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("host", host.as_str())].into_iter();
    let url = format!("http://{host}{path}");
    let request = SignableRequest::new("GET", url, headers, SignableBody::Bytes(b"")).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let mut head = format!("GET {path} HTTP/1.0\r\nhost: {host}\r\n");
    for (name, value) in instructions.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    soon("an answer", stream.read_to_string(&mut text)).await.unwrap();
    let answer: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    let events = answer["ClientEvents"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    events.map(|event| (id(&event["Name"]), event["Attributes"].clone())).collect()
}

#[expect(clippy::disallowed_methods, reason = "a signature is as old as the server believes")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn attributes(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_told_how_the_meeting_went() {
    let server = TestServer::start().unwrap();
    let place = place(&server, "abc-def-ghi", "one").await;
    let mut one = Attendee::join(&place, 440.0).await;
    let audio_video = one.session.audio_video().clone();
    audio_video.publish_event("callRated", attributes(json!({ "stars": 4 }))).unwrap();
    one.wait("the own event", |event| match event {
        SessionEvent::Meeting(MeetingEvent::Custom { name, .. }) => {
            (&**name == "callRated").then_some(())
        }
        _ => None,
    })
    .await;
    one.wait("presence", |_| {
        let history = audio_video.meeting_history();
        history.iter().any(|step| &*step.name == "attendeePresenceReceived").then_some(())
    })
    .await;
    audio_video.stop();
    audio_video.stopped().await;
    soon("the last reports", audio_video.events_posted()).await;
    let reports = reports(&server, &place).await;
    // A report whose answer was late is sent once more.
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in &reports {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let expected = [
        "audioInputSelected",
        "meetingStartRequested",
        "meetingStartSucceeded",
        "callRated",
        "attendeePresenceReceived",
        "meetingEnded",
    ];
    for name in expected {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    let of = |wanted: &str| &reports.iter().find(|(name, _)| name == wanted).unwrap().1;
    assert_eq!(of("callRated"), &json!({ "stars": 4 }));
    assert_eq!(of("meetingEnded")["meetingStatus"], "Left");
    assert!(of("meetingStartSucceeded")["meetingStartDurationMs"].is_u64());
    let history = audio_video.meeting_history();
    assert_eq!(history.iter().map(|step| &*step.name).collect::<Vec<_>>(), names);
}

/// Takes posts, and answers with these statuses by turns.
async fn collector(statuses: &'static [&str]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events?a=b", listener.local_addr().unwrap());
    let (tell, posts) = mpsc::channel(16);
    TaskTracker::new().spawn(async move {
        for status in statuses.iter().cycle() {
            let (request, mut stream) = loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                if let Some(request) = read_request(&mut stream).await {
                    break (request, stream);
                }
            };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
            drop(stream.write_all(answer.as_bytes()).await);
            drop(tell.send(request).await);
        }
    });
    (url, posts)
}

/// A request with its body; nothing if it was cut off.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    loop {
        let mut octets = [0; 1_024];
        let read = stream.read(&mut octets).await.ok().filter(|read| *read > 0)?;
        request.push_str(std::str::from_utf8(&octets[..read]).unwrap());
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?;
            if body.len() >= length.parse().ok()? {
                return Some(request);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_may_succeed_later_is_repeated_and_a_refused_one_is_not() {
    let (url, mut posts) = collector(&["503 Busy", "200 OK", "403 No"]).await;
    let mut place = Place {
        meeting: json!({ "MeetingId": "m", "MediaPlacement": {
            "SignalingUrl": "ws://127.0.0.1:1/s", "EventIngestionUrl": url,
        } }),
        attendee: json!({
            "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "token",
        }),
    };
    let one = Attendee::impatient(&place, std::time::Duration::ZERO);
    let audio_video = one.session.audio_video();
    audio_video.start().unwrap();
    let first = soon("a post", posts.recv()).await.unwrap();
    let second = soon("another", posts.recv()).await.unwrap();
    let (head, body) = first.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /events?a=b HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: Bearer token\r\n"), "{head}");
    assert_eq!(second.split_once("\r\n\r\n").unwrap().1, body);
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["metadata"]["sdkName"], "carillon-facade");
    assert_eq!(body["metadata"]["meetingId"], "m");
    let entry = &body["events"][0];
    assert_eq!((&entry["type"], &entry["v"]), (&json!("Meet"), &json!(1)));
    assert_eq!(entry["payloads"][1]["name"], "meetingStartRequested");
    soon("the reports", audio_video.events_posted()).await;

    // Nobody waits for a collector that refuses, nor for one that is not there.
    audio_video.publish_event("late", Map::new()).unwrap();
    audio_video.start().unwrap();
    soon("a refusal", audio_video.events_posted()).await;
    place.meeting["MediaPlacement"]["EventIngestionUrl"] = Value::Null;
    let silent = Attendee::impatient(&place, std::time::Duration::ZERO);
    soon("nothing", silent.session.audio_video().events_posted()).await;
}

#[tokio::test]
async fn events_that_the_service_would_not_keep_are_refused() {
    let nowhere = json!({ "MediaPlacement": { "SignalingUrl": "ws://127.0.0.1:1/s" } });
    let nobody = json!({
        "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "token",
    });
    let idle = Attendee::new(&Place { meeting: nowhere, attendee: nobody }, 440.0);
    let publish = |name: &str, text: &str| {
        idle.session.audio_video().publish_event(name, attributes(json!({ "text": text })))
    };
    assert_eq!(publish("no spaces", ""), Err(PublishEventError::InvalidName));
    assert_eq!(publish(&"x".repeat(65), ""), Err(PublishEventError::InvalidName));
    let long = "x".repeat(3_000);
    assert!(matches!(publish("long", &long), Err(PublishEventError::TooLong { .. })));
    assert_eq!(publish("good", "short"), Ok(()));
}
