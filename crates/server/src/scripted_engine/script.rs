//! What an engine is to say and to go through, read from a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use carillon_types::TranscriptionTurn;
use serde::Deserialize;

/// What an engine says of itself when the script has no words for it.
const NO_REASON: &str = "the script says so";

/// Why a script is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It cannot be read: check the path and the permissions.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is no list of speakers and words: the message says where.
    #[error("{path} is no transcription script")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// A script as an engine plays it.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Why the engine does not even begin, if it does not.
    pub(super) refusal: Option<String>,
    /// Who says what.
    pub(super) speeches: Vec<Speech>,
    /// What becomes of the engine, each so long after it began to listen; the soonest comes first.
    pub(super) turns: Vec<(Duration, TranscriptionTurn)>,
}

/// What one attendee says, from the moment it is first heard.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Speech {
    /// The application's name for it.
    pub(super) speaker: String,
    pub(super) words: Vec<Word>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Word {
    pub(super) text: String,
    /// How long after the first sound it begins.
    pub(super) after_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a line has Speaker and Words, or Engine, AfterMs and Message")]
enum Line {
    Speech(Speech),
    Turn(Turn),
}

/// What becomes of the engine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Turn {
    engine: TurnKind,
    /// How long after the engine began to listen; a failure without it keeps the engine from beginning.
    after_ms: Option<u64>,
    message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum TurnKind {
    Interrupted,
    Resumed,
    Failed,
}

impl Script {
    pub(super) fn read(path: &Path) -> Result<Self, ScriptError> {
        let unreadable = |source| ScriptError::Unreadable { path: path.to_owned(), source };
        let text = fs::read(path).map_err(unreadable)?;
        let invalid = |source| ScriptError::Invalid { path: path.to_owned(), source };
        Self::parse(&text).map_err(invalid)
    }

    fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut script = Self::default();
        for line in serde_json::from_slice::<Vec<Line>>(text)? {
            match line {
                Line::Speech(speech) => script.speeches.push(speech),
                Line::Turn(turn) => script.take(turn),
            }
        }
        script.turns.sort_by_key(|(after, _)| *after);
        Ok(script)
    }

    fn take(&mut self, Turn { engine, after_ms, message }: Turn) {
        let message = message.unwrap_or_else(|| NO_REASON.to_owned());
        if engine == TurnKind::Failed && after_ms.is_none() {
            self.refusal = Some(message);
            return;
        }
        let turn = match engine {
            TurnKind::Interrupted => TranscriptionTurn::Interrupted(message),
            TurnKind::Resumed => TranscriptionTurn::Resumed,
            TurnKind::Failed => TranscriptionTurn::Failed(message),
        };
        self.turns.push((Duration::from_millis(after_ms.unwrap_or_default()), turn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_played_in_their_order_and_a_failure_without_a_time_is_a_refusal() {
        let text = r#"[
            {"Engine": "Resumed", "AfterMs": 20},
            {"Speaker": "Ada", "Words": [{"Text": "hello", "AfterMs": 0}]},
            {"Engine": "Interrupted", "AfterMs": 10, "Message": "no line"},
            {"Engine": "Failed", "Message": "no such language"}
        ]"#;
        let script = Script::parse(text.as_bytes()).unwrap();
        let millis = Duration::from_millis;
        let interrupted = TranscriptionTurn::Interrupted("no line".to_owned());
        assert_eq!(
            script.turns,
            [(millis(10), interrupted), (millis(20), TranscriptionTurn::Resumed)]
        );
        assert_eq!(script.refusal.as_deref(), Some("no such language"));
        assert_eq!(script.speeches[0].words[0].text, "hello");
    }

    #[test]
    fn line_of_neither_kind_is_refused_with_its_place() {
        let error = Script::parse(br#"[{"Speaker": "Ada", "Engine": "Resumed"}]"#).unwrap_err();
        assert!(error.to_string().starts_with("a line has Speaker and Words, or"), "{error}");
        assert_eq!(error.line(), 1);
    }
}
