//! Sound and pictures in files: sources that read them, writers that a [`Recording`] feeds.
//!
//! Readers trust no byte: every size has a limit, and a broken file is a [`FileError`] or the end of its source.
//! Writers keep what is on disk playable: whatever ends the process costs the last second at most.

mod annex_b;
mod error;
mod frame_rate;
mod h264;
mod mp4;
mod ogg;
mod ogg_opus;
mod recording;
mod series;
mod wav;
mod y4m;

pub use annex_b::{AnnexBSource, AnnexBWriter};
pub use error::{FileError, FileFormat};
pub use frame_rate::FrameRate;
pub use mp4::Mp4Writer;
pub use ogg_opus::{OggOpusSource, OggOpusWriter};
pub use recording::{Recordable, Recorded, Recording, Writer};
pub use series::Series;
pub use wav::{WavSource, WavWriter};
pub use y4m::{Y4mSource, Y4mWriter};

/// What a source does at the end of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It ends.
    Once,
    /// It starts again.
    Forever,
}
