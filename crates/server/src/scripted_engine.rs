//! A transcription engine that understands what a script says it does: for tests of what follows from an engine's words.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_frame::AudioFrame;
use carillon_media_server::{EngineRefusal, Transcriber, TranscriptionEngine};
use carillon_signaling::{
    Epoch, MessageSender, Modality, Transcript, TranscriptAlternative, TranscriptEvent,
    TranscriptItem, TranscriptItemKind, TranscriptResult,
};
use carillon_types::TranscriptionConfiguration;
use serde::Deserialize;

/// How long every word of a script takes.
const WORD: Duration = Duration::from_millis(200);

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

/// Makes the engine of a script.
///
/// # Errors
/// When the script cannot be read or understood.
pub fn scripted_engine(path: &Path) -> Result<Arc<dyn TranscriptionEngine>, ScriptError> {
    let unreadable = |source| ScriptError::Unreadable { path: path.to_owned(), source };
    let text = fs::read(path).map_err(unreadable)?;
    let invalid = |source| ScriptError::Invalid { path: path.to_owned(), source };
    let script: Vec<Line> = serde_json::from_slice(&text).map_err(invalid)?;
    Ok(Arc::new(ScriptedEngine { script: Arc::new(script) }))
}

/// What one attendee says, from the moment it is first heard.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Line {
    /// The application's name for it.
    speaker: String,
    words: Vec<Word>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Word {
    text: String,
    /// How long after the first sound it begins.
    after_ms: u64,
}

#[derive(Debug)]
struct ScriptedEngine {
    script: Arc<Vec<Line>>,
}

impl TranscriptionEngine for ScriptedEngine {
    fn begin(
        &self,
        epoch: Epoch,
        configuration: &TranscriptionConfiguration,
    ) -> Result<Box<dyn Transcriber>, EngineRefusal> {
        let TranscriptionConfiguration::General(settings) = configuration else {
            return Err(EngineRefusal("a script knows nothing of medicine".to_owned()));
        };
        let language = settings.language_code.map(|code| code.as_str().to_owned());
        let (script, heard) = (Arc::clone(&self.script), BTreeMap::new());
        Ok(Box::new(Reader { script, epoch, language, heard, told: BTreeMap::new() }))
    }
}

/// Reads a script out in one meeting.
#[derive(Debug)]
struct Reader {
    script: Arc<Vec<Line>>,
    epoch: Epoch,
    language: Option<String>,
    /// By the number of its line: when a speaker was first heard, and who that is.
    heard: BTreeMap<usize, (Instant, MessageSender)>,
    /// By the number of the line: how many of its words have been told.
    told: BTreeMap<usize, usize>,
}

impl Transcriber for Reader {
    fn hear(&mut self, now: Instant, speaker: &MessageSender, _: &AudioFrame) {
        if speaker.identity.modality == Modality::Content {
            return;
        }
        let line = self.script.iter().position(|line| line.speaker == *speaker.external_user_id);
        if let Some(line) = line {
            self.heard.entry(line).or_insert_with(|| (now, speaker.clone()));
        }
    }

    fn poll(&mut self, now: Instant) -> Vec<TranscriptEvent> {
        let mut results = Vec::new();
        for (number, (since, speaker)) in &self.heard {
            let Some(line) = self.script.get(*number) else { continue };
            let items = items(self.epoch, line, *since, speaker);
            let over = items.iter().filter(|item| item.end_time <= self.epoch.wall_time(now));
            let (count, told) = (over.count(), self.told.entry(*number).or_default());
            if count > *told {
                *told = count;
                let is_partial = count < items.len();
                let items = items.into_iter().take(count).collect();
                results.push(result(*number, items, is_partial, self.language.clone()));
            }
        }
        if results.is_empty() {
            return Vec::new();
        }
        vec![TranscriptEvent::Transcript(Transcript { results })]
    }
}

fn items(
    epoch: Epoch,
    line: &Line,
    since: Instant,
    speaker: &MessageSender,
) -> Vec<TranscriptItem> {
    let item = |word: &Word| {
        let start = since.checked_add(Duration::from_millis(word.after_ms))?;
        Some(TranscriptItem {
            kind: TranscriptItemKind::Pronunciation,
            start_time: epoch.wall_time(start),
            end_time: epoch.wall_time(start.checked_add(WORD)?),
            attendee: Some(speaker.clone()),
            content: word.text.clone(),
            confidence: Some(1.0),
            stable: Some(true),
            vocabulary_filter_match: false,
        })
    };
    line.words.iter().filter_map(item).collect()
}

fn result(
    number: usize,
    items: Vec<TranscriptItem>,
    is_partial: bool,
    language_code: Option<String>,
) -> TranscriptResult {
    let words: Vec<_> = items.iter().map(|item| item.content.as_str()).collect();
    let transcript = words.join(" ");
    let start_time = items.first().map(|item| item.start_time);
    let end_time = items.last().map(|item| item.end_time);
    TranscriptResult {
        result_id: format!("line-{number}"),
        channel_id: "ch_0".to_owned(),
        is_partial,
        language_code,
        language_identification: Vec::new(),
        start_time: start_time.unwrap_or_default(),
        end_time: end_time.unwrap_or_default(),
        alternatives: vec![TranscriptAlternative { transcript, items, entities: Vec::new() }],
    }
}
