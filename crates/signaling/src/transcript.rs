//! What is spoken in a meeting, written down by the server: the content of messages on the transcription topic.

use carillon_types::WallTime;

use crate::data_message::MessageSender;

/// One thing that the transcription of a meeting tells.
#[derive(Clone, Debug, PartialEq)]
pub enum TranscriptEvent {
    /// It began, ended, or was interrupted.
    Status(TranscriptionStatus),
    /// Something was said.
    Transcript(Transcript),
}

/// How the transcription of a meeting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptionStatus {
    /// What became of it.
    pub kind: TranscriptionStatusKind,
    /// When.
    pub event_time: WallTime,
    /// Where speech is recognised.
    pub transcription_region: String,
    /// How: the configuration that it was started with, as JSON.
    pub transcription_configuration: String,
    /// What there is to say about it.
    pub message: Option<String>,
}

/// What became of a transcription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranscriptionStatusKind {
    /// It began.
    Started,
    /// It does not hear at the moment, and goes on by itself.
    Interrupted,
    /// It goes on.
    Resumed,
    /// It was stopped.
    Stopped,
    /// It could not begin or go on.
    Failed,
}

/// What was said lately.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// One stretch of speech each.
    pub results: Vec<TranscriptResult>,
}

/// A stretch of speech; a later result of the same id takes its place while it is partial.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptResult {
    /// Names the stretch.
    pub result_id: String,
    /// The channel that it was heard on.
    pub channel_id: String,
    /// Whether it is still being spoken.
    pub is_partial: bool,
    /// Its language, where that is told.
    pub language_code: Option<String>,
    /// Which languages it may be in, where they are guessed.
    pub language_identification: Vec<TranscriptLanguageWithScore>,
    /// When it began.
    pub start_time: WallTime,
    /// When it ended.
    pub end_time: WallTime,
    /// What was understood, the likeliest first.
    pub alternatives: Vec<TranscriptAlternative>,
}

/// A language, and how likely it is the one.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptLanguageWithScore {
    /// The language, such as `en-US`.
    pub language_code: String,
    /// How likely, 0 to 1.
    pub score: f64,
}

/// One way to understand a stretch of speech.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TranscriptAlternative {
    /// All of it as text.
    pub transcript: String,
    /// Its words and marks.
    pub items: Vec<TranscriptItem>,
    /// What in it names something that was looked for, such as a person.
    pub entities: Vec<TranscriptEntity>,
}

/// A word or a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptItem {
    /// Which of both.
    pub kind: TranscriptItemKind,
    /// When it began.
    pub start_time: WallTime,
    /// When it ended.
    pub end_time: WallTime,
    /// Who said it.
    pub attendee: Option<MessageSender>,
    /// The word or the mark.
    pub content: String,
    /// How sure that is, 0 to 1, where it is told.
    pub confidence: Option<f64>,
    /// Whether it stays as it is, where that is told.
    pub stable: Option<bool>,
    /// Whether the word is one that the vocabulary filter was told to find.
    pub vocabulary_filter_match: bool,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranscriptItemKind {
    /// A word.
    Pronunciation,
    /// A mark such as a full stop.
    Punctuation,
}

/// Something named in speech.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptEntity {
    /// Of which category.
    pub category: String,
    /// How sure that is, 0 to 1, where it is told.
    pub confidence: Option<f64>,
    /// The words.
    pub content: String,
    /// When they began.
    pub start_time: WallTime,
    /// When they ended.
    pub end_time: WallTime,
    /// Of which type within the category, where that is told.
    pub kind: Option<String>,
}
