//! Identifiers that the service gives out.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no identifier; the caller sent something else than the service gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID of the form 01234567-89ab-cdef-0123-456789abcdef")]
pub struct InvalidId;

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an identifier of 128 bits; callers pass random ones (RFC 9562 section 5.4).
            #[must_use]
            pub const fn from_random(bits: u128) -> Self {
                Self(uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid())
            }

            /// Makes the identifier whose [`Self::to_bits`] these are.
            #[must_use]
            pub const fn from_bits(bits: u128) -> Self {
                Self(Uuid::from_u128(bits))
            }

            /// Returns the 128 bits.
            #[must_use]
            pub const fn to_bits(self) -> u128 {
                self.0.as_u128()
            }

            /// The identifier as one number, to spread things evenly by it.
            #[must_use]
            pub const fn as_u128(self) -> u128 {
                self.0.as_u128()
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // The hyphenated form only: `Uuid` alone would take braces and URNs as well.
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

guid! {
    /// Names one meeting for its whole life.
    MeetingId
}

guid! {
    /// Names one attendee of a meeting; its content share is named by the same id and `#content`.
    AttendeeId
}

guid! {
    /// Names one event, however often it is delivered.
    EventId
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let id = MeetingId::from_random(7);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(MeetingId::from_bits(id.to_bits()), id);
        assert!(format!("{{{id}}}").parse::<MeetingId>().is_err());
        assert!(id.to_string().replace('-', "").parse::<MeetingId>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_an_id_or_refused(text in ".*") {
            if let Ok(id) = text.parse::<AttendeeId>() {
                prop_assert_eq!(id.to_string(), text.to_lowercase());
            }
        }
    }
}
