//! Where sound and pictures come from and go to: microphones, speakers, files and what is made up.
//!
//! It is a shell: it waits for devices and disks, and knows no meeting, no network and no codec.
//! Everything here implements a source or a sink of `carillon-frame`, which a session drives.
//! The main types are `Microphone` and `Speaker` with the `catalog` that lists them, `Camera`, `ScreenSource`,
//! [`ToneSource`], and the files of [`mod@file`]; each kind of device is a feature.
//! Read on in `carillon-facade`, which connects them with a meeting.

#[cfg(feature = "camera")]
pub mod camera;
#[cfg(any(feature = "camera", feature = "screen"))]
mod capture_monitor;
#[cfg(feature = "audio")]
pub mod catalog;
mod device_id;
mod error;
#[cfg(all(target_os = "linux", any(feature = "camera", feature = "screen")))]
mod ffi;
pub mod file;
#[cfg(feature = "audio")]
mod microphone;
mod resampler;
#[cfg(feature = "audio")]
mod ring;
mod sample;
#[cfg(feature = "screen")]
pub mod screen;
#[cfg(feature = "audio")]
mod speaker;
#[cfg(feature = "audio")]
mod stream;
pub mod synthetic;
#[cfg(feature = "window")]
mod window;

#[cfg(feature = "camera")]
pub use camera::Camera;
#[cfg(any(feature = "camera", feature = "screen"))]
pub use capture_monitor::CaptureMonitor;
pub use device_id::DeviceId;
pub use error::DeviceError;
#[cfg(feature = "audio")]
pub use microphone::Microphone;
#[cfg(feature = "audio")]
pub use ring::DeviceStats;
#[cfg(feature = "screen")]
pub use screen::ScreenSource;
#[cfg(feature = "audio")]
pub use speaker::Speaker;
#[cfg(feature = "audio")]
pub use stream::{DeviceEvent, DeviceMonitor};
pub use synthetic::{NullSink, Rhythm, SilenceSource, ToneSource};
#[cfg(feature = "window")]
pub use window::Window;
