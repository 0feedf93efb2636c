//! The operations that no AWS SDK has, beside a made-up media side.

use std::sync::{Mutex, PoisonError};

use axum::http::header;
use carillon_types::{AttendeeId, MeetingId, api::SendDataMessageRequest};

use super::*;
use crate::live_meetings::{self, LiveMeetings, Measurements, Sent, StreamMeasurements};

/// A media side that remembers what it was told to say, and answers what a test has set.
#[derive(Debug, Default)]
pub(super) struct Stage(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    said: Vec<(MeetingId, SendDataMessageRequest)>,
    outcome: Option<Sent>,
    measured: Option<Measurements>,
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
    for path in ["/carillon/v1/meetings", "/carillon/v1/meetings/x/y"] {
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
