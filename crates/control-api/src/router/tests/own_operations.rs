//! The operations that no AWS SDK has, beside a made-up media side.

use std::sync::{Mutex, PoisonError};

use axum::http::header;
use carillon_types::{AttendeeId, MeetingId, api::SendDataMessageRequest};

use super::*;
use crate::live_meetings::{self, LiveMeetings, Measurements, Present, Sent, StreamMeasurements};

/// A media side that remembers what it was told to say, and answers what a test has set.
#[derive(Debug, Default)]
pub(super) struct Stage(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    said: Vec<(MeetingId, SendDataMessageRequest)>,
    outcome: Option<Sent>,
    measured: Option<Measurements>,
    present: Vec<Present>,
    silenced: Vec<(AttendeeId, bool)>,
}

impl Stage {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LiveMeetings for Stage {
    fn send(
        &self,
        meeting: MeetingId,
        message: SendDataMessageRequest,
    ) -> live_meetings::Answer<'_, Sent> {
        let outcome = self.with(|state| {
            state.said.push((meeting, message));
            state.outcome.unwrap_or(Sent::NobodyThere)
        });
        Box::pin(async move { outcome })
    }

    fn present(&self, _: MeetingId) -> live_meetings::Answer<'_, Vec<Present>> {
        let present = self.with(|state| state.present.clone());
        Box::pin(async move { present })
    }

    fn silence(
        &self,
        _: MeetingId,
        attendee: AttendeeId,
        is_silenced: bool,
    ) -> live_meetings::Answer<'_, bool> {
        let is_there = self.with(|state| {
            state.silenced.push((attendee, is_silenced));
            state.present.iter().any(|present| present.attendee == attendee)
        });
        Box::pin(async move { is_there })
    }

    fn measurements(
        &self,
        _: MeetingId,
        _: AttendeeId,
    ) -> live_meetings::Answer<'_, Option<Measurements>> {
        let measured = self.with(|state| state.measured.clone());
        Box::pin(async move { measured })
    }
}

fn messages_of(meeting: &str) -> String {
    format!("/carillon/v1/meetings/{meeting}/data-messages")
}

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn message_goes_to_the_meeting_as_it_was_sent() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    api.stage.with(|state| state.outcome = Some(Sent::To(3)));
    let wish = json!({"Topic": "notices", "Data": "pause in 5 min \u{e9}", "LifetimeMs": 60_000});
    let answer = api.call("POST", &messages_of(&meeting), wish).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!({"Recipients": 3})));
    let said = api.stage.with(|state| std::mem::take(&mut state.said));
    let [(to, message)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((to.to_string(), message.topic.as_str()), (meeting, "notices"));
    assert_eq!(message.lifetime, Some(Duration::from_secs(60)));
    assert_eq!(message.data.clone().into_bytes(), "pause in 5 min \u{e9}".as_bytes());
}

#[tokio::test]
async fn caller_is_told_why_a_message_went_nowhere() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let wish = || json!({"Topic": "notices", "Data": "hello"});
    let path = messages_of(&meeting);
    let nobody = api.call("POST", &path, wish()).await;
    assert_eq!(nobody.error(), (422, "UnprocessableEntityException"));
    api.stage.with(|state| state.outcome = Some(Sent::TooMany));
    assert_eq!(api.call("POST", &path, wish()).await.error(), (429, "ThrottlingException"));
    let unknown = api.call("POST", &messages_of(UNKNOWN), wish()).await;
    assert_eq!(unknown.error(), (404, "NotFoundException"));
    assert_eq!(api.stage.with(|state| state.said.len()), 2);
}

