//! Pictures into an H.264 file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use carillon_frame::{ClockRate, EncodedVideo, FrameKind, MediaTime};

use crate::file::{FileError, Writer};

/// After how many ticks what was written is on disk: what a killed process loses at most, a second.
const FLUSH_TICKS: i32 = ClockRate::VIDEO.hz().cast_signed();

/// Writes pictures as they come, from the first key frame on; the file keeps no times.
#[derive(Debug)]
pub struct AnnexBWriter<W> {
    writer: W,
    flushed: Option<MediaTime>,
}

impl AnnexBWriter<BufWriter<File>> {
    /// Makes a file, in place of one that was there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Ok(Self::new(BufWriter::new(File::create(path)?)))
    }
}

impl<W: Write> AnnexBWriter<W> {
    /// Begins a file.
    pub const fn new(writer: W) -> Self {
        Self { writer, flushed: None }
    }
}

impl<W: Write> Writer<EncodedVideo> for AnnexBWriter<W> {
    fn write(&mut self, picture: &EncodedVideo) -> Result<(), FileError> {
        if self.flushed.is_none() && picture.kind == FrameKind::Delta {
            return Ok(());
        }
        self.writer.write_all(&picture.payload)?;
        let flushed = self.flushed.get_or_insert(picture.timestamp);
        let since = picture.timestamp.distance_from(*flushed);
        if !(0..FLUSH_TICKS).contains(&since) {
            self.writer.flush()?;
            *flushed = picture.timestamp;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FileError> {
        self.writer.flush()?;
        Ok(())
    }
}
