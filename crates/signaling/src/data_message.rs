//! Messages of the application that travel with the meeting.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::{
    epoch::UnixNanos,
    identity::{Identity, Modality},
};

/// Characters of a topic, the same figure as in the browser client; raising it lets native clients use topics
/// that browsers cannot.
pub const MAX_TOPIC_CHARS: usize = 36;

/// Bytes of a message's content, the same figure as in the browser client; every message is copied to every
/// attendee, so raising it multiplies by the size of the meeting.
pub const MAX_DATA_BYTES: usize = 2048;

const TRANSCRIPTION: &str = "aws:chime:transcription";

/// A text that no application may use as a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a topic has 1 to {MAX_TOPIC_CHARS} letters, digits, hyphens and underscores")]
pub struct InvalidTopic;

/// What a message is about; applications subscribe to topics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// The topic of transcripts, which only the server can speak on: no application can spell it.
    #[must_use]
    pub fn transcription() -> Self {
        Self(TRANSCRIPTION.into())
    }

    /// Reads a topic as the server sends it: one of an application, or a reserved one.
    ///
    /// # Errors
    /// [`InvalidTopic`] if it is neither.
    pub(crate) fn from_server(text: &str) -> Result<Self, InvalidTopic> {
        if text == TRANSCRIPTION { Ok(Self::transcription()) } else { text.parse() }
    }

    /// The topic as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Topic {
    type Err = InvalidTopic;

    fn from_str(text: &str) -> Result<Self, InvalidTopic> {
        let legal = (1..=MAX_TOPIC_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if legal { Ok(Self(text.into())) } else { Err(InvalidTopic) }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message as an application sends it, to everybody in the meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentData {
    /// What it is about.
    pub topic: Topic,
    /// Its content.
    pub data: Bytes,
    /// How long those who join later still get it; `None` for those present only.
    pub lifetime: Option<Duration>,
}

/// A message as an application receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedData {
    /// What it is about.
    pub topic: Topic,
    /// Its content.
    pub data: Bytes,
    /// Who sent it; `None` is the server itself.
    pub sender: Option<MessageSender>,
    /// What became of it.
    pub arrival: Arrival,
}

impl ReceivedData {
    /// Whether a session of this identity gets it while it is connected.
    ///
    /// Nobody gets back what it said, because applications show that by themselves, and a content share has nobody who
    /// would read it.
    #[must_use]
    pub fn is_for(&self, listener: Identity) -> bool {
        let own = self.sender.as_ref().is_some_and(|sender| sender.identity == listener);
        listener.modality == Modality::Main && !own
    }
}

/// The attendee behind a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSender {
    /// The attendee, as clients name it.
    pub identity: Identity,
    /// The application's own name for the attendee.
    pub external_user_id: Arc<str>,
}

/// What became of a message at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The server took it in at this time, never 0: that is how a throttled message is marked.
    At(UnixNanos),
    /// The server refused it and hands it back to its sender only.
    Throttled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_cannot_speak_on_the_transcription_topic() {
        assert_eq!(TRANSCRIPTION.parse::<Topic>(), Err(InvalidTopic));
        assert_eq!(Topic::from_server(TRANSCRIPTION), Ok(Topic::transcription()));
    }

    #[test]
    fn topics_follow_the_rule_of_the_browser() {
        assert!("chat_2-B".parse::<Topic>().is_ok());
        assert!("a".repeat(MAX_TOPIC_CHARS).parse::<Topic>().is_ok());
        for bad in ["", "a b", "\u{e9}", &"a".repeat(MAX_TOPIC_CHARS + 1)] {
            assert_eq!(bad.parse::<Topic>(), Err(InvalidTopic), "{bad:?}");
        }
    }
}
