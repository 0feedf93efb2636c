//! What a camera's stream asks of the system.

use std::io;
use std::time::Duration;

use carillon_frame::VideoSize;

use super::format::{Format, Offer};
use crate::DeviceError;

/// A video device, as far as pictures need it; errors are those of the system.
pub(super) trait VideoDevice: Send {
    /// What it could give; where it has whole ranges of sizes, the one next to that wanted.
    fn offers(&mut self, wanted: VideoSize) -> io::Result<Vec<Offer>>;

    /// Makes it ready to give that; what it will give may still differ.
    fn configure(&mut self, offer: Offer) -> io::Result<Format>;

    /// Lets pictures come.
    fn start(&mut self) -> io::Result<()>;

    /// Appends the next picture to `octets`; waits for it, but no longer than `patience`.
    fn take(&mut self, patience: Duration, octets: &mut Vec<u8>) -> io::Result<Taken>;
}

/// What came of waiting for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Here it is.
    Picture,
    /// The device says itself that it is damaged.
    Broken,
    /// None came in time.
    Nothing,
}

/// What an error of the system means for a camera.
pub(super) fn error_of(error: io::Error) -> DeviceError {
    use io::ErrorKind as Kind;
    let detail = error.to_string();
    match (error.raw_os_error(), error.kind()) {
        (Some(NO_DEVICE | NO_ADDRESS), _) | (_, Kind::NotFound) => DeviceError::NotFound { detail },
        // No room on the bus: another camera uses it up.
        (Some(INPUT_OUTPUT | NO_ROOM), _) | (_, Kind::ResourceBusy | Kind::TimedOut) => {
            DeviceError::NotReadable { detail }
        }
        (_, Kind::PermissionDenied) => DeviceError::PermissionDenied { detail },
        (Some(INVALID), _) | (_, Kind::InvalidData) => DeviceError::Overconstrained { detail },
        (Some(NO_TERMINAL), _) | (_, Kind::Unsupported) => DeviceError::InvalidDevice { detail },
        _ => DeviceError::Other { detail },
    }
}

// Error numbers of Linux that the standard library has no word for.
pub(super) const INPUT_OUTPUT: i32 = 5;
const NO_ADDRESS: i32 = 6;
pub(super) const NO_DEVICE: i32 = 19;
pub(super) const INVALID: i32 = 22;
pub(super) const NO_TERMINAL: i32 = 25;
const NO_ROOM: i32 = 28;

#[cfg(test)]
mod tests {
    use super::*;

    /// The kind of an error, by its name.
    fn kind(number: i32) -> &'static str {
        match error_of(io::Error::from_raw_os_error(number)) {
            DeviceError::NotFound { .. } => "not found",
            DeviceError::NotReadable { .. } => "not readable",
            DeviceError::Overconstrained { .. } => "overconstrained",
            DeviceError::PermissionDenied { .. } => "denied",
            DeviceError::InvalidDevice { .. } => "invalid",
            DeviceError::Other { .. } => "other",
        }
    }

    #[test]
    fn each_error_of_the_system_is_one_of_the_six() {
        let (denied, not_permitted, no_file, busy, out_of_memory) = (13, 1, 2, 16, 12);
        assert_eq!([denied, not_permitted].map(kind), ["denied"; 2]);
        assert_eq!([no_file, NO_DEVICE, NO_ADDRESS].map(kind), ["not found"; 3]);
        assert_eq!([busy, INPUT_OUTPUT, NO_ROOM].map(kind), ["not readable"; 3]);
        assert_eq!([INVALID, NO_TERMINAL].map(kind), ["overconstrained", "invalid"]);
        assert_eq!(kind(out_of_memory), "other");
        let said = error_of(io::Error::from_raw_os_error(busy)).to_string();
        assert!(said.contains("busy") && said.contains("end other programs"), "{said}");
    }
}
