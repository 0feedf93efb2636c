//! Which microphones and speakers there are.

mod watch;

use std::str::FromStr as _;

use cpal::traits::{DeviceTrait as _, HostTrait as _};

use crate::DeviceError;

pub use crate::device_id::DeviceId;
pub use watch::{DeviceChange, DeviceWatch};

/// How ids begin of devices that a sound server has.
const SERVER: &str = "pulseaudio:";

/// Which way sound goes through a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It records.
    Input,
    /// It plays.
    Output,
}

/// What the catalog tells of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its id, to choose it by.
    pub id: DeviceId,
    /// What people call it.
    pub label: String,
    /// Whether it records or plays.
    pub direction: Direction,
    /// Whether the system prefers it.
    pub is_default: bool,
}

/// Which device is to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The one that the system prefers.
    Default(Following),
    /// The one with this id.
    Id(DeviceId),
    /// None: a microphone says nothing, a speaker plays into the void.
    Silent,
}

/// What happens when the system prefers another device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Following {
    /// Sound moves on to it, also when the one in use is gone.
    Follow,
    /// Sound stays where it is, and ends with its device.
    Stay,
}

/// The devices of the sound system: PulseAudio or PipeWire where one runs, otherwise what the system itself has.
///
/// That a device is listed does not prove that it works; opening it does.
pub struct Catalog {
    host: cpal::Host,
}

impl Catalog {
    /// Connects to the sound system; blocks until it answers, 2 seconds at most.
    #[must_use]
    pub fn new() -> Self {
        Self { host: cpal::default_host() }
    }

    /// The devices that record.
    ///
    /// # Errors
    ///
    /// When the sound system does not answer.
    pub fn inputs(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.list(Direction::Input)
    }

    /// The devices that play.
    ///
    /// # Errors
    ///
    /// When the sound system does not answer.
    pub fn outputs(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.list(Direction::Output)
    }

    /// The devices of a direction.
    ///
    /// # Errors
    ///
    /// When the sound system does not answer.
    pub fn list(&self, direction: Direction) -> Result<Vec<DeviceInfo>, DeviceError> {
        let default = self.default_id(direction);
        let devices = match direction {
            Direction::Input => self.host.input_devices()?,
            Direction::Output => self.host.output_devices()?,
        };
        let info = |device: cpal::Device| {
            let id = id_of(&device)?;
            let label = device
                .description()
                .map_or_else(|_| id.to_string(), |description| description.name().to_owned());
            let is_default = default.as_ref() == Some(&id);
            Some(DeviceInfo { id, label, direction, is_default })
        };
        // One that went while we asked is no device any more.
        Ok(devices.filter_map(info).collect())
    }

    /// The device that the system prefers.
    #[must_use]
    pub fn default_id(&self, direction: Direction) -> Option<DeviceId> {
        self.default_device(direction).as_ref().and_then(id_of)
    }

    /// Whether a device in use is gone, although its stream goes on.
    ///
    /// Sound servers move the streams of a device that goes to another one, and tell nobody. Systems without a server
    /// fail the stream, and listing their devices while one is in use can disturb it: they are not asked.
    pub(crate) fn has_lost(&self, direction: Direction, id: &DeviceId) -> bool {
        let is_server = id.as_str().starts_with(SERVER);
        is_server
            && self
                .list(direction)
                .is_ok_and(|devices| devices.iter().all(|device| device.id != *id))
    }

    /// The device that is chosen, and its id.
    pub(crate) fn find(
        &self,
        direction: Direction,
        id: Option<&DeviceId>,
    ) -> Result<(cpal::Device, DeviceId), DeviceError> {
        let device = match id {
            Some(id) => {
                let parsed = cpal::DeviceId::from_str(id.as_str())?;
                self.host.device_by_id(&parsed)
            }
            None => self.default_device(direction),
        };
        let missing = || DeviceError::NotFound {
            detail: match (id, direction) {
                (Some(id), _) => format!("{id} is not there"),
                (None, Direction::Input) => "the system has no microphone".into(),
                (None, Direction::Output) => "the system has no speaker".into(),
            },
        };
        let device = device.ok_or_else(missing)?;
        let id = id_of(&device).ok_or_else(missing)?;
        Ok((device, id))
    }

    fn default_device(&self, direction: Direction) -> Option<cpal::Device> {
        match direction {
            Direction::Input => self.host.default_input_device(),
            Direction::Output => self.host.default_output_device(),
        }
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog").field("host", &self.host.id()).finish()
    }
}

fn id_of(device: &cpal::Device) -> Option<DeviceId> {
    device.id().ok().map(|id| DeviceId::new(id.to_string()))
}
