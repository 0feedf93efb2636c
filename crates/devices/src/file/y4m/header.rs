//! The line at the beginning of a Y4M file, and those in front of its pictures.

use std::io::{BufRead, Read as _};

use carillon_frame::VideoSize;

use crate::file::frame_rate::FrameRate;
use crate::file::{FileError, FileFormat};

/// The longest line that is read; programs write about 80 octets.
const MAX_LINE: u64 = 1_024;

/// The colour formats with a quarter of the colour samples in 8 bits; they differ in where those are meant to lie.
const QUARTERED: [&str; 4] = ["420", "420jpeg", "420mpeg2", "420paldv"];

/// What the pictures of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) size: VideoSize,
    pub(super) rate: FrameRate,
}

impl Header {
    /// Reads the first line.
    pub(super) fn read(reader: &mut impl BufRead) -> Result<Self, FileError> {
        let line = read_line(reader)?.ok_or(FileError::Other(FileFormat::Y4m))?;
        let mut words = line.split(' ');
        if words.next() != Some("YUV4MPEG2") {
            return Err(FileError::Other(FileFormat::Y4m));
        }
        let (mut width, mut height, mut rate, mut colours) = (0, 0, "30:1", "420");
        for word in words {
            match word.split_at_checked(1) {
                Some(("W", value)) => width = value.parse().unwrap_or(0),
                Some(("H", value)) => height = value.parse().unwrap_or(0),
                Some(("F", value)) => rate = value,
                Some(("C", value)) => colours = value,
                _ => {}
            }
        }
        let unsupported = |what| FileError::Unsupported(FileFormat::Y4m, what);
        if !QUARTERED.contains(&colours) {
            return Err(unsupported("colours other than 4:2:0 in 8 bits"));
        }
        let size = Some(VideoSize::new(width, height)).filter(|size| size.is_valid());
        let size = size.ok_or(unsupported("no size, or more than 8192 pixels on a side"))?;
        Ok(Self { size, rate: FrameRate::parse(rate)? })
    }

    /// Writes the first line.
    pub(super) fn line(&self) -> String {
        let VideoSize { width, height } = self.size;
        let (pictures, seconds) = self.rate.parts();
        format!("YUV4MPEG2 W{width} H{height} F{pictures}:{seconds} Ip A1:1 C420jpeg\n")
    }

    /// How many octets a picture has.
    pub(super) const fn octets(&self) -> u64 {
        self.size.pixels() + 2 * self.size.chroma().pixels()
    }
}

/// Reads the line in front of a picture; false at the end of the file.
pub(super) fn read_picture_line(reader: &mut impl BufRead) -> Result<bool, FileError> {
    match read_line(reader)? {
        Some(line) if line.split(' ').next() == Some("FRAME") => Ok(true),
        Some(_) => {
            Err(FileError::Damaged(FileFormat::Y4m, "a picture does not begin as it should"))
        }
        None => Ok(false),
    }
}

/// A line without its end; nothing at the end of the file.
fn read_line(reader: &mut impl BufRead) -> Result<Option<String>, FileError> {
    let mut line = Vec::new();
    reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(String::from_utf8_lossy(&line).into_owned())),
        Some(_) => Err(FileError::Damaged(FileFormat::Y4m, "a line has no end")),
    }
}
