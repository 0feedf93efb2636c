//! Screens and windows, as sources of pictures.
//!
//! They are those of an X11 server, which the variable `DISPLAY` names. A Wayland session has one for its older programs:
//! their windows are captured, and nothing else. Tried on Linux only.

mod catalog;
mod cursor;
mod display;
mod grabber;
mod pace;
#[cfg(target_os = "linux")]
mod segment;
mod target;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use carillon_frame::{
    Captured, ClockRate, MediaTime, Picture, PicturePool, VideoFrame, VideoSize, VideoSource,
};
use carillon_media::colour::{ColourLayout, read_pixels};

use self::display::Display;
use self::grabber::Grabber;
use self::pace::Pace;
use self::target::Target;
use self::trouble::Trouble;
use crate::{CaptureMonitor, DeviceError, DeviceId};

pub use self::catalog::{ScreenInfo, ScreenKind, list};

/// What is to be captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenChoice {
    /// The screen that the system prefers.
    Primary,
    /// The screen or window with this id.
    Id(DeviceId),
}

/// Whether the mouse's cursor is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// It is, while it is over what is captured.
    Shown,
    /// It is not.
    Hidden,
}

/// How something is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenConfig {
    /// Pictures a second, at most.
    pub framerate: u32,
    /// Whether the mouse's cursor is seen.
    pub cursor: Cursor,
}

impl Default for ScreenConfig {
    /// As clients of Chime do it: 15 times a second, with the cursor.
    fn default() -> Self {
        Self { framerate: 15, cursor: Cursor::Shown }
    }
}

/// A screen or a window, looked at whenever it is asked for a picture.
///
/// Pictures are as large as what is captured, also after that changed its size. A window is seen whole, whatever lies
/// over it; while it is minimised there is nothing to see.
/// It ends when its window is closed or its screen is gone; its [`CaptureMonitor`] says why.
#[derive(Debug)]
pub struct ScreenSource {
    display: Display,
    target: Target,
    grabber: Grabber,
    cursor: Cursor,
    pace: Pace,
    pixels: Vec<u8>,
    pool: PicturePool,
    monitor: CaptureMonitor,
}

impl ScreenSource {
    /// Gets ready to capture.
    ///
    /// # Errors
    ///
    /// [`DeviceError::NotFound`] without an X11 server, and for a screen or window that is not there;
    /// [`DeviceError::PermissionDenied`] where the server lets nobody see its screen.
    pub fn open(choice: &ScreenChoice, config: ScreenConfig) -> Result<Self, DeviceError> {
        let display = Display::open()?;
        let target = Target::find(&display, choice)?;
        Ok(Self {
            grabber: Grabber::new(&display),
            display,
            target,
            cursor: config.cursor,
            pace: Pace::new(config.framerate),
            pixels: Vec::new(),
            pool: PicturePool::default(),
            monitor: CaptureMonitor::default(),
        })
    }

    /// Tells what becomes of the screen or window, wherever its source is.
    #[must_use]
    pub fn monitor(&self) -> CaptureMonitor {
        self.monitor.clone()
    }

    fn capture(&mut self, elapsed: Duration) -> Result<Option<Arc<Picture>>, Trouble> {
        let place = self.target.locate(&self.display, elapsed)?;
        let size = VideoSize::new(place.area.width.into(), place.area.height.into());
        if !size.is_valid() {
            let detail = format!("it is {size} pixels large");
            return Err(DeviceError::Overconstrained { detail }.into());
        }
        self.grabber.grab(&self.display, &place, &mut self.pixels)?;
        if self.cursor == Cursor::Shown {
            cursor::draw(&self.display, &place, &mut self.pixels)?;
        }
        let pixels = &self.pixels;
        let made = self.pool.make(size, |picture| read_pixels(pixels, ColourLayout::Bgra, picture));
        made.map_err(|error| DeviceError::Other { detail: error.to_string() }.into())
    }
}

impl VideoSource for ScreenSource {
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame> {
        if self.monitor.end().is_some() {
            return Captured::Ended;
        }
        if self.monitor.is_released() || !self.pace.is_due(elapsed) {
            return Captured::Nothing;
        }
        match self.capture(elapsed) {
            Ok(Some(picture)) => {
                let timestamp = MediaTime(ClockRate::VIDEO.ticks_in(elapsed));
                Captured::Frame(VideoFrame { picture, timestamp })
            }
            Ok(None) | Err(Trouble::Unseen) => Captured::Nothing,
            Err(Trouble::Closed) => {
                let detail = format!("{} was closed", self.target);
                self.monitor.ended(DeviceError::NotFound { detail });
                Captured::Ended
            }
            Err(Trouble::Device(error)) => {
                self.monitor.ended(error);
                Captured::Ended
            }
        }
    }
}
