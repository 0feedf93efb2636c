//! What a session measures and watches of itself.

use std::time::Duration;

use carillon_facade::{MeetingSessionStatusCode as Code, SessionEvent};
use carillon_server::TestServer;
use carillon_signaling::ServerMessage;

use crate::between::Between;
use crate::rig::{Attendee, place, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_show_in_the_meeting_has_not_started() {
    let server = TestServer::start().unwrap();
    let mut place = place(&server, "abc-def-ghi", "one").await;
    let no_roster = |message: &ServerMessage| !matches!(message, ServerMessage::Roster(_));
    let _between = Between::before(&server, &mut place, no_roster).await;
    let mut one = Attendee::with(&place, |configuration| {
        configuration.attendee_presence_timeout = Duration::from_millis(500);
        configuration.reconnect_timeout = Duration::ZERO;
    });
    one.session.audio_video().start().unwrap();
    let code = one
        .wait("the end", |event| match event {
            SessionEvent::Started => panic!("nobody shows"),
            SessionEvent::Stopped(status) => Some(status.code),
            _ => None,
        })
        .await;
    assert_eq!(code, Code::NoAttendeePresent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_shows_in_time_starts_after_that() {
    let server = TestServer::start().unwrap();
    let place = place(&server, "abc-def-ghi", "one").await;
    let mut one = Attendee::with(&place, |configuration| {
        configuration.attendee_presence_timeout = Duration::from_secs(20);
    });
    let own = one.session.configuration().credentials.identity();
    one.session.audio_video().start().unwrap();
    let mut shown = false;
    one.wait("the start", |event| match event {
        SessionEvent::AttendeeJoined(who) => {
            shown |= who.identity == own;
            None
        }
        SessionEvent::Started => {
            assert!(shown, "it started without showing");
            Some(())
        }
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_measured_on_its_way_there_and_back() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    // A sine of 8,000 has a root mean square of 5,657 of 32,768.
    let is_tone = |level: f32| (0.1..0.25).contains(&level);
    one.wait("figures", |event| match event {
        SessionEvent::Metrics(report) => (report.audio_upstream_round_trip_time.is_some()
            && is_tone(report.audio_upstream_level)
            && is_tone(report.audio_downstream_level))
        .then_some(()),
        _ => None,
    })
    .await;
    two.session.audio_video().stop();
    soon("the end", two.session.audio_video().stopped()).await;
    one.session.audio_video().realtime_mute_local_audio();
    one.wait("silence", |event| match event {
        SessionEvent::Metrics(report) => (report.audio_upstream_level == 0.0
            && report.audio_downstream_level < 0.01)
            .then_some(()),
        _ => None,
    })
    .await;
}
