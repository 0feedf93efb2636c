//! What becomes of devices, and of the sources that a session uses.

#[cfg(feature = "files")]
use carillon_devices::DeviceError;
#[cfg(feature = "devices")]
use carillon_devices::DeviceId;
#[cfg(feature = "camera")]
use carillon_devices::camera::CameraInfo;
#[cfg(feature = "devices")]
use carillon_devices::catalog::DeviceInfo;

/// Something changed among the devices, or with a source in use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceChangeEvent {
    /// Which microphones there are, or which of them the system prefers, changed; these are all.
    #[cfg(feature = "devices")]
    AudioInputsChanged(Vec<DeviceInfo>),
    /// Which speakers there are, or which of them the system prefers, changed; these are all.
    #[cfg(feature = "devices")]
    AudioOutputsChanged(Vec<DeviceInfo>),
    /// Which cameras there are changed; these are all.
    #[cfg(feature = "camera")]
    VideoInputsChanged(Vec<CameraInfo>),
    /// The own sound comes from this microphone now, because the system prefers it or the one before is gone.
    #[cfg(feature = "devices")]
    AudioInputMoved(DeviceId),
    /// The meeting is played through this speaker now.
    #[cfg(feature = "devices")]
    AudioOutputMoved(DeviceId),
    /// The own sound ended: silence is sent.
    AudioInputStreamEnded(StreamEnd),
    /// The speaker plays no more.
    #[cfg(feature = "devices")]
    AudioOutputStreamEnded(StreamEnd),
    /// The own pictures ended: the tile goes.
    VideoInputStreamEnded(StreamEnd),
}

/// How a stream ended that nobody stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEnd {
    /// The source has no more.
    Finished,
    /// The device failed, and no other took its place.
    #[cfg(feature = "files")]
    Failed(DeviceError),
}
