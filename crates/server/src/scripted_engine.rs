//! A transcription engine that understands what a script says it does: for tests of what follows from an engine's words.

mod script;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_frame::AudioFrame;
use carillon_media_server::{EngineRefusal, EngineReport, Transcriber, TranscriptionEngine};
use carillon_signaling::{
    Epoch, MessageSender, Modality, Transcript, TranscriptAlternative, TranscriptItem,
    TranscriptItemKind, TranscriptResult,
};
use carillon_types::{TranscriptionConfiguration, TranscriptionTurn};

pub use self::script::ScriptError;
use self::script::{Script, Speech, Word};

/// How long every word of a script takes.
const WORD: Duration = Duration::from_millis(200);

/// Makes the engine of a script.
///
/// # Errors
/// When the script cannot be read or understood.
pub fn scripted_engine(path: &Path) -> Result<Arc<dyn TranscriptionEngine>, ScriptError> {
    Ok(Arc::new(ScriptedEngine { script: Arc::new(Script::read(path)?) }))
}

#[derive(Debug)]
struct ScriptedEngine {
    script: Arc<Script>,
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
        if let Some(refusal) = &self.script.refusal {
            return Err(EngineRefusal(refusal.clone()));
        }
        let language = settings.language_code.map(|code| code.as_str().to_owned());
        Ok(Box::new(Reader {
            script: Arc::clone(&self.script),
            epoch,
            language,
            since: None,
            turned: 0,
            is_interrupted: false,
            heard: BTreeMap::new(),
            told: BTreeMap::new(),
        }))
    }
}

/// Reads a script out in one meeting.
#[derive(Debug)]
struct Reader {
    script: Arc<Script>,
    epoch: Epoch,
    language: Option<String>,
    /// When it began to listen.
    since: Option<Instant>,
    /// How many of the script's turns are behind it.
    turned: usize,
    is_interrupted: bool,
    /// By the number of its line: when a speaker was first heard, and who that is.
    heard: BTreeMap<usize, (Instant, MessageSender)>,
    /// By the number of the line: how many of its words have been told.
    told: BTreeMap<usize, usize>,
}

impl Transcriber for Reader {
    fn hear(&mut self, now: Instant, speaker: &MessageSender, _: &AudioFrame) {
        if self.is_interrupted || speaker.identity.modality == Modality::Content {
            return;
        }
        let line = self.line_of(&speaker.external_user_id);
        if let Some(line) = line {
            self.heard.entry(line).or_insert_with(|| (now, speaker.clone()));
        }
    }

    fn poll(&mut self, now: Instant) -> Vec<EngineReport> {
        let mut reports: Vec<_> = self.turn(now).into_iter().map(EngineReport::Turned).collect();
        if !self.is_interrupted {
            let results = self.read_out(now);
            if !results.is_empty() {
                reports.push(EngineReport::Understood(Transcript { results }));
            }
        }
        reports
    }
}

impl Reader {
    fn line_of(&self, speaker: &str) -> Option<usize> {
        self.script.speeches.iter().position(|line| line.speaker == speaker)
    }

    /// Goes through what the script has in store for the engine until now.
    fn turn(&mut self, now: Instant) -> Vec<TranscriptionTurn> {
        let age = now.saturating_duration_since(*self.since.get_or_insert(now));
        let turns = self.script.turns.iter().skip(self.turned);
        let due = turns.take_while(|(after, _)| *after <= age);
        let due: Vec<_> = due.map(|(_, turn)| turn.clone()).collect();
        self.turned = self.turned.saturating_add(due.len());
        if let Some(last) = due.last() {
            self.is_interrupted = matches!(last, TranscriptionTurn::Interrupted(_));
        }
        due
    }

    /// Tells the words that are over.
    fn read_out(&mut self, now: Instant) -> Vec<TranscriptResult> {
        let mut results = Vec::new();
        for (number, (since, speaker)) in &self.heard {
            let Some(line) = self.script.speeches.get(*number) else { continue };
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
        results
    }
}

fn items(
    epoch: Epoch,
    line: &Speech,
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
