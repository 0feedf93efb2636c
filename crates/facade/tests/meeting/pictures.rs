//! Cameras, between native clients.

use carillon_facade::frame::{Picture, VideoSize};
use carillon_facade::media::pattern::{Hue, TestPattern, dominant_colour, read_counter};
use carillon_facade::{SessionEvent, TileId, VideoInput};
use carillon_server::TestServer;

use crate::rig::{Attendee, place, soon};

pub(crate) const RED: Hue = Hue::new(0);
pub(crate) const YELLOW: Hue = Hue::new(60);
pub(crate) const GREEN: Hue = Hue::new(120);
pub(crate) const BLUE: Hue = Hue::new(240);

/// Whether a picture shows this colour, as well as it survives a codec.
fn is_of(picture: &Picture, hue: Hue) -> bool {
    dominant_colour(picture).is_some_and(|seen| seen.distance(hue) < 20)
}

impl Attendee {
    /// Turns on a camera that shows this colour.
    pub(crate) fn show(&self, hue: Hue) -> TileId {
        let pattern = TestPattern::new(VideoSize::new(640, 360), hue).unwrap();
        let input = VideoInput::Pictures(Box::new(pattern));
        self.session.device_controller().start_video_input(input).unwrap();
        self.session.audio_video().start_local_video_tile().unwrap()
    }

    /// Waits until a tile of somebody else shows this colour in pictures that move on.
    pub(crate) async fn sees(&mut self, hue: Hue) -> TileId {
        let audio_video = self.session.audio_video().clone();
        soon(&format!("seeing {hue:?}"), async {
            let mut before = None;
            loop {
                for tile in audio_video.all_remote_video_tiles() {
                    let Some(frame) = audio_video.latest_frame(tile.tile_id) else { continue };
                    let counter = read_counter(&frame.picture);
                    if is_of(&frame.picture, hue) && counter.is_some() {
                        if before.is_some_and(|before| before != counter) {
                            return tile.tile_id;
                        }
                        before = Some(counter);
                    }
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cameras_are_seen_by_everybody_else_and_go_when_they_are_turned_off() {
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    one.show(RED);
    two.show(BLUE);
    let red = two.sees(RED).await;
    one.sees(BLUE).await;
    let tile = two.session.audio_video().video_tile(red).unwrap();
    assert_eq!(tile.attendee.external_user_id.split('#').next(), Some("one"));
    assert_eq!(tile.size, Some(VideoSize::new(640, 360)));

    // Whoever comes later sees both, and sound goes on beside the pictures.
    let mut three = Attendee::join(&place(&server, "abc-def-ghi", "three").await, 1_300.0).await;
    three.sees(RED).await;
    three.sees(BLUE).await;
    three.hears(&[440, 880]).await;

    one.session.audio_video().stop_local_video_tile();
    let gone = |event: &SessionEvent| matches!(event, SessionEvent::TileRemoved(t) if *t == red);
    two.wait("the red tile going", |event| gone(event).then_some(())).await;

    // The section it was shown in is used again.
    one.show(GREEN);
    two.sees(GREEN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_can_be_kept_as_png_and_paused() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    one.show(GREEN);
    let tile = two.sees(GREEN).await;
    let audio_video = two.session.audio_video().clone();
    let still = audio_video.capture_video_tile(tile).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(still)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (640, 360));
    let middle = (180 * 640 + 320) * 3;
    let [red, green, blue] = pixels[middle..middle + 3] else { panic!("three colours") };
    assert!(green > 100 && red < 100 && blue < 100, "{red} {green} {blue}");

    audio_video.pause_video_tile(tile).unwrap();
    // Pictures on the way still come, then none does.
    soon("the pause", async {
        let mut last = None;
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let counter = read_counter(&audio_video.latest_frame(tile).unwrap().picture);
            if last == Some(counter) {
                return;
            }
            last = Some(counter);
        }
    })
    .await;
    audio_video.unpause_video_tile(tile).unwrap();
    two.sees(GREEN).await;
}
