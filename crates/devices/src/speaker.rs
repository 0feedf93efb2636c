//! Sound into a device.

use carillon_frame::{AudioFrame, AudioSink};

use crate::DeviceError;
use crate::catalog::{DeviceChoice, Direction};
use crate::ring::PlaybackWriter;
use crate::stream::{DeviceMonitor, Keeper, open_output};

/// A speaker, or whatever else plays.
///
/// Frames of 48 kHz mono go to all channels of a device of any rate, one buffer of the device and 5 ms late.
/// When its device is gone and no other takes its place, it plays into the void; its [`DeviceMonitor`] says why.
#[derive(Debug)]
pub struct Speaker {
    keeper: Option<Keeper<PlaybackWriter>>,
    writer: Option<PlaybackWriter>,
    monitor: DeviceMonitor,
}

impl Speaker {
    /// Opens a device, which plays silence until there is sound; blocks until the sound system answers.
    ///
    /// # Errors
    ///
    /// When there is no such device, or it cannot be used.
    pub fn open(choice: &DeviceChoice) -> Result<Self, DeviceError> {
        let opened = Keeper::start(Direction::Output, choice, open_output)?;
        let (keeper, monitor) = opened.unzip();
        Ok(Self { keeper, writer: None, monitor: monitor.unwrap_or_default() })
    }

    /// Tells what becomes of the device, wherever the speaker is.
    #[must_use]
    pub fn monitor(&self) -> DeviceMonitor {
        self.monitor.clone()
    }
}

impl AudioSink for Speaker {
    fn play(&mut self, frame: &AudioFrame) {
        if let Some(writer) = self.keeper.as_ref().and_then(Keeper::take_end) {
            self.writer = Some(writer);
        }
        if !self.monitor.has_ended()
            && let Some(writer) = &mut self.writer
        {
            writer.push(frame);
        }
    }
}
