//! Cameras, between native clients.

use std::collections::BTreeMap;

use carillon_facade::frame::{Picture, VideoSize};
use carillon_facade::media::pattern::{Hue, TestPattern, dominant_colour, read_counter};
use carillon_facade::{SessionEvent, TileId, VideoInput};
use carillon_server::TestServer;

use crate::rig::{Attendee, PATIENCE_WITH_PATHS, place};

pub(crate) const RED: Hue = Hue::new(0);
pub(crate) const YELLOW: Hue = Hue::new(60);
pub(crate) const GREEN: Hue = Hue::new(120);
pub(crate) const BLUE: Hue = Hue::new(240);

/// What tests show, as large as it is: where a path seems narrow, less is sent.
const WHOLE: VideoSize = VideoSize::new(640, 360);

/// Whether a picture shows this colour, as well as it survives a codec.
pub(crate) fn is_of(picture: &Picture, hue: Hue) -> bool {
    dominant_colour(picture).is_some_and(|seen| seen.distance(hue) < 20)
}

impl Attendee {
    /// Turns on a camera that shows this colour.
    pub(crate) fn show(&self, hue: Hue) -> TileId {
        let pattern = TestPattern::new(WHOLE, hue).unwrap();
        let input = VideoInput::Pictures(Box::new(pattern));
        self.session.device_controller().start_video_input(input).unwrap();
        self.session.audio_video().start_local_video_tile().unwrap()
    }

    /// Waits until a tile of somebody else shows this colour in pictures that move on.
    pub(crate) async fn sees(&mut self, hue: Hue) -> TileId {
        self.sees_sized(hue, |_| true).await
    }

    /// The same, in pictures of such a size.
    pub(crate) async fn sees_sized(
        &mut self,
        hue: Hue,
        fits: impl Fn(VideoSize) -> bool,
    ) -> TileId {
        let audio_video = self.session.audio_video().clone();
        let mut before = BTreeMap::new();
        self.wait_within(PATIENCE_WITH_PATHS, &format!("seeing {hue:?}"), |_| {
            audio_video.all_remote_video_tiles().into_iter().find_map(|tile| {
                let frame = audio_video.latest_frame(tile.tile_id)?;
                if !fits(frame.picture.size()) {
                    return None;
                }
                let counter =
                    read_counter(&frame.picture).filter(|_| is_of(&frame.picture, hue))?;
                let moved = *before.entry(tile.tile_id).or_insert(counter) != counter;
                moved.then_some(tile.tile_id)
            })
        })
        .await
    }

    /// How many pictures of others were decoded so far, told once a second.
    async fn frames_decoded(&mut self) -> u64 {
        self.wait("figures", |event| match event {
            SessionEvent::Metrics(report) => {
                Some(report.video_downstream.values().map(|video| video.frames_decoded).sum())
            }
            _ => None,
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
    let red = two.sees_sized(RED, |size| size == WHOLE).await;
    one.sees(BLUE).await;
    let tile = two.session.audio_video().video_tile(red).unwrap();
    assert_eq!(tile.attendee.external_user_id.split('#').next(), Some("one"));
    assert_eq!(tile.size, Some(WHOLE));

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
    let tile = two.sees_sized(GREEN, |size| size == WHOLE).await;
    let audio_video = two.session.audio_video().clone();
    let still = audio_video.capture_video_tile(tile).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(still)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (WHOLE.width, WHOLE.height));
    let middle = (180 * 640 + 320) * 3;
    let [red, green, blue] = pixels[middle..middle + 3] else { panic!("three colours") };
    assert!(green > 100 && red < 100 && blue < 100, "{red} {green} {blue}");

    audio_video.pause_video_tile(tile).unwrap();
    // Pictures on the way still come, then none does.
    let mut last = two.frames_decoded().await;
    loop {
        let now = two.frames_decoded().await;
        if now == last {
            break;
        }
        last = now;
    }
    audio_video.unpause_video_tile(tile).unwrap();
    two.sees(GREEN).await;
}
