//! Screens and windows on a screen that nobody sees, captured while a program draws on it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of a test end it when something is not as it should be"
)]

use std::env;
use std::process::Command;
use std::time::Duration;

use carillon_devices::screen::{Cursor, ScreenChoice, ScreenConfig, ScreenInfo, ScreenKind, list};
use carillon_devices::{DeviceError, DeviceId, ScreenSource};
use carillon_frame::{Captured, VideoFrame, VideoSize, VideoSource as _};
use carillon_media::colour::{ColourLayout, write_pixels};

use self::painter::Painter;
use self::xvfb::Screen;

mod painter;
#[path = "../window/xvfb.rs"]
mod xvfb;

/// Set in the process that runs inside.
const INSIDE: &str = "CARILLON_TEST_INSIDE";

const RED: u32 = 0xff_00_00;
const BLUE: u32 = 0x00_00_ff;
const WHOLE: VideoSize = VideoSize::new(640, 480);

/// Runs a test in a process of its own with a screen of its own, which the environment of a whole process names.
fn with_screen(test: &str, scenario: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return scenario();
    }
    let screen = Screen::start(&[]);
    run_inside(test, Some(&screen.display));
}

fn run_inside(test: &str, display: Option<&str>) {
    let mut inside = Command::new(env::current_exe().unwrap());
    inside.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").env_remove("DISPLAY");
    inside.envs(display.map(|display| ("DISPLAY", display)));
    let done = inside.output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "inside: {said}");
    assert!(said.contains("1 passed"), "no such test: {said}");
}

