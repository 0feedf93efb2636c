//! Who a stream belongs to.

use std::{fmt, str::FromStr};

use carillon_types::{AttendeeId, InvalidId};

/// Which of an attendee's two sessions is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Modality {
    /// The attendee's own voice and camera.
    Main,
    /// What the attendee shares beside that, on a socket and a peer connection of its own.
    Content,
}

/// An attendee in one modality, as clients name it: `<id>` or `<id>#content`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The attendee behind both modalities.
    pub attendee: AttendeeId,
    /// Which of the two.
    pub modality: Modality,
}

pub(crate) const CONTENT_SUFFIX: &str = "#content";

impl Identity {
    /// The attendee's own voice and camera.
    #[must_use]
    pub const fn main(attendee: AttendeeId) -> Self {
        Self { attendee, modality: Modality::Main }
    }

    /// The attendee's content share.
    #[must_use]
    pub const fn content(attendee: AttendeeId) -> Self {
        Self { attendee, modality: Modality::Content }
    }
}

impl FromStr for Identity {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.strip_suffix(CONTENT_SUFFIX) {
            Some(base) => base.parse().map(Self::content),
            None => text.parse().map(Self::main),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.modality {
            Modality::Main => "",
            Modality::Content => CONTENT_SUFFIX,
        };
        write!(f, "{}{suffix}", self.attendee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_the_same_id_with_a_suffix() {
        let id = AttendeeId::from_random(5);
        let content = Identity::content(id);
        assert_eq!(content.to_string(), format!("{id}#content"));
        assert_eq!(content.to_string().parse(), Ok(content));
        assert_eq!(id.to_string().parse(), Ok(Identity::main(id)));
        assert!(format!("{id}#content#content").parse::<Identity>().is_err());
        assert!(format!("{id}#screen").parse::<Identity>().is_err());
    }
}
