//! What changes among the devices.

use std::collections::BTreeMap;

use super::{Catalog, DeviceId, DeviceInfo, Direction};
use crate::DeviceError;

/// Something that changed among the devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// A device came.
    Added(DeviceInfo),
    /// A device went.
    Removed(DeviceInfo),
    /// The system prefers another device, or has none any more.
    DefaultChanged {
        /// Among the devices that record, or among those that play.
        direction: Direction,
        /// The one it prefers.
        id: Option<DeviceId>,
    },
}

type Known = BTreeMap<(Direction, DeviceId), DeviceInfo>;

/// Tells what changed among the devices since it was asked last; once a second is often enough for people.
#[derive(Debug, Default)]
pub struct DeviceWatch {
    known: Known,
}

impl DeviceWatch {
    /// Begins with knowing no device, so that the first answer tells them all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What changed.
    ///
    /// # Errors
    ///
    /// When the sound system does not answer; then nothing is taken for changed, and a new [`Catalog`] may help.
    pub fn refresh(&mut self, catalog: &Catalog) -> Result<Vec<DeviceChange>, DeviceError> {
        let devices = [catalog.inputs()?, catalog.outputs()?].concat();
        Ok(self.update(devices))
    }

    fn update(&mut self, devices: Vec<DeviceInfo>) -> Vec<DeviceChange> {
        let key = |device: &DeviceInfo| (device.direction, device.id.clone());
        let after: Known = devices.into_iter().map(|device| (key(&device), device)).collect();
        let before = std::mem::take(&mut self.known);
        let mut changes = Vec::new();
        for (key, device) in &before {
            if !after.contains_key(key) {
                changes.push(DeviceChange::Removed(device.clone()));
            }
        }
        for (key, device) in &after {
            if !before.contains_key(key) {
                changes.push(DeviceChange::Added(device.clone()));
            }
        }
        for direction in [Direction::Input, Direction::Output] {
            let id = default_of(&after, direction);
            if id != default_of(&before, direction) {
                changes.push(DeviceChange::DefaultChanged { direction, id: id.cloned() });
            }
        }
        self.known = after;
        changes
    }
}

fn default_of(known: &Known, direction: Direction) -> Option<&DeviceId> {
    let mut devices = known.values();
    devices.find(|device| device.direction == direction && device.is_default).map(|found| &found.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, direction: Direction, is_default: bool) -> DeviceInfo {
        DeviceInfo { id: DeviceId::new(id), label: id.into(), direction, is_default }
    }

    #[test]
    fn devices_that_come_and_go_are_told_once() {
        let mut watch = DeviceWatch::new();
        let (built_in, headset) = (
            device("built-in", Direction::Output, true),
            device("headset", Direction::Output, false),
        );
        let microphone = device("headset", Direction::Input, true);
        let default = |direction, id: Option<&str>| DeviceChange::DefaultChanged {
            direction,
            id: id.map(DeviceId::new),
        };
        let first = watch.update(vec![built_in.clone()]);
        let expected =
            [DeviceChange::Added(built_in.clone()), default(Direction::Output, Some("built-in"))];
        assert_eq!(first, expected);
        let came = watch.update(vec![built_in.clone(), headset.clone(), microphone.clone()]);
        let expected = [
            DeviceChange::Added(microphone.clone()),
            DeviceChange::Added(headset.clone()),
            default(Direction::Input, Some("headset")),
        ];
        assert_eq!(came, expected);
        assert_eq!(watch.update(vec![microphone.clone(), headset.clone(), built_in.clone()]), []);
        let went = watch.update(vec![built_in]);
        let expected = [
            DeviceChange::Removed(microphone),
            DeviceChange::Removed(headset),
            default(Direction::Input, None),
        ];
        assert_eq!(went, expected);
    }

    #[test]
    fn a_new_default_is_told_without_any_device_coming_or_going() {
        let mut watch = DeviceWatch::new();
        let two = |first| {
            vec![device("a", Direction::Input, first), device("b", Direction::Input, !first)]
        };
        watch.update(two(true));
        let id = Some(DeviceId::new("b"));
        let expected = [DeviceChange::DefaultChanged { direction: Direction::Input, id }];
        assert_eq!(watch.update(two(false)), expected);
    }
}
