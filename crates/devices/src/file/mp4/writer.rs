//! Pictures into a fragmented MP4 file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use carillon_frame::{ClockRate, EncodedVideo, FrameKind, MediaTime};
use carillon_rtp::payload::h264::SequenceParameters;

use super::boxes::{boxed, full_box};
use super::header::{Parameters, TRACK, write_header};
use crate::file::h264::{UnitKind, units};
use crate::file::{FileError, Writer};

/// How many ticks a fragment spans: what a killed process loses at most, a second and a picture.
const FRAGMENT_TICKS: u32 = ClockRate::VIDEO.hz();

/// How many pictures a fragment holds: four times what the quickest camera gives in its time.
const FRAGMENT_PICTURES: usize = 1_000;

/// How many octets of pictures a fragment holds: a second of 400 Mbit/s.
const FRAGMENT_OCTETS: usize = 50 << 20;

/// The longest time that a picture stays: ten minutes. A longer jump is rather a stream that began anew.
const MAX_TICKS: u32 = 10 * 60 * ClockRate::VIDEO.hz();

/// How long a picture stays of which nothing else is known: that of 30 a second.
const USUAL_TICKS: u32 = ClockRate::VIDEO.hz() / 30;

/// Flags of a sample that needs no other, and of one that does (ISO/IEC 14496-12 section 8.8.3.1).
const KEY_FLAGS: u32 = 0x0200_0000;
const DELTA_FLAGS: u32 = 0x0101_0000;

/// Fields of a run of samples that are there: where its octets are; a duration, a size and flags for each.
const RUN_FLAGS: u32 = 0x701;

/// Where a fragment's octets are is told from its own beginning.
const FROM_FRAGMENT: u32 = 0x02_0000;

/// Writes H.264 pictures, from the first key frame with its parameters on.
///
/// A fragment is written before each key frame and after each second, and what is written plays.
/// Pictures with other parameters belong in another file, as a [`crate::file::Series`] begins one.
#[derive(Debug)]
pub struct Mp4Writer<W> {
    writer: W,
    track: Option<Parameters>,
    fragment: Fragment,
    /// The picture whose end is not known yet.
    held: Option<Held>,
    /// How long the last picture stayed.
    usual: u32,
}

#[derive(Debug)]
struct Held {
    octets: Vec<u8>,
    kind: FrameKind,
    timestamp: MediaTime,
}

impl Mp4Writer<BufWriter<File>> {
    /// Makes a file, in place of one that was there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Ok(Self::new(BufWriter::new(File::create(path)?)))
    }
}

impl<W: Write> Mp4Writer<W> {
    /// Begins a file, of which nothing is written before the first key frame.
    pub fn new(writer: W) -> Self {
        let fragment = Fragment::default();
        Self { writer, track: None, fragment, held: None, usual: USUAL_TICKS }
    }

    /// Whether a picture with these parameters can follow; writes the header with the first.
    fn accept(&mut self, found: Found) -> Result<bool, FileError> {
        match (&self.track, found.sequence, found.picture) {
            (Some(track), sequence, picture) => {
                let same = sequence.is_none_or(|found| found == track.sequence)
                    && picture.is_none_or(|found| found == track.picture);
                if same { Ok(true) } else { Err(FileError::ParametersChanged) }
            }
            (None, Some(sequence), Some(picture)) => {
                let parsed = SequenceParameters::parse(&sequence);
                let Some(parsed) = parsed.filter(|parsed| parsed.size.is_valid()) else {
                    return Ok(false);
                };
                let parameters = Parameters { sequence, picture };
                self.writer.write_all(&write_header(&parameters, &parsed))?;
                self.track = Some(parameters);
                Ok(true)
            }
            (None, _, _) => Ok(false),
        }
    }

    /// Ends the picture that is held when the next one begins, and the fragment if it is long enough.
    fn end_held(&mut self, next: Option<(MediaTime, FrameKind)>) -> Result<(), FileError> {
        if let Some(held) = self.held.take() {
            let ticks =
                next.and_then(|(time, _)| u32::try_from(time.distance_from(held.timestamp)).ok());
            self.usual = ticks.filter(|t| (1..=MAX_TICKS).contains(t)).unwrap_or(self.usual);
            self.fragment.push(&held.octets, held.kind, self.usual);
        }
        let key = next.is_none_or(|(_, kind)| kind == FrameKind::Key);
        if key || self.fragment.is_full() {
            self.fragment.write(&mut self.writer)?;
        }
        Ok(())
    }
}

