//! Shared content.

use carillon_facade::frame::VideoSize;
use carillon_facade::media::pattern::TestPattern;
use carillon_facade::{
    AudioInput, ContentShareError, ContentShareEvent, Modality, SessionEvent, VideoInput,
};
use carillon_server::TestServer;

use crate::pictures::YELLOW;
use crate::rig::{Attendee, place};

pub(crate) fn content() -> VideoInput {
    let pattern = TestPattern::new(VideoSize::new(1_280, 720), YELLOW).unwrap();
    VideoInput::Pictures(Box::new(pattern))
}

fn share(event: &SessionEvent) -> Option<ContentShareEvent> {
    match event {
        SessionEvent::ContentShare(event) => Some(event.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_is_an_attendee_of_its_own_until_it_stops() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let controller = one.session.content_share().clone();
    controller.start_content_share(content(), AudioInput::Silence).unwrap();
    assert_eq!(one.wait("the share", share).await, ContentShareEvent::Started);
    let tile = two.sees(YELLOW).await;
    let tile = two.session.audio_video().video_tile(tile).unwrap();
    assert!(tile.is_content && tile.attendee.identity.modality == Modality::Content);

    controller.pause_content_share();
    assert_eq!(one.wait("the pause", share).await, ContentShareEvent::Paused);
    controller.unpause_content_share();
    assert_eq!(one.wait("the rest", share).await, ContentShareEvent::Unpaused);
    two.sees(YELLOW).await;

    controller.stop_content_share();
    two.wait("the tile going", |event| match event {
        SessionEvent::TileRemoved(gone) if *gone == tile.tile_id => Some(()),
        _ => None,
    })
    .await;
    let ContentShareEvent::Stopped(status) = one.wait("the end of the share", share).await else {
        panic!("a share that was stopped has stopped");
    };
    assert!(!status.is_failure());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_needs_its_attendee_and_ends_with_it() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::new(&place(&server, "abc-def-ghi", "one").await, 440.0);
    let controller = one.session.content_share().clone();
    let refused = controller.start_content_share(content(), AudioInput::Silence);
    assert!(matches!(refused, Err(ContentShareError::NotRunning)));
    one.session.audio_video().start().unwrap();
    controller.start_content_share(content(), AudioInput::Silence).unwrap();
    assert_eq!(one.wait("the share", share).await, ContentShareEvent::Started);
    one.session.audio_video().stop();
    let ended = one.wait("the end of the share", share).await;
    assert!(matches!(ended, ContentShareEvent::Stopped(_)));
}