/// The only window there is with this title.
fn window(title: &str) -> ScreenInfo {
    let mut found = list().unwrap();
    found.retain(|info| info.kind == ScreenKind::Window && info.label == title);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn open(id: &DeviceId, cursor: Cursor) -> ScreenSource {
    let config = ScreenConfig { framerate: 10, cursor };
    ScreenSource::open(&ScreenChoice::Id(id.clone()), config).unwrap()
}

fn at(source: &mut ScreenSource, tenths: u64) -> Captured<VideoFrame> {
    source.next_frame(Duration::from_millis(tenths * 100))
}

/// The picture after so many tenths of a second.
fn picture(source: &mut ScreenSource, tenths: u64) -> VideoFrame {
    match at(source, tenths) {
        Captured::Frame(frame) => frame,
        other @ (Captured::Nothing | Captured::Ended) => {
            panic!("{other:?} after {tenths} tenths: {:?}", source.monitor().end())
        }
    }
}

/// How many pixels have about this colour.
fn pixels_like(frame: &VideoFrame, colour: u32) -> usize {
    let [blue, green, red, _] = colour.to_le_bytes();
    let mut pixels = Vec::new();
    write_pixels(&frame.picture, ColourLayout::Rgb, &mut pixels).unwrap();
    let (pixels, _) = pixels.as_chunks::<3>();
    let is_like = |pixel: &&[u8; 3]| {
        pixel.iter().zip([red, green, blue]).all(|(seen, wanted)| seen.abs_diff(wanted) < 24)
    };
    pixels.iter().filter(is_like).count()
}

fn assert_filled(frame: &VideoFrame, size: VideoSize, colour: u32) {
    assert_eq!(frame.picture.size(), size);
    let (seen, whole) = (pixels_like(frame, colour), usize::try_from(size.pixels()).unwrap());
    assert!(seen * 100 >= whole * 98, "{seen} of {whole} pixels are {colour:06x}");
}

#[test]
fn screens_and_windows_are_listed() {
    with_screen("screens_and_windows_are_listed", || {
        let _slides = Painter::new("slides", (320, 240), RED);
        let notes = Painter::new("notes", (101, 51), BLUE);
        notes.minimise();
        let found = list().unwrap();
        let told: Vec<_> =
            found.iter().map(|info| (info.kind, info.label.as_str(), info.size)).collect();
        let screen = (ScreenKind::Screen, "screen", WHOLE);
        let slides = (ScreenKind::Window, "slides", VideoSize::new(320, 240));
        assert_eq!(told, [screen, slides]);
    });
}

#[test]
fn a_window_is_seen_as_it_changes_its_colour_and_size_and_lies_under_another() {
    with_screen(
        "a_window_is_seen_as_it_changes_its_colour_and_size_and_lies_under_another",
        || {
            let slides = Painter::new("slides", (320, 240), RED);
            let mut source = open(&window("slides").id, Cursor::Hidden);
            assert_filled(&picture(&mut source, 0), VideoSize::new(320, 240), RED);
            slides.paint(BLUE);
            assert_filled(&picture(&mut source, 1), VideoSize::new(320, 240), BLUE);

            let above = Painter::new("above", (400, 300), RED);
            above.raise();
            assert_filled(&picture(&mut source, 2), VideoSize::new(320, 240), BLUE);

            slides.resize((201, 101));
            assert_filled(&picture(&mut source, 3), VideoSize::new(201, 101), BLUE);
            // Beyond the edges of the screen.
            slides.resize((700, 500));
            assert_filled(&picture(&mut source, 4), VideoSize::new(700, 500), BLUE);
        },
    );
}

#[test]
fn a_window_that_is_closed_ends_and_says_so() {
    with_screen("a_window_that_is_closed_ends_and_says_so", || {
        let slides = Painter::new("slides", (320, 240), RED);
        let id = window("slides").id;
        let mut source = open(&id, Cursor::Shown);
        assert_filled(&picture(&mut source, 0), VideoSize::new(320, 240), RED);

        // Minimised it has no picture, and has not ended.
        slides.minimise();
        assert_eq!(at(&mut source, 1), Captured::Nothing);
        slides.restore();
        assert_filled(&picture(&mut source, 2), VideoSize::new(320, 240), RED);

        slides.close();
        assert_eq!(at(&mut source, 3), Captured::Ended);
        assert_eq!(at(&mut source, 4), Captured::Ended);
        let end = source.monitor().end();
        assert!(
            matches!(&end, Some(DeviceError::NotFound { detail }) if detail.contains("closed")),
            "{end:?}"
        );
        let config = ScreenConfig::default();
        let again = ScreenSource::open(&ScreenChoice::Id(id), config).map(drop);
        assert!(matches!(again, Err(DeviceError::NotFound { .. })), "{again:?}");
    });
}

#[test]
fn the_whole_screen_is_seen_as_often_as_is_allowed() {
    with_screen("the_whole_screen_is_seen_as_often_as_is_allowed", || {
        let slides = Painter::new("slides", (320, 240), RED);
        let config = ScreenConfig { framerate: 10, cursor: Cursor::Hidden };
        let mut source = ScreenSource::open(&ScreenChoice::Primary, config).unwrap();
        let mut seen = 0;
        for millis in (0..1_960).step_by(20) {
            match source.next_frame(Duration::from_millis(millis)) {
                Captured::Frame(frame) => {
                    assert_eq!(frame.picture.size(), WHOLE);
                    let red = pixels_like(&frame, RED);
                    assert!(red.abs_diff(320 * 240) < 1_200, "{red} pixels are red");
                    seen += 1;
                }
                Captured::Nothing => {}
                Captured::Ended => panic!("{:?}", source.monitor().end()),
            }
        }
        assert_eq!(seen, 20);
        slides.close();
        assert_eq!(pixels_like(&picture(&mut source, 30), RED), 0);
        source.monitor().release();
        assert_eq!(at(&mut source, 40), Captured::Nothing);
    });
}

#[test]
fn the_cursor_is_seen_if_it_is_to_be() {
    with_screen("the_cursor_is_seen_if_it_is_to_be", || {
        let slides = Painter::new("slides", (320, 240), RED);
        let green = 0x00_ff_00;
        slides.point((120, 130), (0, 0xffff, 0));
        let id = window("slides").id;
        let shown = picture(&mut open(&id, Cursor::Shown), 0);
        let (seen, whole) = (pixels_like(&shown, green), 16 * 16);
        assert!((whole / 2..=whole).contains(&seen), "{seen} of {whole} pixels");
        // The window's corner is at (20, 30), and the cursor's middle where it points.
        let mut pixels = Vec::new();
        write_pixels(&shown.picture, ColourLayout::Rgb, &mut pixels).unwrap();
        let pixel = |x: usize, y: usize| pixels[(y * 320 + x) * 3 + 1];
        assert!(pixel(100, 100) > 200 && pixel(94, 94) > 200 && pixel(84, 100) < 60);

        let hidden = picture(&mut open(&id, Cursor::Hidden), 0);
        assert_eq!(pixels_like(&hidden, green), 0);
        // Beside the window it is no part of it.
        slides.point((600, 400), (0, 0xffff, 0));
        assert_eq!(pixels_like(&picture(&mut open(&id, Cursor::Shown), 0), green), 0);
        let screen = ScreenSource::open(&ScreenChoice::Primary, ScreenConfig::default());
        assert!(pixels_like(&picture(&mut screen.unwrap(), 0), green) > whole / 2);
    });
}

#[test]
fn ids_that_name_nothing_are_refused() {
    with_screen("ids_that_name_nothing_are_refused", || {
        let open = |id: &str| {
            let choice = ScreenChoice::Id(DeviceId::new(id));
            ScreenSource::open(&choice, ScreenConfig::default()).map(drop)
        };
        let missing = open("x11-screen:HDMI-7");
        assert!(matches!(missing, Err(DeviceError::NotFound { .. })), "{missing:?}");
        let missing = open("x11-window:0x7fffff");
        assert!(matches!(missing, Err(DeviceError::NotFound { .. })), "{missing:?}");
        let other = open("pulseaudio:left");
        assert!(matches!(other, Err(DeviceError::InvalidDevice { .. })), "{other:?}");
    });
}

#[test]
fn without_a_screen_listing_and_opening_say_so() {
    if env::var_os(INSIDE).is_none() {
        return run_inside("without_a_screen_listing_and_opening_say_so", None);
    }
    let listed = list();
    assert!(matches!(listed, Err(DeviceError::NotFound { .. })), "{listed:?}");
    let opened = ScreenSource::open(&ScreenChoice::Primary, ScreenConfig::default()).map(drop);
    let Err(error @ DeviceError::NotFound { .. }) = opened else { panic!("{opened:?}") };
    assert!(error.to_string().contains("no X11 server"), "{error}");
}
