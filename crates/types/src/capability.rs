//! What an attendee may send and receive.

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker, Constraint},
    word::words,
};

words! {
    /// What one medium allows an attendee.
    MediaCapability {
        /// Send and receive.
        SendReceive = "SendReceive",
        /// Send only.
        Send = "Send",
        /// Receive only.
        Receive = "Receive",
        /// Neither.
        None = "None",
    }
}

impl MediaCapability {
    /// Says whether the attendee may send this medium.
    #[must_use]
    pub const fn can_send(self) -> bool {
        matches!(self, Self::SendReceive | Self::Send)
    }

    /// Says whether the attendee may receive this medium.
    #[must_use]
    pub const fn can_receive(self) -> bool {
        matches!(self, Self::SendReceive | Self::Receive)
    }
}

/// An attendee's rights, one per medium; receiving content implies receiving video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", try_from = "Uncoupled")]
pub struct AttendeeCapabilities {
    audio: MediaCapability,
    video: MediaCapability,
    content: MediaCapability,
}

impl AttendeeCapabilities {
    /// Everything, which is what an attendee gets in a meeting without special features.
    pub const ALL: Self = Self {
        audio: MediaCapability::SendReceive,
        video: MediaCapability::SendReceive,
        content: MediaCapability::SendReceive,
    };

    /// Joins three rights.
    ///
    /// # Errors
    /// [`Constraint::ContentNeedsVideo`] when content is received and video is not.
    pub const fn new(
        audio: MediaCapability,
        video: MediaCapability,
        content: MediaCapability,
    ) -> Result<Self, Constraint> {
        if content.can_receive() && !video.can_receive() {
            return Err(Constraint::ContentNeedsVideo);
        }
        Ok(Self { audio, video, content })
    }

    /// Returns the right to sound.
    #[must_use]
    pub const fn audio(self) -> MediaCapability {
        self.audio
    }

    /// Returns the right to camera video.
    #[must_use]
    pub const fn video(self) -> MediaCapability {
        self.video
    }

    /// Returns the right to content share.
    #[must_use]
    pub const fn content(self) -> MediaCapability {
        self.content
    }
}

/// Three rights as stored or sent, before the rule between them is applied.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Uncoupled {
    audio: MediaCapability,
    video: MediaCapability,
    content: MediaCapability,
}

impl TryFrom<Uncoupled> for AttendeeCapabilities {
    type Error = Constraint;

    fn try_from(raw: Uncoupled) -> Result<Self, Constraint> {
        Self::new(raw.audio, raw.video, raw.content)
    }
}

/// `AttendeeCapabilities` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AttendeeCapabilitiesBody {
    /// The right to sound.
    pub audio: Option<String>,
    /// The right to camera video.
    pub video: Option<String>,
    /// The right to content share.
    pub content: Option<String>,
}

impl Checked for AttendeeCapabilities {
    type Raw = AttendeeCapabilitiesBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let audio = checker.required((path, "audio"), raw.audio);
        let video = checker.required((path, "video"), raw.video);
        let content = checker.required((path, "content"), raw.content);
        Self::new(audio?, video?, content?)
            .map_err(|constraint| checker.refuse(path, constraint))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use MediaCapability::{None, Receive, Send, SendReceive};

    use super::*;

    #[test]
    fn content_is_received_only_with_video() {
        let refused = [(None, Receive), (None, SendReceive), (Send, Receive), (Send, SendReceive)];
        for audio in [None, Send, Receive, SendReceive] {
            for video in [None, Send, Receive, SendReceive] {
                for content in [None, Send, Receive, SendReceive] {
                    assert_eq!(
                        AttendeeCapabilities::new(audio, video, content).is_err(),
                        refused.contains(&(video, content)),
                        "{video} {content}"
                    );
                }
            }
        }
    }

    #[test]
    fn unknown_word_names_the_known_ones() {
        let error = "sendreceive".parse::<MediaCapability>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Member must satisfy enum value set: [SendReceive, Send, Receive, None]"
        );
    }

    #[test]
    fn stored_rights_are_checked_again() {
        let text = r#"{"Audio":"None","Video":"Send","Content":"Receive"}"#;
        assert!(serde_json::from_str::<AttendeeCapabilities>(text).is_err());
        let all = serde_json::to_string(&AttendeeCapabilities::ALL).unwrap();
        assert_eq!(all, r#"{"Audio":"SendReceive","Video":"SendReceive","Content":"SendReceive"}"#);
        assert_eq!(
            serde_json::from_str::<AttendeeCapabilities>(&all).unwrap(),
            AttendeeCapabilities::ALL
        );
    }
}
