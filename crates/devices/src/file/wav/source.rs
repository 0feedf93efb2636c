//! Sound from a WAV file.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use carillon_frame::{AudioFrame, AudioSource, Captured, FRAME_SAMPLES, SAMPLE_RATE};

use super::layout::Layout;
use crate::file::{FileError, Repeat};
use crate::resampler::Resampler;
use crate::sample::write_frame;

/// Sound from a WAV file of any rate, mixed down to one channel.
///
/// It reads 20 ms at a time, which a local disk has ready; a file far away belongs on a local one first.
#[derive(Debug)]
pub struct WavSource<R> {
    reader: R,
    layout: Layout,
    repeat: Repeat,
    /// How many octets of samples are left in this pass; without it, all up to the end.
    left: Option<u64>,
    resampler: Option<Resampler>,
    octets: Vec<u8>,
    samples: Vec<f32>,
    ended: bool,
}

impl WavSource<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is no WAV file that is understood.
    pub fn open(path: impl AsRef<Path>, repeat: Repeat) -> Result<Self, FileError> {
        Self::new(BufReader::new(File::open(path)?), repeat)
    }
}

impl<R: Read + Seek> WavSource<R> {
    /// Reads a WAV file from its beginning.
    ///
    /// # Errors
    ///
    /// When it is none that is understood.
    pub fn new(mut reader: R, repeat: Repeat) -> Result<Self, FileError> {
        let layout = Layout::read(&mut reader)?;
        let resampler = match layout.rate == SAMPLE_RATE.hz() {
            true => None,
            false => Resampler::to_frames(layout.rate),
        };
        let longest = resampler.as_ref().map_or(FRAME_SAMPLES, Resampler::max_input_len);
        Ok(Self {
            reader,
            layout,
            repeat,
            left: layout.length,
            resampler,
            octets: Vec::with_capacity(longest.saturating_mul(layout.block())),
            samples: Vec::with_capacity(longest),
            ended: false,
        })
    }

    /// How many samples a second the file has.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.layout.rate
    }

    /// Reads so many samples, around the end if it repeats; fewer are there only at the end.
    fn read_samples(&mut self, wanted: usize) -> io::Result<()> {
        self.samples.clear();
        while self.samples.len() < wanted {
            if self.read_more(wanted.saturating_sub(self.samples.len()))? > 0 {
                continue;
            }
            let at_start = self.left == self.layout.length && self.at_start()?;
            if self.repeat == Repeat::Once || at_start {
                break;
            }
            self.reader.seek(SeekFrom::Start(self.layout.start))?;
            self.left = self.layout.length;
        }
        Ok(())
    }

    /// Whether nothing was read in this pass: a file without a sample must not repeat without end.
    fn at_start(&mut self) -> io::Result<bool> {
        Ok(self.reader.stream_position()? == self.layout.start)
    }

    /// Reads so many samples or fewer, and says how many; none at the end only.
    fn read_more(&mut self, wanted: usize) -> io::Result<usize> {
        let block = self.layout.block();
        let wanted = wanted.saturating_mul(block);
        let wanted = match self.left {
            Some(left) => wanted.min(usize::try_from(left).unwrap_or(usize::MAX)),
            None => wanted,
        };
        self.octets.clear();
        let read = self.reader.by_ref().take(wanted as u64).read_to_end(&mut self.octets)?;
        self.left = self.left.map(|left| left.saturating_sub(read as u64));
        let (octets, channels) = (self.layout.encoding.octets(), f32::from(self.layout.channels));
        // A block that is cut off is the end.
        let blocks = self.octets.chunks_exact(block);
        let count = blocks.len();
        self.samples.extend(blocks.map(|block| {
            let samples = block.chunks_exact(octets);
            samples.map(|sample| self.layout.encoding.decode(sample)).sum::<f32>() / channels
        }));
        Ok(count)
    }
}

impl<R: Read + Seek + Send> AudioSource for WavSource<R> {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        if self.ended {
            return Captured::Ended;
        }
        let wanted = self.resampler.as_ref().map_or(FRAME_SAMPLES, Resampler::input_len);
        if let Err(error) = self.read_samples(wanted) {
            tracing::warn!(%error, "a WAV file cannot be read on");
            self.samples.clear();
        }
        self.ended = self.samples.len() < wanted;
        if self.samples.is_empty() {
            return Captured::Ended;
        }
        self.samples.resize(wanted, 0.0);
        match &mut self.resampler {
            Some(resampler) => write_frame(frame, resampler.process(&self.samples)),
            None => write_frame(frame, &self.samples),
        }
        Captured::Frame(())
    }
}
