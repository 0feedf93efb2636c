//! Pictures into a Y4M file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use carillon_frame::{MediaTime, Picture, VideoFrame};

use super::header::Header;
use crate::file::frame_rate::FrameRate;
use crate::file::{FileError, Writer};

/// How many pictures are repeated at most to fill a gap: ten seconds at 30 a second, 400 MB at 720p.
const MAX_REPEATED: u64 = 300;

/// How much older than the run a picture may be that is just late, and is left out: ten seconds.
const LATE_TICKS: i32 = 10 * 90_000;

/// After how many ticks a run starts anew: three hours, half of what timestamps can be apart.
const RESTART_TICKS: i32 = 3 * 3_600 * 90_000;

/// Writes pictures of one size at an even pace.
///
/// The format knows no timestamps: a picture stays until the next one's time, and of several in one time the first is
/// kept.
#[derive(Debug)]
pub struct Y4mWriter<W> {
    writer: W,
    rate: FrameRate,
    last: Option<Last>,
}

/// The picture that was written last, and where in the file we are.
#[derive(Debug)]
struct Last {
    picture: Arc<Picture>,
    /// The time of the picture number 0 of this run, and how many of the run are written.
    start: MediaTime,
    written: u64,
}

impl Y4mWriter<BufWriter<File>> {
    /// Makes a file, in place of one that was there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn create(path: impl AsRef<Path>, rate: FrameRate) -> Result<Self, FileError> {
        Ok(Self::new(BufWriter::new(File::create(path)?), rate))
    }
}

impl<W: Write> Y4mWriter<W> {
    /// Begins a file, of which nothing is written before the first picture.
    pub const fn new(writer: W, rate: FrameRate) -> Self {
        Self { writer, rate, last: None }
    }

    fn write_picture(&mut self, picture: &Picture) -> Result<(), FileError> {
        let planes = picture.planes();
        for octets in [b"FRAME\n".as_slice(), planes.y, planes.u, planes.v] {
            self.writer.write_all(octets)?;
        }
        Ok(())
    }
}

impl<W: Write> Writer<VideoFrame> for Y4mWriter<W> {
    fn write(&mut self, frame: &VideoFrame) -> Result<(), FileError> {
        let size = frame.picture.size();
        let (mut start, mut written) = (frame.timestamp, 0);
        match self.last.take() {
            None => {
                let header = Header { size, rate: self.rate };
                self.writer.write_all(header.line().as_bytes())?;
            }
            Some(last) if last.picture.size() != size => {
                self.last = Some(last);
                return Err(FileError::ParametersChanged);
            }
            Some(last) => {
                let ticks = frame.timestamp.distance_from(last.start);
                let due = self.rate.pictures_in_ticks(u32::try_from(ticks).unwrap_or(0));
                let missing = due.checked_sub(last.written);
                if missing.is_none() && ticks > -LATE_TICKS {
                    self.last = Some(last);
                    return Ok(());
                }
                if let Some(missing) = missing.filter(|missing| *missing <= MAX_REPEATED) {
                    (start, written) = (last.start, due);
                    for _ in 0..missing {
                        self.write_picture(&last.picture)?;
                    }
                }
            }
        }
        self.write_picture(&frame.picture)?;
        let picture = Arc::clone(&frame.picture);
        let mut last = Last { picture, start, written: written.saturating_add(1) };
        if frame.timestamp.distance_from(start) > RESTART_TICKS {
            (last.start, last.written) = (frame.timestamp, 1);
        }
        self.last = Some(last);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FileError> {
        self.writer.flush()?;
        Ok(())
    }
}
