//! A video device of Linux.

mod ffi;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use carillon_frame::VideoSize;
use carillon_media::colour::RawLayout;

use self::ffi::{FrameInterval, FrameSize, Readiness};
use super::device::{INVALID, NO_DEVICE, NO_TERMINAL, Taken, VideoDevice};
use super::format::{Format, Interval, Offer, PixelFormat, Steps};
use crate::ffi::Mapping;

/// How many pictures the kernel may have: one being written, one being copied, two for the time in between.
const BUFFERS: u32 = 4;

/// How many entries of a list are read: far more than any camera has.
const MAX_ENTRIES: u32 = 256;

/// The formats that are understood, by their four letters.
const FORMATS: [([u8; 4], PixelFormat); 5] = [
    (*b"YU12", PixelFormat::Raw(RawLayout::I420)),
    (*b"NV12", PixelFormat::Raw(RawLayout::Nv12)),
    (*b"YUYV", PixelFormat::Raw(RawLayout::Yuyv)),
    (*b"MJPG", PixelFormat::Jpeg),
    (*b"JPEG", PixelFormat::Jpeg),
];

/// An open device.
#[derive(Debug)]
pub(super) struct Node {
    /// The letters of what was configured.
    codes: Vec<([u8; 4], PixelFormat)>,
    buffers: Vec<Mapping>,
    file: File,
}

impl Node {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        Ok(Self { codes: Vec::new(), buffers: Vec::new(), file })
    }

    /// What people call it; nothing if it gives no pictures.
    pub(super) fn label(&self) -> io::Result<Option<String>> {
        let capability = ffi::capability(self.fd())?;
        let has_own = capability.all & ffi::HAS_OWN_ABILITIES != 0;
        let abilities = if has_own { capability.own } else { capability.all };
        let needed = ffi::CAN_CAPTURE | ffi::CAN_STREAM;
        Ok((abilities & needed == needed).then(|| text(&capability.card)))
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    fn sizes(&self, code: [u8; 4], wanted: VideoSize) -> io::Result<Vec<VideoSize>> {
        let listed = entries(|index| ffi::size(self.fd(), code, index))?;
        if listed.is_empty() {
            // It lists none: then it is asked for what is wanted, and says what it will be.
            return Ok(vec![wanted]);
        }
        Ok(listed.iter().map(|listed| size_of(listed, wanted)).collect())
    }

    fn intervals(&self, code: [u8; 4], size: VideoSize) -> io::Result<Vec<Option<Interval>>> {
        let VideoSize { width, height } = size;
        let asked = FrameInterval { code, width, height, ..FrameInterval::default() };
        let listed = entries(|index| ffi::interval(self.fd(), asked, index))?;
        let intervals: Vec<_> = listed.iter().map(|listed| Some(interval_of(listed))).collect();
        Ok(if intervals.is_empty() { vec![None] } else { intervals })
    }
}

impl VideoDevice for Node {
    fn offers(&mut self, wanted: VideoSize) -> io::Result<Vec<Offer>> {
        let names = entries(|index| ffi::format_name(self.fd(), index))?;
        let is_listed = |code: &[u8; 4]| names.iter().any(|name| name.code == *code);
        let known = FORMATS.into_iter().filter(|(code, _)| is_listed(code));
        self.codes = known.collect();
        let mut offers = Vec::new();
        for (code, pixels) in &self.codes {
            for size in self.sizes(*code, wanted)? {
                let intervals = self.intervals(*code, size)?.into_iter();
                offers.extend(intervals.map(|interval| Offer { pixels: *pixels, size, interval }));
            }
        }
        Ok(offers)
    }