#[tokio::test]
async fn messages_that_no_client_could_send_are_refused() {
    let api = Api::start().await;
    let path = messages_of(&api.meeting("one").await);
    for wish in [
        json!({}),
        json!({"Topic": "notices"}),
        json!({"Topic": "aws:chime:transcription", "Data": "x"}),
        json!({"Topic": "notices", "Data": "x".repeat(2_049)}),
        json!({"Topic": "notices", "Data": "x", "LifetimeMs": -1}),
        json!({"Topic": "notices", "Data": {"not": "text"}}),
    ] {
        let answer = api.call("POST", &path, wish.clone()).await;
        assert_eq!(answer.error(), (400, "BadRequestException"), "{wish}");
    }
    assert!(api.stage.with(|state| state.said.is_empty()));
}

#[tokio::test]
async fn own_operations_are_signed_and_named_by_method_and_path() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let path = messages_of(&meeting);
    let unsigned = Request::post(&path).body(Body::from("{}")).unwrap();
    assert_eq!(api.send(unsigned).await.error(), (403, "MissingAuthenticationTokenException"));
    let other = api.call("GET", &path, Value::Null).await;
    assert_eq!(other.error(), (405, "MethodNotAllowedException"));
    assert_eq!(other.header(header::ALLOW.as_str()), "POST");
    for path in ["/carillon/v1/nothing", "/carillon/v1/meetings/x/y"] {
        let unknown = api.call("GET", path, Value::Null).await;
        assert_eq!(unknown.error(), (404, "UnknownOperationException"), "{path}");
    }
}

#[tokio::test]
async fn what_a_client_reported_and_measured_can_be_read() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let all = format!("/meetings/{meeting}/attendees");
    let made = api.call("POST", &all, json!({"ExternalUserId": "alice"})).await;
    let attendee = made.text("/Attendee/AttendeeId");
    let path = format!("/carillon/v1{all}/{attendee}/client-events");
    let nothing = json!({"ClientEvents": [], "Measurements": null});
    assert_eq!(api.call("GET", &path, Value::Null).await.body, nothing);

    let reporter = (meeting.parse().unwrap(), attendee.parse().unwrap());
    let event = crate::client_events::ClientEvent {
        name: "meetingStartFailed".into(),
        at: carillon_types::WallTime::from_millis(5),
        received: carillon_types::WallTime::from_millis(7),
        attributes: r#"{"meetingStatus":"ICEGatheringTimeoutWorkaround"}"#.into(),
    };
    api.client_events.keep(reporter, [event], |_| true);
    let stream = StreamMeasurements {
        stream: Some(9),
        kind: "Video",
        figures: vec![("VIDEO_DECODE_FPS", 15.0)],
    };
    let figures = vec![("STUN_RTT_MS", 3.5)];
    api.stage.with(|state| {
        state.measured = Some(Measurements { figures, streams: vec![stream] });
    });
    let answer = api.call("GET", &path, Value::Null).await;
    let expected = json!({
        "ClientEvents": [{
            "Name": "meetingStartFailed", "TimestampMs": 5, "ReceivedMs": 7,
            "Attributes": {"meetingStatus": "ICEGatheringTimeoutWorkaround"},
        }],
        "Measurements": {
            "Client": {"STUN_RTT_MS": 3.5},
            "Streams": [{
                "StreamId": 9, "MediaType": "Video", "Figures": {"VIDEO_DECODE_FPS": 15.0},
            }],
        },
    });
    assert_eq!((answer.status, answer.body), (StatusCode::OK, expected));

    // Reports stay when the attendee goes, and go with the meeting.
    api.call("DELETE", &format!("{all}/{attendee}"), Value::Null).await;
    assert_eq!(api.call("GET", &path, Value::Null).await.status, StatusCode::OK);
    let stranger = format!("/carillon/v1{all}/{UNKNOWN}/client-events");
    assert_eq!(api.call("GET", &stranger, Value::Null).await.error(), (404, "NotFoundException"));
    api.call("DELETE", &format!("/meetings/{meeting}"), Value::Null).await;
    assert_eq!(api.call("GET", &path, Value::Null).await.error(), (404, "NotFoundException"));
}

