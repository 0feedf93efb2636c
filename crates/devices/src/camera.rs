//! Cameras, as sources of pictures.
//!
//! On Linux they are those of Video4Linux with one plane of memory, which webcams are; other systems have none here.
//! Tests answer the system's calls by a C program made of the kernel's header; no real camera was tried.

mod catalog;
mod convert;
mod device;
mod format;
mod stream;
#[cfg(target_os = "linux")]
mod v4l2;

use std::time::Duration;

use carillon_frame::{Captured, ClockRate, MediaTime, VideoFrame, VideoSize, VideoSource};

use self::convert::Converter;
use self::device::VideoDevice;
use self::stream::Stream;
use crate::{CaptureMonitor, DeviceError, DeviceId};

pub use self::catalog::{CameraCatalog, CameraInfo, CameraWatch};

/// Which camera is to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraChoice {
    /// The first that the catalog lists.
    First,
    /// The one with this id.
    Id(DeviceId),
}

/// What is asked of a camera; it gives what it has nearest to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoQuality {
    /// How large pictures should be.
    pub size: VideoSize,
    /// How many should come a second, at least.
    pub framerate: u32,
}

impl Default for VideoQuality {
    /// What clients of Chime ask for: 960 x 540, 15 times a second.
    fn default() -> Self {
        Self { size: VideoSize::new(960, 540), framerate: 15 }
    }
}

/// A camera that takes pictures from when it is opened until it is dropped.
///
/// Asked for a picture, it gives the newest, or nothing if that was given already.
/// It ends when its device is gone; its [`CaptureMonitor`] says why.
#[derive(Debug)]
pub struct Camera {
    device: DeviceId,
    converter: Converter,
    stream: Stream,
}

impl Camera {
    /// Opens a camera, which takes pictures from now on; blocks until it has started, for a second with some.
    ///
    /// # Errors
    ///
    /// When there is no such camera, or it cannot be used.
    pub fn open(choice: &CameraChoice, quality: VideoQuality) -> Result<Self, DeviceError> {
        let (device, found) = CameraCatalog::new().open(choice)?;
        Self::start(device, found, quality)
    }

    fn start(
        id: DeviceId,
        mut device: Box<dyn VideoDevice>,
        quality: VideoQuality,
    ) -> Result<Self, DeviceError> {
        let offers = device.offers(quality.size).map_err(device::error_of)?;
        let chosen = format::choose(&offers, quality).ok_or_else(|| {
            let detail = format!("{id} has pictures in none of YUYV, NV12, I420 and JPEG");
            DeviceError::Overconstrained { detail }
        })?;
        let format = device.configure(chosen).map_err(device::error_of)?;
        tracing::info!(camera = %id, ?format, "a camera starts");
        let converter = Converter::new(format);
        device.start().map_err(device::error_of)?;
        Ok(Self { device: id, converter, stream: Stream::start(device)? })
    }

    /// Which camera it is.
    #[must_use]
    pub const fn device(&self) -> &DeviceId {
        &self.device
    }

    /// How large its pictures are.
    #[must_use]
    pub const fn size(&self) -> VideoSize {
        self.converter.size()
    }

    /// Tells what becomes of the camera, wherever it is.
    #[must_use]
    pub fn monitor(&self) -> CaptureMonitor {
        self.stream.monitor()
    }
}

impl VideoSource for Camera {
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame> {
        if self.stream.monitor().end().is_some() {
            return Captured::Ended;
        }
        let picture = self.stream.newest().and_then(|octets| self.converter.convert(octets));
        picture.map_or(Captured::Nothing, |picture| {
            let timestamp = MediaTime(ClockRate::VIDEO.ticks_in(elapsed));
            Captured::Frame(VideoFrame { picture, timestamp })
        })
    }
}

#[cfg(test)]
mod tests;
