//! Sound into a WAV file.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use carillon_frame::{AudioFrame, FRAME_SAMPLES, SAMPLE_RATE};

use crate::file::{FileError, FileFormat, Writer};

/// How many octets stand in front of the samples.
const HEADER_OCTETS: u32 = 44;

/// How many of those the length of the whole file does not count.
const UNCOUNTED_OCTETS: u32 = 8;

/// How many octets one frame takes.
const FRAME_OCTETS: u32 = 1_920;
const _: () = assert!(FRAME_OCTETS as usize == FRAME_SAMPLES * 2);

/// After how many frames the header tells the length again: what a killed process loses at most, a second.
const FRAMES_A_FLUSH: u32 = 50;

/// Writes 16-bit mono sound at 48 kHz; a file holds 12 hours.
#[derive(Debug)]
pub struct WavWriter<W> {
    writer: W,
    octets: u32,
    unflushed: u32,
}

impl WavWriter<BufWriter<File>> {
    /// Makes a file, in place of one that was there.
    ///
    /// # Errors
    ///
    /// When it cannot be made or written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Self::new(BufWriter::new(File::create(path)?))
    }
}

impl<W: Write + Seek> WavWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn new(mut writer: W) -> Result<Self, FileError> {
        writer.write_all(&header(0))?;
        writer.flush()?;
        Ok(Self { writer, octets: 0, unflushed: 0 })
    }

    /// Lets the header tell the length.
    fn flush(&mut self) -> Result<(), FileError> {
        self.unflushed = 0;
        self.writer.seek(SeekFrom::Start(0))?;
        self.writer.write_all(&header(self.octets))?;
        self.writer.seek(SeekFrom::End(0))?;
        self.writer.flush()?;
        Ok(())
    }
}

impl<W: Write + Seek> Writer<AudioFrame> for WavWriter<W> {
    fn write(&mut self, frame: &AudioFrame) -> Result<(), FileError> {
        let octets = self.octets.checked_add(FRAME_OCTETS);
        let octets = octets.filter(|octets| *octets <= u32::MAX - HEADER_OCTETS);
        self.octets = octets.ok_or(FileError::Full(FileFormat::Wav))?;
        for sample in frame.samples() {
            self.writer.write_all(&sample.to_le_bytes())?;
        }
        self.unflushed = self.unflushed.saturating_add(1);
        if self.unflushed >= FRAMES_A_FLUSH {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FileError> {
        self.flush()
    }
}

/// The header of a file with so many octets of samples.
fn header(octets: u32) -> Vec<u8> {
    let rate = SAMPLE_RATE.hz();
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &octets.saturating_add(HEADER_OCTETS - UNCOUNTED_OCTETS).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        // Integers, of one channel.
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.saturating_mul(2).to_le_bytes(),
        &2_u16.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &octets.to_le_bytes(),
    ];
    fields.concat()
}
