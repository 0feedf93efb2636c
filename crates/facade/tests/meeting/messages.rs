//! What attendees tell each other beside sound and pictures.

use std::time::Duration;

use carillon_facade::{DataMessage, Mute, SendDataError, SessionEvent};
use carillon_server::TestServer;

use crate::rig::{Attendee, place};

fn message(event: &SessionEvent) -> Option<DataMessage> {
    match event {
        SessionEvent::DataMessage(message) => Some(message.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_reach_who_is_there_and_who_comes_later() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let sender = one.session.audio_video();
    let lifetime = Some(Duration::from_secs(60));
    sender.realtime_send_data_message("chat", "hello", lifetime).unwrap();
    let heard = two.wait("a message", message).await;
    assert_eq!((heard.topic.as_str(), heard.text()), ("chat", Some("hello")));
    let from = heard.sender.unwrap().identity;
    assert_eq!(from, one.session.configuration().credentials.identity());
    let place = place(&server, "abc-def-ghi", "three").await;
    let mut three = Attendee::new(&place, 620.0);
    three.session.audio_video().start().unwrap();
    assert_eq!(three.wait("a message of the past", message).await.text(), Some("hello"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_browsers_could_not_send_are_refused() {
    let server = TestServer::start().unwrap();
    let idle = Attendee::new(&place(&server, "abc-def-ghi", "one").await, 440.0);
    let audio_video = idle.session.audio_video();
    let send = |topic: &str, bytes: usize| {
        audio_video.realtime_send_data_message(topic, vec![b'x'; bytes], None)
    };
    assert_eq!(send("no spaces", 1), Err(SendDataError::InvalidTopic));
    assert_eq!(send("chat", 2_049), Err(SendDataError::TooLong { bytes: 2_049 }));
    assert_eq!(send("chat", 1), Err(SendDataError::NotRunning));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roster_volumes_mutes_and_speakers_are_told() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let second = two.session.configuration().credentials.identity();
    one.wait("a newcomer", |event| match event {
        SessionEvent::AttendeeJoined(attendee) if attendee.identity == second => Some(()),
        _ => None,
    })
    .await;
    one.wait("a volume", |event| match event {
        SessionEvent::VolumeChanged(update) if update.attendee.identity == second => {
            update.volume.filter(|volume| *volume > 0.2)
        }
        _ => None,
    })
    .await;
    one.wait("an active speaker", |event| match event {
        SessionEvent::ActiveSpeakersChanged(speakers) => {
            speakers.iter().any(|speaker| speaker.identity == second).then_some(())
        }
        _ => None,
    })
    .await;
    two.session.audio_video().realtime_mute_local_audio();
    one.wait("a mute", |event| match event {
        SessionEvent::VolumeChanged(update) if update.attendee.identity == second => {
            update.mute.filter(|mute| *mute == Mute::Muted)
        }
        _ => None,
    })
    .await;
    one.hears(&[]).await;
    two.session.audio_video().realtime_set_can_unmute_local_audio(false);
    assert!(!two.session.audio_video().realtime_unmute_local_audio());
    two.session.audio_video().realtime_set_can_unmute_local_audio(true);
    assert!(two.session.audio_video().realtime_unmute_local_audio());
    one.hears(&[880]).await;
    two.session.audio_video().stop();
    one.wait("a leave", |event| match event {
        SessionEvent::AttendeeLeft(attendee) if attendee.identity == second => Some(()),
        _ => None,
    })
    .await;
}
