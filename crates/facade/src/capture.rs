//! The device that the own pictures come from, where they come from one that the session opened.

#[cfg(any(feature = "camera", feature = "screen"))]
use std::sync::Mutex;

#[cfg(any(feature = "camera", feature = "screen"))]
use carillon_devices::{CaptureMonitor, DeviceId};

use crate::device_controller::StreamEnd;
#[cfg(any(feature = "camera", feature = "screen"))]
use crate::shared::lock;
use crate::status::MeetingSessionStatus;
#[cfg(any(feature = "camera", feature = "screen"))]
use crate::status::MeetingSessionStatusCode;

/// Which device it is, and how it does.
#[derive(Debug, Default)]
pub(crate) struct CaptureSlot {
    #[cfg(any(feature = "camera", feature = "screen"))]
    device: Mutex<Option<(DeviceId, CaptureMonitor)>>,
}

impl CaptureSlot {
    /// Pictures come from this device from now on.
    #[cfg(any(feature = "camera", feature = "screen"))]
    pub(crate) fn set(&self, id: DeviceId, monitor: CaptureMonitor) {
        *lock(&self.device) = Some((id, monitor));
    }

    /// Pictures come from no device.
    pub(crate) fn clear(&self) {
        #[cfg(any(feature = "camera", feature = "screen"))]
        {
            *lock(&self.device) = None;
        }
    }

    /// The device in use.
    #[cfg(feature = "camera")]
    pub(crate) fn active(&self) -> Option<DeviceId> {
        let device = lock(&self.device);
        let running = device.as_ref().filter(|(_, monitor)| monitor.end().is_none());
        running.map(|(id, _)| id.clone())
    }

    /// Gives the device back if it is this one; true if so.
    #[cfg(feature = "camera")]
    pub(crate) fn release(&self, wanted: &DeviceId) -> bool {
        let device = lock(&self.device).take_if(|(id, _)| id == wanted);
        device.is_some_and(|(_, monitor)| {
            monitor.release();
            true
        })
    }

    /// How the pictures ended.
    pub(crate) fn end(&self) -> StreamEnd {
        #[cfg(any(feature = "camera", feature = "screen"))]
        if let Some(error) = lock(&self.device).as_ref().and_then(|(_, monitor)| monitor.end()) {
            return StreamEnd::Failed(error);
        }
        StreamEnd::Finished
    }

    /// Says in the status of a share that left why it did, if it did so because its pictures ended.
    pub(crate) fn explain(&self, status: MeetingSessionStatus) -> MeetingSessionStatus {
        #[cfg(any(feature = "camera", feature = "screen"))]
        if status.code == MeetingSessionStatusCode::Left
            && let StreamEnd::Failed(error) = self.end()
        {
            return MeetingSessionStatus::detailed(MeetingSessionStatusCode::Left, error);
        }
        status
    }
}
