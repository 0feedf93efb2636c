//! A window on a screen that nobody sees, read back from the screen's memory.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of a test end it when something is not as it should be"
)]

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use carillon_devices::{DeviceError, Window};
use carillon_frame::{MediaTime, Picture, VideoFrame, VideoSink as _, VideoSize};

use self::xvfb::{SCREEN_SIZE, Screen};

mod xvfb;

/// Set in the process that runs inside: where the screen's memory is.
const SCREEN: &str = "CARILLON_TEST_SCREEN";

/// How often the screen is looked at before the test gives up, each time for a tenth of a second.
const LOOKS: u32 = 200;

const WINDOW: VideoSize = VideoSize::new(320, 240);

/// A picture of one colour, by its luma and its differences of blue and red.
fn picture(y: u8, u: u8, v: u8) -> VideoFrame {
    let mut picture = Picture::black(VideoSize::new(160, 120)).unwrap();
    let planes = picture.planes_mut();
    planes.y.fill(y);
    planes.u.fill(u);
    planes.v.fill(v);
    VideoFrame { picture: picture.into(), timestamp: MediaTime(0) }
}

/// How many pixels of the screen have about this colour; the memory is an XWD file of 32 bits a pixel.
fn pixels_like(screen: &Path, colour: [u8; 3]) -> usize {
    let file = fs::read(screen).unwrap();
    let (width, height) = SCREEN_SIZE;
    let pixels = &file[file.len() - width * height * 4..];
    let (pixels, _) = pixels.as_chunks::<4>();
    let is_like = |[b, g, r, _]: &&[u8; 4]| {
        [*r, *g, *b].iter().zip(colour).all(|(seen, wanted)| seen.abs_diff(wanted) < 24)
    };
    pixels.iter().filter(is_like).count()
}

#[test]
fn a_window_shows_the_latest_picture_scaled_into_it() {
    if let Some(screen) = env::var_os(SCREEN) {
        return show_and_look(Path::new(&screen));
    }
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start(&[OsStr::new("-fbdir"), folder.path().as_os_str()]);
    let mut inside = Command::new(env::current_exe().unwrap());
    inside.args(["--exact", "a_window_shows_the_latest_picture_scaled_into_it", "--nocapture"]);
    inside.env("DISPLAY", &screen.display).env(SCREEN, folder.path().join("Xvfb_screen0"));
    inside.env_remove("WAYLAND_DISPLAY");
    let done = inside.output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "inside: {}", String::from_utf8_lossy(&said));
}

fn show_and_look(screen: &Path) {
    let mut window = Window::open("a test", WINDOW).unwrap();
    // Red and blue of video range, BT.601.
    for (frame, colour) in
        [(picture(81, 90, 240), [255, 0, 0]), (picture(41, 240, 110), [0, 0, 255])]
    {
        let whole = usize::try_from(WINDOW.pixels()).unwrap();
        let mut seen = 0;
        for _ in 0..LOOKS {
            window.show(&frame);
            thread::park_timeout(Duration::from_millis(100));
            seen = pixels_like(screen, colour);
            if seen > whole * 9 / 10 {
                break;
            }
        }
        assert!(seen > whole * 9 / 10, "{seen} of {whole} pixels");
        assert!(window.is_open());
    }
}

#[test]
fn without_a_screen_opening_says_so() {
    const INSIDE: &str = "CARILLON_TEST_NO_SCREEN";
    if env::var_os(INSIDE).is_some() {
        let error = Window::open("a test", WINDOW).map(drop).unwrap_err();
        assert!(matches!(error, DeviceError::NotReadable { .. }), "{error:?}");
        return;
    }
    let mut inside = Command::new(env::current_exe().unwrap());
    inside.args(["--exact", "without_a_screen_opening_says_so"]);
    inside.env(INSIDE, "1").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let done = inside.output().unwrap();
    assert!(done.status.success(), "inside: {}", String::from_utf8_lossy(&done.stdout));
}
