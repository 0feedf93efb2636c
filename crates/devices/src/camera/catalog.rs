//! Which cameras there are.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CameraChoice;
use super::device::{VideoDevice, error_of};
use crate::{DeviceError, DeviceId};

/// What the catalog tells of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    /// Its id, to choose it by.
    pub id: DeviceId,
    /// What people call it.
    pub label: String,
}

/// Where Linux names its video devices.
const NAMES: &str = "/sys/class/video4linux";

/// Where it has them.
const DEVICES: &str = "/dev";

/// Where, in there, are names that stay the same wherever a camera is plugged in, and as long as its plug is the same.
const LASTING: [&str; 2] = ["v4l/by-id", "v4l/by-path"];

/// How ids begin.
const SYSTEM: &str = "v4l2:";

/// The cameras of the system.
#[derive(Clone, Debug)]
pub struct CameraCatalog {
    names: PathBuf,
    devices: PathBuf,
}

impl CameraCatalog {
    /// The catalog of this system.
    #[must_use]
    pub fn new() -> Self {
        Self::of(NAMES.as_ref(), DEVICES.as_ref())
    }

    pub(super) fn of(names: &Path, devices: &Path) -> Self {
        Self { names: names.into(), devices: devices.into() }
    }

    /// The cameras, in the order in which the system numbers them.
    ///
    /// One that this program may not use is listed as well: opening it says so.
    #[must_use]
    pub fn list(&self) -> Vec<CameraInfo> {
        self.cameras().into_iter().map(|(_, camera)| camera).collect()
    }

    pub(super) fn open(
        &self,
        choice: &CameraChoice,
    ) -> Result<(DeviceId, Box<dyn VideoDevice>), DeviceError> {
        let mut cameras = self.cameras().into_iter();
        let found = match choice {
            CameraChoice::First => cameras.next(),
            CameraChoice::Id(id) => cameras.find(|(_, camera)| camera.id == *id),
        };
        let (path, camera) = found.ok_or_else(|| DeviceError::NotFound {
            detail: match choice {
                CameraChoice::First => "the system has no camera".to_owned(),
                CameraChoice::Id(id) => format!("{id} is not there"),
            },
        })?;
        Ok((camera.id, open_device(&path).map_err(error_of)?))
    }

    /// The devices of the system that are cameras, and where they are.
    fn cameras(&self) -> Vec<(PathBuf, CameraInfo)> {
        let mut numbers: Vec<u32> = self.nodes().iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        let lasting = self.lasting_names();
        let camera = |number: u32| {
            let name = format!("video{number}");
            let path = self.devices.join(&name);
            let label = self.label(&name, &path)?;
            let lasting = lasting.iter().find(|(node, _)| *node == name);
            let id = lasting.map_or(name.as_str(), |(_, lasting)| lasting);
            Some((path, CameraInfo { id: DeviceId::new(format!("{SYSTEM}{id}")), label }))
        };
        numbers.into_iter().filter_map(camera).collect()
    }

    /// The names of all video devices, which is asked without opening one.
    fn nodes(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(&self.names).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// What people call the device, if it is a camera.
    fn label(&self, name: &str, path: &Path) -> Option<String> {
        match label_of(path) {
            Ok(label) => label,
            // It cannot be asked. A camera's first device gives pictures, the others tell about them.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let read = |what: &str| {
                    let told = fs::read_to_string(self.names.join(name).join(what)).ok()?;
                    Some(told.trim().to_owned())
                };
                read("index").filter(|index| index == "0").and_then(|_| read("name"))
            }
            Err(_) => None,
        }
    }

    /// Names of devices with those that last longer.
    fn lasting_names(&self) -> Vec<(String, String)> {
        let mut names = Vec::new();
        for folder in LASTING {
            let entries = fs::read_dir(self.devices.join(folder)).into_iter().flatten().flatten();
            names.extend(entries.filter_map(|entry| {
                let target = fs::read_link(entry.path()).ok()?;
                let node = target.file_name()?.to_str()?.to_owned();
                Some((node, entry.file_name().into_string().ok()?))
            }));
        }
        names
    }
}

