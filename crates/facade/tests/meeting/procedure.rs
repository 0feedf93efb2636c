//! The whole procedure of a client application, as the example goes through it, with somebody else who checks it.

use std::time::Duration;

use carillon_facade::{MeetingSessionStatusCode as Code, SessionEvent};
use carillon_server::TestServer;

use self::example::Client;
use crate::pictures::{BLUE, GREEN, YELLOW};
use crate::rig::{Attendee, place, soon};

#[path = "../../examples/meeting.rs"]
#[expect(dead_code, reason = "its main waits for people")]
mod example;

impl Client {
    /// Lives until others are seen.
    async fn sees_others(&mut self) {
        let before = self.shown();
        while self.shown() <= before {
            self.for_a_while(Duration::from_millis(50)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_procedure_of_a_client_has_its_effects_step_by_step() {
    let server = TestServer::start().unwrap();
    let mut other = Attendee::join(&place(&server, "abc-def-ghi", "other").await, 880.0).await;
    let folder = tempfile::tempdir().unwrap();
    let place = place(&server, "abc-def-ghi", "client").await;
    let (meeting, attendee) = (folder.path().join("m.json"), folder.path().join("a.json"));
    std::fs::write(&meeting, place.meeting.to_string()).unwrap();
    std::fs::write(&attendee, place.attendee.to_string()).unwrap();

    let mut client = Client::new(&meeting, &attendee).unwrap();
    client.select_devices().await.unwrap();
    soon("starting", client.start()).await.unwrap();
    other.hears(&[440]).await;
    client.show_camera().unwrap();
    let camera = other.sees(GREEN).await;
    other.show(BLUE);
    soon("showing others", client.sees_others()).await;

    client.mute();
    other.hears(&[]).await;
    client.unmute();
    other.hears(&[440]).await;

    client.share_content().unwrap();
    let content = other.sees(YELLOW).await;
    assert!(other.session.audio_video().video_tile(content).unwrap().is_content);
    client.stop_sharing();
    let gone = |tile| {
        move |e: &SessionEvent| {
            matches!(e, SessionEvent::TileRemoved(t) if *t == tile).then_some(())
        }
    };
    other.wait("the content going", gone(content)).await;
    client.hide_camera();
    other.wait("the camera going", gone(camera)).await;

    let status = soon("leaving", client.leave()).await.unwrap();
    assert_eq!(status.code, Code::Left);
    other.hears(&[]).await;
}