#[tokio::test]
async fn meetings_of_the_account_are_listed_page_by_page() {
    let api = Api::start().await;
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        made.push(api.meeting(name).await);
    }
    made.sort_unstable();
    let mut listed = Vec::new();
    let mut target = "/carillon/v1/meetings?max-results=2".to_owned();
    loop {
        let page = api.call("GET", &target, Value::Null).await;
        let meetings = page.body["Meetings"].as_array().unwrap().clone();
        assert!(meetings.len() <= 2);
        listed.extend(meetings.iter().map(|m| m["MeetingId"].as_str().unwrap().to_owned()));
        let Some(token) = page.body["NextToken"].as_str() else { break };
        target = format!("/carillon/v1/meetings?max-results=2&next-token={token}");
    }
    assert_eq!(listed, made);
    let forged = api.call("GET", "/carillon/v1/meetings?next-token=AAAA", Value::Null).await;
    assert_eq!(forged.error(), (400, "BadRequestException"));
}

#[tokio::test]
async fn live_meeting_shows_who_is_there_and_no_tokens() {
    let api = Api::start().await;
    let meeting = api.meeting("one").await;
    let all = format!("/meetings/{meeting}/attendees");
    let mut ids = Vec::new();
    for user in ["ada", "bob"] {
        let made = api.call("POST", &all, json!({ "ExternalUserId": user })).await;
        ids.push(made.text("/Attendee/AttendeeId").to_owned());
    }
    let ada: AttendeeId = ids[0].parse().unwrap();
    let present = |is_content| Present {
        attendee: ada,
        is_content,
        is_muted: !is_content,
        shows_video: is_content,
    };
    api.stage.with(|state| state.present = vec![present(false), present(true)]);
    let path = format!("/carillon/v1/meetings/{meeting}");
    let live = api.call("GET", &path, Value::Null).await;
    assert_eq!(live.body["Meeting"]["MeetingId"], meeting.as_str());
    let states = live.body["Attendees"].as_array().unwrap().iter().map(|who| {
        ["Connected", "Muted", "Video", "Content"].map(|member| who[member].as_bool().unwrap())
    });
    let states: Vec<_> = states.collect();
    assert_eq!(states, [[true, true, false, true], [false; 4]]);
    assert!(!live.body.to_string().contains("JoinToken"));

    // Locked, it keeps out whoever was not there.
    assert_eq!(api.call("PUT", &format!("{path}/lock"), Value::Null).await.status, 204);
    assert_eq!(api.call("GET", &path, Value::Null).await.body["Locked"], true);
    let late = api.call("POST", &all, json!({ "ExternalUserId": "late" })).await;
    assert_eq!(late.error(), (422, "UnprocessableEntityException"));
    assert_eq!(api.call("DELETE", &format!("{path}/lock"), Value::Null).await.status, 204);
    let late = api.call("POST", &all, json!({ "ExternalUserId": "late" })).await;
    assert_eq!(late.status, StatusCode::OK);

    let mute = async |method: &str, who: &str| {
        api.call(method, &format!("{path}/attendees/{who}/mute"), Value::Null).await
    };
    assert_eq!(mute("PUT", &ids[0]).await.status, 204);
    assert_eq!(mute("DELETE", &ids[0]).await.status, 204);
    assert_eq!(mute("PUT", &ids[1]).await.error(), (422, "UnprocessableEntityException"));
    assert_eq!(mute("PUT", UNKNOWN).await.error(), (404, "NotFoundException"));
    let silenced = api.stage.with(|state| state.silenced.clone());
    assert_eq!(silenced[..2], [(ada, true), (ada, false)]);
}

#[tokio::test]
async fn server_says_what_it_is() {
    let api = Api::start().await;
    api.meeting("one").await;
    let answer = api.call("GET", "/carillon/v1/server", Value::Null).await;
    assert_eq!(answer.text("/Name"), "carillon");
    assert_eq!(answer.body["Meetings"], 1);
    let wrong = api.call("DELETE", "/carillon/v1/server", Value::Null).await;
    assert_eq!(wrong.error(), (405, "MethodNotAllowedException"));
}