impl Default for CameraCatalog {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells when the cameras changed; once a second is often enough for people.
///
/// It looks at names only, so it wakes no camera.
#[derive(Debug)]
pub struct CameraWatch {
    catalog: CameraCatalog,
    known: BTreeSet<String>,
}

impl CameraWatch {
    /// Begins with the cameras there are.
    #[must_use]
    pub fn new(catalog: CameraCatalog) -> Self {
        Self { known: catalog.nodes(), catalog }
    }

    /// All cameras, if others came or some went since it was asked last.
    pub fn refresh(&mut self) -> Option<Vec<CameraInfo>> {
        let nodes = self.catalog.nodes();
        let has_changed = nodes != self.known;
        self.known = nodes;
        has_changed.then(|| self.catalog.list())
    }
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix("video")?.parse().ok()
}

#[cfg(target_os = "linux")]
fn label_of(path: &Path) -> io::Result<Option<String>> {
    super::v4l2::Node::open(path)?.label()
}

#[cfg(target_os = "linux")]
fn open_device(path: &Path) -> io::Result<Box<dyn VideoDevice>> {
    Ok(Box::new(super::v4l2::Node::open(path)?))
}

#[cfg(not(target_os = "linux"))]
fn label_of(_: &Path) -> io::Result<Option<String>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn open_device(_: &Path) -> io::Result<Box<dyn VideoDevice>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system with these names and files that are no cameras.
    fn system(folder: &Path, nodes: &[&str]) -> CameraCatalog {
        let catalog = CameraCatalog::of(&folder.join("names"), &folder.join("devices"));
        for node in nodes {
            fs::create_dir_all(catalog.names.join(node)).unwrap();
            fs::create_dir_all(&catalog.devices).unwrap();
            fs::write(catalog.devices.join(node), "").unwrap();
        }
        catalog
    }

    #[test]
    fn a_system_without_cameras_has_none_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = system(folder.path(), &[]);
        assert_eq!(catalog.list(), []);
        let refused = catalog.open(&CameraChoice::First).map(|(id, _)| id);
        assert!(
            matches!(&refused, Err(DeviceError::NotFound { detail }) if detail.contains("no camera")),
            "{refused:?}"
        );
        let refused =
            catalog.open(&CameraChoice::Id(DeviceId::new("v4l2:video7"))).map(|(id, _)| id);
        assert!(
            matches!(&refused, Err(DeviceError::NotFound { detail }) if detail.contains("video7")),
            "{refused:?}"
        );
    }

    #[test]
    fn what_is_no_camera_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        // The system is asked, and answers that a file is no video device.
        assert_eq!(system(folder.path(), &["video0", "video1"]).list(), []);
    }

    #[test]
    fn changes_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = system(folder.path(), &["video0"]);
        let mut watch = CameraWatch::new(catalog.clone());
        assert_eq!(watch.refresh(), None);
        fs::create_dir(catalog.names.join("video2")).unwrap();
        assert_eq!(watch.refresh(), Some(Vec::new()));
        assert_eq!(watch.refresh(), None);
        fs::remove_dir(catalog.names.join("video2")).unwrap();
        assert!(watch.refresh().is_some());
    }

    #[test]
    fn a_camera_keeps_its_name_wherever_it_is_plugged_in() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = system(folder.path(), &["video0", "video10"]);
        let by_id = catalog.devices.join("v4l/by-id");
        fs::create_dir_all(&by_id).unwrap();
        let link = by_id.join("usb-Maker_Camera_123-video-index0");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../../video10", link).unwrap();
        let expected = ("video10".to_owned(), "usb-Maker_Camera_123-video-index0".to_owned());
        assert_eq!(catalog.lasting_names(), [expected]);
        assert_eq!(number("video10"), Some(10));
        assert_eq!(number("v4l-subdev0"), None);
    }
}
