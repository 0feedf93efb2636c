//! Bodies of the operation on data messages, which is this service's own.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker, Constraint, Violations},
    text::DataTopic,
};

/// A message to everybody in a meeting as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SendDataMessageBody {
    /// Required: what it is about.
    pub topic: Option<String>,
    /// Required: its content, a text.
    pub data: Option<String>,
    /// How long those who come later still get it, in milliseconds.
    pub lifetime_ms: Option<u32>,
}

/// A valid wish for a message to everybody in a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendDataMessageRequest {
    /// What it is about.
    pub topic: DataTopic,
    /// Its content.
    pub data: MessageText,
    /// How long those who come later still get it; only those present get it when absent.
    pub lifetime: Option<Duration>,
}

impl Checked for SendDataMessageRequest {
    type Raw = SendDataMessageBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let topic = checker.required((path, "topic"), raw.topic);
        let data = checker.required((path, "data"), raw.data);
        let lifetime = raw.lifetime_ms.map(|millis| Duration::from_millis(millis.into()));
        Some(Self { topic: topic?, data: data?, lifetime })
    }
}

impl TryFrom<SendDataMessageBody> for SendDataMessageRequest {
    type Error = Violations;

    fn try_from(body: SendDataMessageBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// The content of a message, measured in the bytes of its UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    /// The most bytes, as many as clients may send each other.
    pub const MAX_BYTES: usize = 2048;

    /// Returns the bytes that clients are to get.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Messages are private and stay out of logs.
impl std::fmt::Debug for MessageText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MessageText({} bytes)", self.0.len())
    }
}

impl Checked for MessageText {
    type Raw = String;

    fn check(checker: &mut Checker, path: &str, raw: String) -> Option<Self> {
        if raw.len() > Self::MAX_BYTES {
            checker.refuse(path, Constraint::MaxBytes(Self::MAX_BYTES));
            return None;
        }
        Some(Self(raw))
    }
}

/// The answer to a message that was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendDataMessageResponse {
    /// How many attendees were connected and got it.
    pub recipients: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(topic: &str, data: &str) -> Result<SendDataMessageRequest, String> {
        let body = SendDataMessageBody {
            topic: Some(topic.to_owned()),
            data: Some(data.to_owned()),
            lifetime_ms: Some(1_500),
        };
        SendDataMessageRequest::try_from(body).map_err(|violations| violations.to_string())
    }

    #[test]
    fn messages_keep_the_rules_of_clients() {
        let good = check("chat_2-B", &"é".repeat(1_024)).unwrap();
        assert_eq!(good.lifetime, Some(Duration::from_millis(1_500)));
        assert_eq!(good.data.into_bytes().len(), 2_048);
        assert!(check("chat", &"é".repeat(1_025)).unwrap_err().contains("2048 bytes"));
        for topic in ["", "aws:chime:transcription", "a b", &"a".repeat(37)] {
            assert!(check(topic, "").unwrap_err().contains("'topic'"), "{topic}");
        }
        let empty = SendDataMessageRequest::try_from(SendDataMessageBody::default()).unwrap_err();
        assert_eq!(empty.as_slice().len(), 2);
    }
}
