//! How sessions end, and how they come back.

use std::sync::Arc;

use carillon_facade::frame::{AudioFrame, AudioSink};
use carillon_facade::{
    AudioOutput, AudioVideoObserver, MeetingSessionStatusCode as Code, SessionEvent,
};
use carillon_server::TestServer;

use crate::pictures::BLUE;
use crate::rig::{Attendee, Cut, end_meeting, place, soon};

impl Attendee {
    async fn ends(&self) -> Code {
        soon("the end", self.session.audio_video().stopped()).await.unwrap().code
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_end_is_told_apart() {
    let server = TestServer::start().unwrap();
    let left = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    left.session.audio_video().stop();
    assert_eq!(left.ends().await, Code::Left);

    let place = place(&server, "abc-def-ghi", "two").await;
    let first = Attendee::join(&place, 440.0).await;
    let second = Attendee::join(&place, 880.0).await;
    assert_eq!(first.ends().await, Code::AudioJoinedFromAnotherDevice);

    end_meeting(&server, "abc-def-ghi", &place).await;
    assert_eq!(second.ends().await, Code::MeetingEnded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_can_be_started_again_after_it_was_left() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    two.session.audio_video().stop();
    assert_eq!(two.ends().await, Code::Left);
    one.hears(&[]).await;
    two.session.audio_video().start().unwrap();
    two.wait("another start", |e| matches!(e, SessionEvent::Started).then_some(())).await;
    one.hears(&[880]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_comes_back_when_its_socket_dies() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut place = place(&server, "abc-def-ghi", "two").await;
    let cut = Cut::before(&server, &mut place).await;
    let mut two = Attendee::join(&place, 880.0).await;
    two.show(BLUE);
    one.sees(BLUE).await;
    cut.now();
    let again = |event: &SessionEvent| match event {
        SessionEvent::StartedConnecting { reconnecting } => reconnecting.then_some(()),
        _ => None,
    };
    two.wait("reconnecting", again).await;
    two.wait("being back", |e| matches!(e, SessionEvent::Started).then_some(())).await;
    one.hears(&[880]).await;
    two.hears(&[440]).await;
    one.sees(BLUE).await;
    // Nobody was told that anybody left.
    let identity = two.session.configuration().credentials.identity();
    one.session.audio_video().stop();
    let mut told = Vec::new();
    one.wait("the end", |event| {
        told.push(event.clone());
        matches!(event, SessionEvent::Stopped(_)).then_some(())
    })
    .await;
    let gone = told.iter().any(|event| match event {
        SessionEvent::AttendeeLeft(who) | SessionEvent::AttendeeDropped(who) => {
            who.identity == identity
        }
        _ => false,
    });
    assert!(!gone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_dropped_leaves() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let identity = two.session.configuration().credentials.identity();
    drop(two);
    one.wait("a leave", |event| match event {
        SessionEvent::AttendeeLeft(attendee) if attendee.identity == identity => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_panics_in_the_application_does_not_take_the_sound_along() {
    struct Broken;
    impl AudioSink for Broken {
        fn play(&mut self, _frame: &AudioFrame) {
            panic!("a sink of the application");
        }
    }
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    one.session.device_controller().add_audio_output(AudioOutput::Sound(Box::new(Broken)));
    one.hears(&[880]).await;
    two.hears(&[440]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_that_panics_ends_the_session() {
    struct Broken;
    impl AudioVideoObserver for Broken {
        fn audio_video_did_start(&self) {
            panic!("an observer of the application");
        }
    }
    let server = TestServer::start().unwrap();
    let one = Attendee::new(&place(&server, "abc-def-ghi", "one").await, 440.0);
    one.session.audio_video().add_observer(Arc::new(Broken));
    one.session.audio_video().start().unwrap();
    assert_eq!(one.ends().await, Code::RealtimeApiFailed);
}
