//! The numbers and labels that frames name streams by.

use std::{fmt, num::NonZeroU32, str::FromStr};

use crate::numbering::FirstNumber;

macro_rules! stream_number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The number a meeting gives out first.
            pub const FIRST: Self = Self(NonZeroU32::MIN);

            /// Makes an id of its number on the wire; zero is no id there but "none".
            #[must_use]
            pub const fn new(number: u32) -> Option<Self> {
                match NonZeroU32::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The number on the wire.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0.get()
            }

            /// The id that a meeting gives out first whose numbers start there.
            #[must_use]
            pub const fn starting_at(first: FirstNumber) -> Self {
                Self(first.0)
            }

            /// The id after this one; the last id of all follows itself.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl From<$name> for FirstNumber {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

stream_number! {
    /// Names one layer of one video in a meeting; this is what a client subscribes to.
    StreamId
}

stream_number! {
    /// Names all layers of one publishing session; a later session has a higher one.
    GroupId
}

stream_number! {
    /// Names one attendee's presence in the roster; a later presence has a higher one.
    AudioStreamId
}

/// Pairs a PONG with its PING; counted from 1 on each socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PingId(pub u32);

/// Bytes of a media section's identification. Browsers use one or two; the header extension that carries it
/// holds at most 16 (RFC 8843 section 15), and longer ones would only cost memory per subscription.
const MAX_MID_BYTES: usize = 16;

/// A text that identifies no media section; fix the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a media identification of 1 to {MAX_MID_BYTES} token characters")]
pub struct InvalidMid;

/// Identifies one media section over all offers of a session (RFC 5888 section 4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mid(Box<str>);

impl Mid {
    /// The identification as it stands in the SDP.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one label by which the browser ties a received section to its stream, in `a=msid` and in the tracks.
    #[must_use]
    pub fn video_label(&self) -> String {
        format!("{VIDEO_LABEL_PREFIX}{}", self.0)
    }

    /// Reads an identification back out of its label.
    ///
    /// # Errors
    /// [`InvalidMid`] if the text is no such label.
    pub fn from_video_label(label: &str) -> Result<Self, InvalidMid> {
        label.strip_prefix(VIDEO_LABEL_PREFIX).ok_or(InvalidMid)?.parse()
    }
}

const VIDEO_LABEL_PREFIX: &str = "v_";

impl FromStr for Mid {
    type Err = InvalidMid;

    fn from_str(text: &str) -> Result<Self, InvalidMid> {
        let legal = (1..=MAX_MID_BYTES).contains(&text.len())
            && text.bytes().all(crate::credentials::is_token_byte);
        if legal { Ok(Self(text.into())) } else { Err(InvalidMid) }
    }
}

impl fmt::Display for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zero_is_no_stream() {
        assert_eq!(StreamId::new(0), None);
        assert_eq!(StreamId::FIRST.next().get(), 2);
        assert_eq!(StreamId::new(u32::MAX).unwrap().next().get(), u32::MAX);
    }

    proptest! {
        #[test]
        fn any_text_is_a_mid_that_survives_its_label_or_refused(text in ".{0,20}") {
            if let Ok(mid) = text.parse::<Mid>() {
                prop_assert_eq!(Mid::from_video_label(&mid.video_label()), Ok(mid));
            }
        }
    }
}
