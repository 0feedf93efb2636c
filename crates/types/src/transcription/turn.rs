//! What becomes of a transcription by itself.

/// What becomes of a transcription without anybody asking for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptionTurn {
    /// It does not hear at the moment, and goes on by itself; this came between.
    Interrupted(String),
    /// It goes on.
    Resumed,
    /// It could not begin, or cannot go on; this came between.
    Failed(String),
}