impl<W: Write> Writer<EncodedVideo> for Mp4Writer<W> {
    fn write(&mut self, picture: &EncodedVideo) -> Result<(), FileError> {
        let (octets, found) = sort_units(&picture.payload);
        let waits = self.track.is_none() && picture.kind == FrameKind::Delta;
        if waits || octets.is_empty() || !self.accept(found)? {
            return Ok(());
        }
        let (kind, timestamp) = (picture.kind, picture.timestamp);
        self.end_held(Some((timestamp, kind)))?;
        self.held = Some(Held { octets, kind, timestamp });
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FileError> {
        self.end_held(None)?;
        self.writer.flush()?;
        Ok(())
    }
}

/// The parameters in a picture.
#[derive(Debug, Default)]
struct Found {
    sequence: Option<Vec<u8>>,
    picture: Option<Vec<u8>>,
}

/// Parts what a sample holds, with lengths in front of the units, from the parameters, which the header holds.
fn sort_units(payload: &[u8]) -> (Vec<u8>, Found) {
    let (mut octets, mut found) = (Vec::with_capacity(payload.len()), Found::default());
    for unit in units(payload) {
        match UnitKind::of(unit.octets) {
            UnitKind::SequenceParameters => found.sequence = Some(unit.octets.to_vec()),
            UnitKind::PictureParameters => found.picture = Some(unit.octets.to_vec()),
            UnitKind::Mark => {}
            UnitKind::Slice | UnitKind::KeySlice | UnitKind::Preface | UnitKind::Other => {
                // What is too long for its length is longer than the file may be.
                let length = u32::try_from(unit.octets.len()).unwrap_or(u32::MAX);
                octets.extend_from_slice(&length.to_be_bytes());
                octets.extend_from_slice(unit.octets);
            }
        }
    }
    (octets, found)
}

/// Pictures that are written together.
#[derive(Debug, Default)]
struct Fragment {
    /// How many were written before.
    number: u32,
    /// When it begins.
    start: u64,
    ticks: u32,
    /// Duration, size and flags of each picture.
    samples: Vec<[u32; 3]>,
    octets: Vec<u8>,
}

impl Fragment {
    fn push(&mut self, octets: &[u8], kind: FrameKind, ticks: u32) {
        let flags = match kind {
            FrameKind::Key => KEY_FLAGS,
            FrameKind::Delta => DELTA_FLAGS,
        };
        self.samples.push([ticks, u32::try_from(octets.len()).unwrap_or(u32::MAX), flags]);
        self.octets.extend_from_slice(octets);
        self.ticks = self.ticks.saturating_add(ticks);
    }

    fn is_full(&self) -> bool {
        self.ticks >= FRAGMENT_TICKS
            || self.samples.len() >= FRAGMENT_PICTURES
            || self.octets.len() >= FRAGMENT_OCTETS
    }

    /// Writes the fragment, if there is anything in it, and begins the next.
    fn write(&mut self, writer: &mut impl Write) -> Result<(), FileError> {
        if self.samples.is_empty() {
            return Ok(());
        }
        self.number = self.number.saturating_add(1);
        // The octets begin behind the header of the box behind this one, whose length no offset changes.
        let offset = u32::try_from(self.header(0).len().saturating_add(8)).unwrap_or(0);
        writer.write_all(&self.header(offset))?;
        writer.write_all(&boxed(b"mdat", &[&self.octets]))?;
        writer.flush()?;
        self.start = self.start.saturating_add(self.ticks.into());
        self.ticks = 0;
        self.samples.clear();
        self.octets.clear();
        Ok(())
    }

    fn header(&self, offset: u32) -> Vec<u8> {
        let count = u32::try_from(self.samples.len()).unwrap_or(u32::MAX);
        let samples: Vec<u8> =
            self.samples.iter().flatten().flat_map(|field| field.to_be_bytes()).collect();
        let run = full_box(
            b"trun",
            0,
            RUN_FLAGS,
            &[&count.to_be_bytes(), &offset.to_be_bytes(), &samples],
        );
        let track = boxed(
            b"traf",
            &[
                &full_box(b"tfhd", 0, FROM_FRAGMENT, &[&TRACK.to_be_bytes()]),
                &full_box(b"tfdt", 1, 0, &[&self.start.to_be_bytes()]),
                &run,
            ],
        );
        let number = full_box(b"mfhd", 0, 0, &[&self.number.to_be_bytes()]);
        boxed(b"moof", &[&number, &track])
    }
}
