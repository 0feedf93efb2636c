//! Sound and pictures in files: sources that read them, writers that a [`Recording`] feeds.
//!
//! Readers trust no byte: every size has a limit, and a broken file is a [`FileError`] or the end of its source.
//! Writers keep what is on disk playable: whatever ends the process costs the last second at most.

mod error;
mod ogg;
mod ogg_opus;
mod recording;
mod wav;

pub use error::{FileError, FileFormat};
pub use ogg_opus::{OggOpusSource, OggOpusWriter};
pub use recording::{Recordable, Recorded, Recording, Writer};
pub use wav::{WavSource, WavWriter};

/// What a source does at the end of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It ends.
    Once,
    /// It starts again.
    Forever,
}
