//! Sound from a device.

use carillon_frame::{AudioFrame, AudioSource, Captured};

use crate::DeviceError;
use crate::catalog::{DeviceChoice, Direction};
use crate::ring::CaptureReader;
use crate::stream::{DeviceMonitor, Keeper, open_input};

/// A microphone, or whatever else records.
///
/// Any rate and any number of channels become frames of 48 kHz mono, one buffer of the device and 5 ms late.
/// It ends when its device is gone and no other takes its place; its [`DeviceMonitor`] says why.
#[derive(Debug)]
pub struct Microphone {
    keeper: Option<Keeper<CaptureReader>>,
    reader: Option<CaptureReader>,
    monitor: DeviceMonitor,
}

impl Microphone {
    /// Opens a device, which records from now on; blocks until the sound system answers.
    ///
    /// # Errors
    ///
    /// When there is no such device, or it cannot be used.
    pub fn open(choice: &DeviceChoice) -> Result<Self, DeviceError> {
        let opened = Keeper::start(Direction::Input, choice, open_input)?;
        let (keeper, monitor) = opened.unzip();
        Ok(Self { keeper, reader: None, monitor: monitor.unwrap_or_default() })
    }

    /// Tells what becomes of the device, wherever the microphone is.
    #[must_use]
    pub fn monitor(&self) -> DeviceMonitor {
        self.monitor.clone()
    }
}

impl AudioSource for Microphone {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        if let Some(reader) = self.keeper.as_ref().and_then(Keeper::take_end) {
            self.reader = Some(reader);
        }
        if self.monitor.has_ended() {
            return Captured::Ended;
        }
        match self.reader.as_mut().is_some_and(|reader| reader.pull(frame)) {
            true => Captured::Frame(()),
            false => Captured::Nothing,
        }
    }
}
