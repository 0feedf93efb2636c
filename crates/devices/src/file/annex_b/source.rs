//! Pictures from an H.264 file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use carillon_frame::{Captured, EncodedVideo, EncodedVideoSource, FrameKind};

use crate::file::frame_rate::FrameRate;
use crate::file::h264::picture::{PictureAt, pictures};
use crate::file::h264::{UnitKind, units};
use crate::file::{FileError, FileFormat, Repeat};

/// The largest file that is played: 14 minutes at 2.5 Mbit/s. All of it is held in memory.
const MAX_OCTETS: u64 = 256 << 20;

const START_CODE: &[u8] = &[0, 0, 0, 1];

/// Pictures from an H.264 file, at a given pace, without a codec.
///
/// The file tells no times. Its pictures are sent in the order they stand in, so it must have no B pictures.
#[derive(Clone, Debug)]
pub struct AnnexBSource {
    octets: Bytes,
    pictures: Vec<PictureAt>,
    /// The parameters in front of the first picture, for key frames that lack them.
    parameters: Vec<u8>,
    rate: FrameRate,
    repeat: Repeat,
    /// Which picture comes next.
    next: usize,
    /// How many came, over all passes.
    sent: u64,
    skip_to_key: bool,
}

impl AnnexBSource {
    /// Opens a file, whose pictures come at `rate`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is larger than 256 MiB, or has no key frame.
    pub fn open(
        path: impl AsRef<Path>,
        rate: FrameRate,
        repeat: Repeat,
    ) -> Result<Self, FileError> {
        let mut octets = Vec::new();
        File::open(path)?.take(MAX_OCTETS.saturating_add(1)).read_to_end(&mut octets)?;
        Self::new(octets.into(), rate, repeat)
    }

    /// Plays what a file holds.
    ///
    /// # Errors
    ///
    /// When it is larger than 256 MiB, or has no key frame.
    pub fn new(octets: Bytes, rate: FrameRate, repeat: Repeat) -> Result<Self, FileError> {
        if octets.len() as u64 > MAX_OCTETS {
            return Err(FileError::Unsupported(FileFormat::AnnexB, "more than 256 MiB"));
        }
        let mut pictures = pictures(&octets);
        let is_key = |picture: &PictureAt| picture.kind == FrameKind::Key;
        let first = pictures.iter().position(is_key).ok_or(FileError::Other(FileFormat::AnnexB))?;
        // Nobody can decode what stands in front of the first key frame.
        pictures.drain(..first);
        let parameters = pictures
            .first()
            .and_then(|first| octets.get(first.range.clone()))
            .map(parameters_of)
            .unwrap_or_default();
        let (next, sent, skip_to_key) = (0, 0, false);
        Ok(Self { octets, pictures, parameters, rate, repeat, next, sent, skip_to_key })
    }

    /// The picture that comes next, at the beginning again behind the last.
    fn upcoming(&mut self) -> Option<PictureAt> {
        if self.next >= self.pictures.len() && self.repeat == Repeat::Forever {
            self.next = 0;
        }
        if std::mem::take(&mut self.skip_to_key) {
            let is_key = |picture: &PictureAt| picture.kind == FrameKind::Key;
            let rest = self.pictures.get(self.next..).unwrap_or_default();
            self.next = match rest.iter().position(is_key) {
                Some(ahead) => self.next.saturating_add(ahead),
                None => match self.repeat {
                    Repeat::Forever => 0,
                    // No other key frame comes any more.
                    Repeat::Once => self.next,
                },
            };
        }
        self.pictures.get(self.next).cloned()
    }

    /// The octets of a picture; a key frame has its parameters in front.
    fn payload(&self, picture: &PictureAt) -> Bytes {
        let payload = self.octets.slice(picture.range.clone());
        if picture.kind == FrameKind::Key && !picture.has_parameters {
            return [self.parameters.as_slice(), &payload].concat().into();
        }
        payload
    }
}

impl EncodedVideoSource for AnnexBSource {
    fn next_picture(&mut self, elapsed: Duration) -> Captured<EncodedVideo> {
        // None may be left out, for the next ones need it: a late source sends one at each call until it caught up.
        if self.sent > self.rate.pictures_in(elapsed) {
            return Captured::Nothing;
        }
        let Some(picture) = self.upcoming() else { return Captured::Ended };
        let payload = self.payload(&picture);
        let timestamp = self.rate.time_of(self.sent);
        self.next = self.next.saturating_add(1);
        self.sent = self.sent.saturating_add(1);
        Captured::Frame(EncodedVideo { payload, timestamp, kind: picture.kind })
    }

    fn request_key_frame(&mut self) {
        self.skip_to_key = true;
    }
}

/// The parameters in a picture, with start codes.
fn parameters_of(picture: &[u8]) -> Vec<u8> {
    units(picture)
        .filter(|unit| match UnitKind::of(unit.octets) {
            UnitKind::SequenceParameters | UnitKind::PictureParameters => true,
            UnitKind::Slice
            | UnitKind::KeySlice
            | UnitKind::Preface
            | UnitKind::Mark
            | UnitKind::Other => false,
        })
        .flat_map(|unit| [START_CODE, unit.octets].concat())
        .collect()
}
