use std::env;
use std::fs;
use std::process::Command;

use carillon_frame::{Captured, VideoSource as _};

use super::*;
use crate::camera::device::error_of;
use crate::camera::{Camera, CameraCatalog, CameraChoice, CameraInfo, VideoQuality, format};
use crate::{DeviceError, DeviceId};

#[test]
fn a_file_that_is_no_video_device_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut node = Node::open(file.path()).unwrap();
    let refused = error_of(node.label().unwrap_err());
    assert!(matches!(refused, DeviceError::InvalidDevice { .. }), "{refused:?}");
    assert_eq!(node.offers(VideoSize::new(640, 480)).unwrap(), []);
    assert!(node.start().is_err());
    let missing = error_of(Node::open(Path::new("/dev/video-none")).unwrap_err());
    assert!(matches!(missing, DeviceError::NotFound { .. }), "{missing:?}");
}

#[test]
fn lists_end_at_the_entry_that_is_invalid() {
    let number = |index| if index < 3 { Ok(index) } else { Err(INVALID) };
    let listed = entries(|index| number(index).map_err(io::Error::from_raw_os_error));
    assert_eq!(listed.unwrap(), [0, 1, 2]);
    let failed = entries::<u32>(|_| Err(io::Error::from_raw_os_error(NO_DEVICE)));
    assert_eq!(failed.unwrap_err().raw_os_error(), Some(NO_DEVICE));
    assert_eq!(entries(Ok).unwrap().len(), MAX_ENTRIES as usize);
}

#[test]
fn sizes_stand_for_themselves_or_are_a_range() {
    let wanted = VideoSize::new(960, 540);
    let listed = |kind, sides| FrameSize { kind, sides, ..FrameSize::default() };
    let one = listed(ffi::DISCRETE, [640, 480, 0, 0, 0, 0]);
    assert_eq!(size_of(&one, wanted), VideoSize::new(640, 480));
    let range = listed(3, [16, 1_920, 16, 16, 1_080, 8]);
    assert_eq!(size_of(&range, wanted), VideoSize::new(960, 536));
}

#[test]
fn a_label_ends_where_the_driver_ends_it() {
    assert_eq!(text(b"HD Webcam\0\0\0"), "HD Webcam");
    assert_eq!(text(b"full"), "full");
}

/// Set in the process that runs inside: the file that stands for a camera.
const CAMERA: &str = "CARILLON_TEST_CAMERA";

/// Runs a test in a process of its own, in which calls of Video4Linux are answered by a C program that knows the
/// kernel's header, and nothing of this crate.
fn with_made_up_camera(test: &str, scenario: impl FnOnce(&Path)) {
    if let Some(camera) = env::var_os(CAMERA) {
        return scenario(Path::new(&camera));
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("made_up.c"), include_str!("made_up.c")).unwrap();
    fs::write(at("video0"), "").unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]);
    let compiled = compiler.args([at("made_up.so"), at("made_up.c")]).arg("-ldl").output();
    let compiled = compiled.expect("whoever links Rust has a C compiler");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut inside = Command::new(env::current_exe().unwrap());
    let test = format!("camera::v4l2::tests::{test}");
    inside.args(["--exact", &test, "--nocapture"]).env("LD_PRELOAD", at("made_up.so"));
    let done = inside.env(CAMERA, at("video0")).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "inside: {said}");
    assert!(said.contains("1 passed"), "no such test: {said}");
}

/// The format that is chosen for a small picture.
fn configured(node: &mut Node) -> io::Result<Format> {
    let wanted = VideoSize::new(64, 32);
    let offers = node.offers(wanted)?;
    let interval = |denominator| Some(Interval { numerator: 1, denominator });
    let pixels = PixelFormat::Raw(RawLayout::Yuyv);
    let small = Offer { pixels, size: wanted, interval: interval(30) };
    let large = Offer { pixels, size: VideoSize::new(128, 96), interval: interval(10) };
    assert_eq!(offers, [small, large]);
    let quality = VideoQuality { size: wanted, framerate: 15 };
    node.configure(format::choose(&offers, quality).unwrap())
}

#[test]
fn pictures_come_out_of_mapped_buffers_until_the_camera_is_unplugged() {
    with_made_up_camera(
        "pictures_come_out_of_mapped_buffers_until_the_camera_is_unplugged",
        |camera| {
            let mut node = Node::open(camera).unwrap();
            assert_eq!(node.label().unwrap().as_deref(), Some("Made-up Camera"));
            let format = configured(&mut node).unwrap();
            assert_eq!((format.size, format.stride), (VideoSize::new(64, 32), 192));
            node.start().unwrap();
            let mut octets = Vec::new();
            let mut take = || {
                octets.clear();
                node.take(Duration::from_secs(10), &mut octets).map(|taken| (taken, octets.clone()))
            };
            assert_eq!(take().unwrap(), (Taken::Broken, Vec::new()));
            // More pictures than buffers, so each was given back.
            for _ in 0..4 {
                // As bright as the rate that was set.
                assert_eq!(take().unwrap(), (Taken::Picture, [30, 90, 30, 240].repeat(48 * 32)));
            }
            let error = error_of(take().unwrap_err());
            assert!(matches!(error, DeviceError::NotFound { .. }), "{error:?}");
        },
    );
}

#[test]
fn a_camera_that_is_used_elsewhere_says_so() {
    with_made_up_camera("a_camera_that_is_used_elsewhere_says_so", |camera| {
        // It counts as used elsewhere while there is a file beside it.
        fs::write(camera.with_file_name("busy"), "").unwrap();
        let mut node = Node::open(camera).unwrap();
        let error = error_of(configured(&mut node).unwrap_err());
        assert!(matches!(error, DeviceError::NotReadable { .. }), "{error:?}");
    });
}

#[test]
fn a_camera_is_listed_opened_and_told_as_unplugged() {
    with_made_up_camera("a_camera_is_listed_opened_and_told_as_unplugged", |camera| {
        let folder = camera.parent().unwrap();
        fs::create_dir_all(folder.join("names/video0")).unwrap();
        let catalog = CameraCatalog::of(&folder.join("names"), folder);
        let listed = catalog.list();
        let info = CameraInfo { id: DeviceId::new("v4l2:video0"), label: "Made-up Camera".into() };
        assert_eq!(listed, [info]);
        let (id, device) = catalog.open(&CameraChoice::First).unwrap();
        let quality = VideoQuality { size: VideoSize::new(120, 90), framerate: 10 };
        let mut camera = Camera::start(id, device, quality).unwrap();
        assert_eq!(camera.size(), VideoSize::new(128, 96));
        // It is unplugged after five pictures; whether one is seen before that is a race.
        let monitor = camera.monitor();
        while !matches!(camera.next_frame(Duration::ZERO), Captured::Ended) {
            std::thread::yield_now();
        }
        assert!(matches!(monitor.end(), Some(DeviceError::NotFound { .. })), "{:?}", monitor.end());
    });
}
