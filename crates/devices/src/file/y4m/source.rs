//! Pictures from a Y4M file.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use carillon_frame::{Captured, PicturePool, VideoFrame, VideoSize, VideoSource};

use super::header::{Header, read_picture_line};
use crate::file::frame_rate::FrameRate;
use crate::file::{FileError, FileFormat, Repeat};

/// How many pictures are skipped at once to catch up: each costs a seek.
const MAX_SKIPPED: u64 = 256;

/// Pictures from a Y4M file with colours in 4:2:0, at the file's own pace.
#[derive(Debug)]
pub struct Y4mSource<R> {
    reader: R,
    header: Header,
    repeat: Repeat,
    /// Where the first picture stands.
    start: u64,
    /// How many pictures are behind us, over all passes.
    read: u64,
    pool: PicturePool,
    ended: bool,
}

impl Y4mSource<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is no Y4M file that is understood.
    pub fn open(path: impl AsRef<Path>, repeat: Repeat) -> Result<Self, FileError> {
        Self::new(BufReader::new(File::open(path)?), repeat)
    }
}

impl<R: BufRead + Seek> Y4mSource<R> {
    /// Reads a Y4M file from its beginning.
    ///
    /// # Errors
    ///
    /// When it is none that is understood.
    pub fn new(mut reader: R, repeat: Repeat) -> Result<Self, FileError> {
        let header = Header::read(&mut reader)?;
        let start = reader.stream_position()?;
        let pool = PicturePool::default();
        Ok(Self { reader, header, repeat, start, read: 0, pool, ended: false })
    }

    /// How large the pictures are.
    #[must_use]
    pub const fn size(&self) -> VideoSize {
        self.header.size
    }

    /// How many pictures a second the file has.
    #[must_use]
    pub const fn rate(&self) -> FrameRate {
        self.header.rate
    }

    /// Goes to the next picture's first octet; false at the end.
    fn next_picture(&mut self) -> Result<bool, FileError> {
        if read_picture_line(&mut self.reader)? {
            return Ok(true);
        }
        // A file without a picture must not repeat without end.
        if self.repeat == Repeat::Once || self.read == 0 {
            return Ok(false);
        }
        self.reader.seek(SeekFrom::Start(self.start))?;
        read_picture_line(&mut self.reader)
    }

    /// Skips pictures whose time is over.
    fn skip(&mut self, pictures: u64) -> Result<bool, FileError> {
        let octets = i64::try_from(self.header.octets()).unwrap_or(i64::MAX);
        for _ in 0..pictures.min(MAX_SKIPPED) {
            if !self.next_picture()? {
                return Ok(false);
            }
            self.reader.seek_relative(octets)?;
            self.read = self.read.saturating_add(1);
        }
        Ok(true)
    }

    fn read_picture(&mut self) -> Result<Option<VideoFrame>, FileError> {
        if !self.next_picture()? {
            return Ok(None);
        }
        let (pool, reader) = (&mut self.pool, &mut self.reader);
        let picture = pool.make(self.header.size, |picture| {
            let planes = picture.planes_mut();
            reader.read_exact(planes.y)?;
            reader.read_exact(planes.u)?;
            reader.read_exact(planes.v)
        });
        let picture = picture.map_err(|error| FileError::reading(FileFormat::Y4m, error))?;
        let timestamp = self.header.rate.time_of(self.read);
        self.read = self.read.saturating_add(1);
        Ok(picture.map(|picture| VideoFrame { picture, timestamp }))
    }
}

impl<R: BufRead + Seek + Send> VideoSource for Y4mSource<R> {
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame> {
        let due = self.header.rate.pictures_in(elapsed);
        if self.ended {
            return Captured::Ended;
        }
        let Some(behind) = due.checked_sub(self.read) else { return Captured::Nothing };
        let read = match self.skip(behind) {
            Ok(true) => self.read_picture(),
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        let read = read.unwrap_or_else(|error| {
            tracing::warn!(%error, "a Y4M file cannot be read on");
            None
        });
        self.ended = read.is_none();
        read.map_or(Captured::Ended, Captured::Frame)
    }
}
