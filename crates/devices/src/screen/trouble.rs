//! What can go wrong between two pictures.

use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::ErrorKind;
use x11rb::x11_utils::X11Error;

use crate::DeviceError;

/// Why there is no picture.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What was captured is not there any more.
    Closed,
    /// It cannot be seen at the moment: it is minimised, or changes its size.
    Unseen,
    /// It cannot be captured at all.
    Device(DeviceError),
}

impl Trouble {
    /// What it means for something that was just listed, or is to be.
    pub(super) fn at_first(self, what: &str) -> DeviceError {
        match self {
            Self::Closed => DeviceError::NotFound { detail: format!("{what} is not there") },
            Self::Unseen => {
                DeviceError::NotReadable { detail: format!("{what} is not to be seen") }
            }
            Self::Device(error) => error,
        }
    }
}

impl From<DeviceError> for Trouble {
    fn from(error: DeviceError) -> Self {
        Self::Device(error)
    }
}

impl From<ConnectionError> for Trouble {
    fn from(error: ConnectionError) -> Self {
        let detail = format!("the connection to the screen's server is lost: {error}");
        Self::Device(DeviceError::NotReadable { detail })
    }
}

impl From<X11Error> for Trouble {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the server's errors are many")]
    fn from(error: X11Error) -> Self {
        let detail = || format!("the screen's server said {:?}", error.error_kind);
        match error.error_kind {
            ErrorKind::Window | ErrorKind::Drawable => Self::Closed,
            ErrorKind::Match => Self::Unseen,
            ErrorKind::Access => Self::Device(DeviceError::PermissionDenied { detail: detail() }),
            _ => Self::Device(DeviceError::Other { detail: detail() }),
        }
    }
}

impl From<ReplyError> for Trouble {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            ReplyError::X11Error(error) => error.into(),
        }
    }
}

impl From<ReplyOrIdError> for Trouble {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => error.into(),
            ReplyOrIdError::IdsExhausted => {
                let detail = "the screen's server has no more numbers".to_owned();
                Self::Device(DeviceError::Other { detail })
            }
        }
    }
}
