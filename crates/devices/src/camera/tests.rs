//! A camera above a device that is made up.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use carillon_media::colour::RawLayout;

use super::convert::tests::webcam_jpeg;
use super::device::{NO_DEVICE, Taken};
use super::format::{Format, Interval, Offer, PixelFormat};
use super::*;

const SIZE: VideoSize = VideoSize::new(64, 32);
const YUYV: PixelFormat = PixelFormat::Raw(RawLayout::Yuyv);

/// What a made-up device does next when it is asked for a picture.
enum Next {
    Picture(Vec<u8>),
    Broken,
    Nothing,
    Fails(i32),
}

/// Gives what it is told to, and tells when it was asked for it.
struct Made {
    offers: Vec<Offer>,
    busy: bool,
    script: Receiver<Next>,
}

impl VideoDevice for Made {
    fn offers(&mut self, _: VideoSize) -> io::Result<Vec<Offer>> {
        Ok(self.offers.clone())
    }

    fn configure(&mut self, offer: Offer) -> io::Result<Format> {
        if self.busy {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        Ok(Format { pixels: offer.pixels, size: offer.size, stride: offer.size.width * 2 })
    }

    fn start(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take(&mut self, patience: Duration, octets: &mut Vec<u8>) -> io::Result<Taken> {
        match self.script.recv_timeout(patience) {
            Ok(Next::Picture(picture)) => octets.extend(picture),
            Ok(Next::Broken) => return Ok(Taken::Broken),
            Ok(Next::Fails(number)) => return Err(io::Error::from_raw_os_error(number)),
            Ok(Next::Nothing) | Err(_) => return Ok(Taken::Nothing),
        }
        Ok(Taken::Picture)
    }
}

fn offer(pixels: PixelFormat) -> Offer {
    Offer { pixels, size: SIZE, interval: Some(Interval { numerator: 1, denominator: 30 }) }
}

fn camera(pixels: PixelFormat) -> (Camera, SyncSender<Next>) {
    // No room: whoever tells it what comes next waits until it is asked for it.
    let (tell, script) = sync_channel(0);
    let device = Made { offers: vec![offer(pixels)], busy: false, script };
    let id = DeviceId::new("made:up");
    (Camera::start(id, Box::new(device), VideoQuality::default()).unwrap(), tell)
}

/// A picture of one luma.
fn flat(luma: u8) -> Next {
    Next::Picture([luma, 128].repeat(64 * 32))
}

/// The luma of the next picture that comes.
fn next_luma(camera: &mut Camera) -> Option<u8> {
    loop {
        match camera.next_frame(Duration::from_secs(1)) {
            Captured::Frame(frame) => return frame.picture.planes().y.first().copied(),
            Captured::Nothing => std::thread::yield_now(),
            Captured::Ended => return None,
        }
    }
}

#[test]
fn a_picture_is_given_once_with_its_time() {
    let (mut camera, tell) = camera(YUYV);
    assert_eq!(camera.next_frame(Duration::ZERO), Captured::Nothing);
    tell.send(flat(81)).unwrap();
    // Taken, so the picture before it is there.
    tell.send(Next::Broken).unwrap();
    let Captured::Frame(frame) = camera.next_frame(Duration::from_secs(2)) else {
        panic!("a picture has come");
    };
    assert_eq!(frame.timestamp, MediaTime(180_000));
    assert!(frame.picture.planes().y.iter().all(|luma| *luma == 81));
    assert_eq!(camera.next_frame(Duration::from_secs(3)), Captured::Nothing);
}

#[test]
fn only_the_newest_picture_is_given() {
    let (mut camera, tell) = camera(YUYV);
    for luma in [20, 40, 60] {
        tell.send(flat(luma)).unwrap();
    }
    tell.send(Next::Broken).unwrap();
    assert_eq!(next_luma(&mut camera), Some(60));
}

#[test]
fn pictures_that_are_damaged_or_cut_off_are_left_out() {
    let (mut camera, tell) = camera(YUYV);
    tell.send(Next::Picture(vec![16; 100])).unwrap();
    tell.send(Next::Broken).unwrap();
    assert_eq!(camera.next_frame(Duration::ZERO), Captured::Nothing);
    tell.send(flat(99)).unwrap();
    assert_eq!(next_luma(&mut camera), Some(99));
}

#[test]
fn compressed_pictures_are_seen_in_their_colours() {
    let (mut camera, tell) = camera(PixelFormat::Jpeg);
    assert_eq!(camera.size(), SIZE);
    tell.send(Next::Picture(webcam_jpeg(SIZE))).unwrap();
    // Red of video range.
    let luma = next_luma(&mut camera).unwrap();
    assert!(luma.abs_diff(81) < 4, "{luma}");
}

#[test]
fn a_camera_that_is_unplugged_ends_and_says_why() {
    let (mut camera, tell) = camera(YUYV);
    let monitor = camera.monitor();
    assert_eq!(monitor.end(), None);
    tell.send(Next::Fails(NO_DEVICE)).unwrap();
    assert_eq!(next_luma(&mut camera), None);
    assert!(matches!(monitor.end(), Some(DeviceError::NotFound { .. })), "{:?}", monitor.end());
}

#[test]
fn a_camera_that_gives_nothing_for_long_ends() {
    let (mut camera, tell) = camera(YUYV);
    let monitor = camera.monitor();
    while tell.send(Next::Nothing).is_ok() {}
    assert_eq!(next_luma(&mut camera), None);
    assert!(matches!(monitor.end(), Some(DeviceError::NotReadable { .. })), "{:?}", monitor.end());
}

#[test]
fn a_camera_that_only_gives_damage_ends() {
    let (mut camera, tell) = camera(YUYV);
    while tell.send(Next::Broken).is_ok() {}
    assert_eq!(next_luma(&mut camera), None);
    let end = camera.monitor().end();
    assert!(matches!(end, Some(DeviceError::NotReadable { .. })), "{end:?}");
}

#[test]
fn a_camera_given_back_holds_its_device_no_longer_and_has_not_failed() {
    let (mut camera, tell) = camera(YUYV);
    let monitor = camera.monitor();
    monitor.release();
    assert!(tell.send(Next::Broken).is_err(), "the device is closed");
    assert_eq!(camera.next_frame(Duration::ZERO), Captured::Nothing);
    assert_eq!(monitor.end(), None);
    drop(camera);

    let (camera, tell) = self::camera(YUYV);
    drop(camera);
    assert!(tell.send(Next::Broken).is_err(), "the device is closed");
}

#[test]
fn opening_says_why_it_cannot_be() {
    let started = |offers: Vec<Offer>, busy| {
        let (_, script) = sync_channel(0);
        let device = Box::new(Made { offers, busy, script });
        Camera::start(DeviceId::new("made:up"), device, VideoQuality::default()).map(drop)
    };
    let busy = started(vec![offer(YUYV)], true);
    assert!(matches!(busy, Err(DeviceError::NotReadable { .. })), "{busy:?}");
    let unknown = started(Vec::new(), false);
    assert!(matches!(unknown, Err(DeviceError::Overconstrained { .. })), "{unknown:?}");
}
