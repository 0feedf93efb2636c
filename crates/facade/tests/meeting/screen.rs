//! A window on a screen that nobody sees, shared in a meeting.

use std::env;
use std::process::Command;
use std::time::Duration;

use carillon_facade::devices::Window;
use carillon_facade::frame::{Captured, VideoSink as _, VideoSize, VideoSource as _};
use carillon_facade::media::pattern::TestPattern;
use carillon_facade::{
    ContentShareError, ContentShareEvent, DeviceError, DeviceId, Modality, ScreenChoice,
    ScreenConfig, ScreenKind, SessionEvent,
};
use carillon_server::TestServer;

use self::xvfb::Screen;
use crate::pictures::{YELLOW, is_of};
use crate::rig::{Attendee, place};

#[path = "../../../devices/tests/window/xvfb.rs"]
mod xvfb;

/// Set in the process that runs inside: libraries find their screen by the environment, which belongs to a process.
const INSIDE: &str = "CARILLON_TEST_INSIDE";

const TEST: &str = "screen::a_window_is_shared_until_it_is_closed";

/// A window that shows yellow.
fn yellow_window() -> Window {
    let size = VideoSize::new(320, 240);
    let mut window = Window::open("slides", size).unwrap();
    let mut pattern = TestPattern::new(size, YELLOW).unwrap();
    let Captured::Frame(frame) = pattern.next_frame(Duration::ZERO) else {
        panic!("a pattern always has a picture");
    };
    window.show(&frame);
    window
}

async fn a_window_is_seen_by_others() {
    let window = yellow_window();
    let server = TestServer::start().unwrap();
    let mut one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let share = one.session.content_share().clone();
    let missing = ScreenChoice::Id(DeviceId::new("x11-screen:none"));
    let refused = share.start_content_share_from_screen_capture(&missing, ScreenConfig::default());
    let is_missing = matches!(
        &refused,
        Err(ContentShareError::Screen(DeviceError::NotFound { detail })) if detail.contains("none")
    );
    assert!(is_missing && !share.is_sharing(), "{refused:?}");

    let mut found = share.list_screen_capture_sources().unwrap();
    found.retain(|info| info.kind == ScreenKind::Window && info.label == "slides");
    let slides = ScreenChoice::Id(found.remove(0).id);
    share.start_content_share_from_screen_capture(&slides, ScreenConfig::default()).unwrap();
    let audio_video = two.session.audio_video().clone();
    let tile = two
        .wait("yellow", |_| {
            audio_video.all_remote_video_tiles().into_iter().find(|tile| {
                let frame = audio_video.latest_frame(tile.tile_id);
                let shows = frame.is_some_and(|frame| is_of(&frame.picture, YELLOW));
                shows && tile.size == Some(VideoSize::new(320, 240))
            })
        })
        .await;
    assert_eq!(tile.attendee.identity.modality, Modality::Content);

    drop(window);
    let status = one
        .wait("the end of the share", |event| match event {
            SessionEvent::ContentShare(ContentShareEvent::Stopped(status)) => Some(status.clone()),
            _ => None,
        })
        .await;
    assert!(!status.is_failure());
    assert!(status.detail.is_some_and(|detail| detail.contains("was closed")));
}

#[test]
fn a_window_is_shared_until_it_is_closed() {
    if env::var_os(INSIDE).is_some() {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
            .block_on(a_window_is_seen_by_others());
        return;
    }
    let screen = Screen::start(&[]);
    let mut inside = Command::new(env::current_exe().unwrap());
    inside.args(["--exact", TEST, "--nocapture"]);
    inside.env(INSIDE, "1").env("DISPLAY", &screen.display).env_remove("WAYLAND_DISPLAY");
    let done = inside.output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "inside: {said}");
    assert!(said.contains("1 passed"), "no such test: {said}");
}
