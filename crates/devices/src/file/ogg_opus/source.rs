//! Packets from an Ogg Opus file.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use bytes::Bytes;
use carillon_frame::{Captured, EncodedAudio, EncodedAudioSource, FRAME_SAMPLES, MediaTime};
use carillon_rtp::payload::opus::OpusPacket;

use super::head::{check_head, is_tags};
use crate::file::ogg::Page;
use crate::file::{FileError, FileFormat, Repeat};

/// The longest packet that is kept: what two channels of 120 ms can take (RFC 7845 section 6), which no network carries.
const MAX_PACKET: usize = 61_440;

/// Opus packets from an Ogg file, at their own pace.
///
/// Where several streams lie beside or behind each other, it reads the first of Opus.
/// It reads a page at a time, which a local disk has ready.
/// Packets shorter than 20 ms come slower than they should, because a source is asked for one every 20 ms.
#[derive(Debug)]
pub struct OggOpusSource<R> {
    packets: Packets<R>,
    repeat: Repeat,
    /// A packet whose time has not come.
    early: Option<(Bytes, u32)>,
    /// When the next packet begins, and how far the session has asked, in ticks.
    next: u64,
    asked: u64,
    ended: bool,
}

impl OggOpusSource<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is no Ogg Opus file that is understood.
    pub fn open(path: impl AsRef<Path>, repeat: Repeat) -> Result<Self, FileError> {
        Self::new(BufReader::new(File::open(path)?), repeat)
    }
}

impl<R: Read + Seek> OggOpusSource<R> {
    /// Reads an Ogg Opus file from its beginning.
    ///
    /// # Errors
    ///
    /// When it is none that is understood.
    pub fn new(reader: R, repeat: Repeat) -> Result<Self, FileError> {
        let packets = Packets::open(reader)?;
        Ok(Self { packets, repeat, early: None, next: 0, asked: 0, ended: false })
    }

    /// The next packet and its ticks; nothing at the end.
    fn read(&mut self) -> Result<Option<(Bytes, u32)>, FileError> {
        if let Some(packet) = self.packets.next_sound()? {
            return Ok(Some(packet));
        }
        if self.repeat == Repeat::Once {
            return Ok(None);
        }
        self.packets.rewind()?;
        // A file without a packet must not repeat without end.
        self.packets.next_sound()
    }
}

impl<R: Read + Seek + Send> EncodedAudioSource for OggOpusSource<R> {
    fn next_packet(&mut self) -> Captured<EncodedAudio> {
        if self.ended {
            return Captured::Ended;
        }
        let due = self.asked;
        self.asked = self.asked.saturating_add(FRAME_SAMPLES as u64);
        if self.early.is_none() {
            self.early = self.read().unwrap_or_else(|error| {
                tracing::warn!(%error, "an Ogg Opus file cannot be read on");
                None
            });
            self.ended = self.early.is_none();
        }
        if self.ended {
            return Captured::Ended;
        }
        match self.early.take_if(|_| self.next <= due) {
            Some((payload, ticks)) => {
                // The lower half is what wraps like the timestamp of a stream.
                let wrapped = u32::try_from(self.next & u64::from(u32::MAX)).unwrap_or_default();
                let timestamp = MediaTime(wrapped);
                self.next = self.next.saturating_add(ticks.into());
                Captured::Frame(EncodedAudio { payload, timestamp, ticks })
            }
            None => Captured::Nothing,
        }
    }
}

/// The packets of one stream.
#[derive(Debug)]
struct Packets<R> {
    reader: R,
    stream: u32,
    page: Page,
    /// How many pieces of the page were read.
    read: usize,
    packet: Vec<u8>,
    /// The packet is cut off, or longer than any: it is skipped up to its end.
    skipping: bool,
}

impl<R: Read + Seek> Packets<R> {
    fn open(mut reader: R) -> Result<Self, FileError> {
        let none = FileError::Other(FileFormat::OggOpus);
        let mut page = Page::read(&mut reader)?.ok_or(none)?;
        // The first pages of all streams stand in front of all others (RFC 3533 section 4).
        while page.flags.first && check_head(first_packet(&page)).is_err() {
            let none = FileError::Other(FileFormat::OggOpus);
            let Some(next) = Page::read(&mut reader)?.filter(|next| next.flags.first) else {
                check_head(first_packet(&page))?;
                return Err(none);
            };
            page = next;
        }
        check_head(first_packet(&page))?;
        let stream = page.stream;
        Ok(Self { reader, stream, page, read: 1, packet: Vec::new(), skipping: false })
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        self.reader.rewind()?;
        (self.page, self.read, self.skipping) = (Page::default(), 0, false);
        self.packet.clear();
        Ok(())
    }

    /// The next packet of sound and its ticks.
    fn next_sound(&mut self) -> Result<Option<(Bytes, u32)>, FileError> {
        while let Some(packet) = self.next_packet()? {
            if is_tags(packet) || packet.starts_with(b"OpusHead") {
                continue;
            }
            if let Some(sound) = OpusPacket::parse(packet) {
                return Ok(Some((Bytes::copy_from_slice(packet), sound.ticks())));
            }
        }
        Ok(None)
    }

    /// The next packet of the stream; longer ones are cut down to the limit.
    fn next_packet(&mut self) -> Result<Option<&[u8]>, FileError> {
        self.packet.clear();
        loop {
            while let Some(piece) = self.page.pieces().nth(self.read) {
                self.read = self.read.saturating_add(1);
                let room = MAX_PACKET.saturating_sub(self.packet.len());
                if !self.skipping {
                    self.packet.extend(piece.octets.iter().take(room));
                }
                if piece.ends && !std::mem::take(&mut self.skipping) {
                    return Ok(Some(&self.packet));
                }
            }
            if !self.next_page()? {
                return Ok(None);
            }
        }
    }

    /// Goes on to the next page of the stream; false at the end.
    fn next_page(&mut self) -> Result<bool, FileError> {
        let expects_rest = self.page.pieces().last().is_some_and(|piece| !piece.ends);
        if self.page.flags.last && self.page.stream == self.stream {
            return Ok(false);
        }
        while let Some(page) = Page::read(&mut self.reader)? {
            if page.stream != self.stream {
                continue;
            }
            (self.page, self.read) = (page, 0);
            // The rest of a packet whose beginning is missing, or the beginning of one whose rest is.
            if self.page.flags.continued != expects_rest {
                self.skipping = self.page.flags.continued;
                self.packet.clear();
            }
            return Ok(true);
        }
        Ok(false)
    }
}

/// The first packet of a page, as far as it stands there.
fn first_packet(page: &Page) -> &[u8] {
    page.pieces().next().map_or(&[], |piece| piece.octets)
}