    fn configure(&mut self, offer: Offer) -> io::Result<Format> {
        let code = self.codes.iter().find(|(_, pixels)| *pixels == offer.pixels);
        let (code, _) = *code.ok_or(io::ErrorKind::InvalidData)?;
        let sides = (offer.size.width, offer.size.height);
        let given = ffi::set_format(self.fd(), code, sides)?;
        let pixels = FORMATS.iter().find(|(code, _)| *code == given.code);
        let (_, pixels) = *pixels.ok_or(io::ErrorKind::InvalidData)?;
        let size = VideoSize::new(given.width, given.height);
        if !size.is_valid() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let stride = match pixels {
            PixelFormat::Raw(layout) => given.stride.max(layout.row_octets(size.width)),
            PixelFormat::Jpeg => 0,
        };
        if let Some(Interval { numerator, denominator }) = offer.interval
            && let Err(error) = ffi::set_interval(self.fd(), [numerator, denominator])
        {
            // It has one of its own then.
            tracing::debug!(%error, "a camera takes no rate");
        }
        Ok(Format { pixels, size, stride })
    }

    fn start(&mut self) -> io::Result<()> {
        let count = ffi::request_buffers(self.fd(), BUFFERS)?;
        for index in 0..count.min(MAX_ENTRIES) {
            let buffer = ffi::buffer(self.fd(), index)?;
            let octets = usize::try_from(buffer.length).unwrap_or(usize::MAX);
            let mapping = Mapping::new(self.fd(), buffer.place.offset, octets)?;
            self.buffers.push(mapping);
            ffi::queue(self.fd(), index)?;
        }
        ffi::set_streaming(self.fd(), true)
    }

    fn take(&mut self, patience: Duration, octets: &mut Vec<u8>) -> io::Result<Taken> {
        let readiness = ffi::wait(self.fd(), patience)?;
        if readiness == Readiness::NotYet {
            return Ok(Taken::Nothing);
        }
        let buffer = match ffi::dequeue(self.fd()) {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // Waiting would fail again at once, for ever.
                let is_gone = readiness == Readiness::Failed;
                let gone = || io::Error::from_raw_os_error(NO_DEVICE);
                return if is_gone { Err(gone()) } else { Ok(Taken::Nothing) };
            }
            Err(error) if error.raw_os_error() == Some(super::device::INPUT_OUTPUT) => {
                return Ok(Taken::Broken);
            }
            Err(error) => return Err(error),
        };
        let used = usize::try_from(buffer.used).unwrap_or(usize::MAX);
        let mapping = self.buffers.get(buffer.index as usize).ok_or(io::ErrorKind::InvalidData)?;
        let is_whole = buffer.flags & ffi::DAMAGED == 0 && used > 0;
        if is_whole {
            mapping.append_to(used, octets);
        }
        ffi::queue(self.fd(), buffer.index)?;
        Ok(if is_whole { Taken::Picture } else { Taken::Broken })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if !self.buffers.is_empty()
            && let Err(error) = ffi::set_streaming(self.fd(), false)
        {
            tracing::debug!(%error, "a camera did not stop by itself");
        }
    }
}

/// The entries of a list, up to the one that is refused as invalid. A driver that has no such list refuses all.
fn entries<T>(entry: impl Fn(u32) -> io::Result<T>) -> io::Result<Vec<T>> {
    let mut entries = Vec::new();
    for index in 0..MAX_ENTRIES {
        match entry(index) {
            Ok(entry) => entries.push(entry),
            Err(error) if matches!(error.raw_os_error(), Some(INVALID | NO_TERMINAL)) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(entries)
}

fn size_of(listed: &FrameSize, wanted: VideoSize) -> VideoSize {
    let [a, b, c, d, e, f] = listed.sides;
    if listed.kind == ffi::DISCRETE {
        return VideoSize::new(a, b);
    }
    let width = Steps { least: a, most: b, step: c }.nearest(wanted.width);
    VideoSize::new(width, Steps { least: d, most: e, step: f }.nearest(wanted.height))
}

/// Of a range the shortest, for pictures too many are left out.
fn interval_of(listed: &FrameInterval) -> Interval {
    let [numerator, denominator, ..] = listed.parts;
    Interval { numerator, denominator }
}

/// Octets up to the first zero, as text.
fn text(octets: &[u8]) -> String {
    let octets = octets.split(|octet| *octet == 0).next().unwrap_or_default();
    String::from_utf8_lossy(octets).into_owned()
}

#[cfg(test)]
mod tests;
