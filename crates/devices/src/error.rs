//! Why a device cannot be used.

/// Why a device cannot be used, in the six kinds that clients of Chime know; `detail` is what the system said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// There is no such device, or none at all: plug one in, choose another, or go on without.
    #[error("there is no such device ({detail}): plug one in or choose another")]
    NotFound {
        /// What the system said.
        detail: String,
    },
    /// The device is there and gives or takes nothing: end what else uses it, or plug it in again.
    #[error(
        "the device cannot be used ({detail}): end other programs that use it, or plug it in again"
    )]
    NotReadable {
        /// What the system said.
        detail: String,
    },
    /// The device has no format that can be converted: choose another.
    #[error("the device has no format that can be used ({detail}): choose another")]
    Overconstrained {
        /// What the system said.
        detail: String,
    },
    /// The system does not let this program use the device: ask the user to permit it.
    #[error("the system denies the use of the device ({detail}): permit it in its settings")]
    PermissionDenied {
        /// What the system said.
        detail: String,
    },
    /// What was given names no device of this direction: take an id from the catalog.
    #[error("this names no device that could be used so ({detail}): take one from the catalog")]
    InvalidDevice {
        /// What the system said.
        detail: String,
    },
    /// The system failed in another way: try again, then look into its log.
    #[error("the system failed ({detail}): try again, then look into its log")]
    Other {
        /// What the system said.
        detail: String,
    },
}

#[cfg(feature = "audio")]
impl From<cpal::Error> for DeviceError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that do not exist yet are others")]
    fn from(error: cpal::Error) -> Self {
        use cpal::ErrorKind as Kind;

        let detail = error.to_string();
        match error.kind() {
            Kind::DeviceNotAvailable | Kind::HostUnavailable => Self::NotFound { detail },
            Kind::DeviceBusy | Kind::StreamInvalidated => Self::NotReadable { detail },
            Kind::UnsupportedConfig => Self::Overconstrained { detail },
            Kind::PermissionDenied => Self::PermissionDenied { detail },
            Kind::InvalidInput | Kind::UnsupportedOperation => Self::InvalidDevice { detail },
            _ => Self::Other { detail },
        }
    }
}

#[cfg(all(test, feature = "audio"))]
mod tests {
    use cpal::ErrorKind;

    use super::*;

    #[test]
    fn an_error_says_what_the_system_said_and_what_to_do() {
        let missing = cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "no card 7");
        let error = DeviceError::from(missing);
        assert!(matches!(&error, DeviceError::NotFound { detail } if detail == "no card 7"));
        assert_eq!(
            error.to_string(),
            "there is no such device (no card 7): plug one in or choose another"
        );
        let kind = |kind: ErrorKind| DeviceError::from(cpal::Error::new(kind));
        assert!(matches!(kind(ErrorKind::DeviceBusy), DeviceError::NotReadable { .. }));
        assert!(matches!(kind(ErrorKind::PermissionDenied), DeviceError::PermissionDenied { .. }));
        assert!(matches!(kind(ErrorKind::BackendError), DeviceError::Other { .. }));
    }
}
