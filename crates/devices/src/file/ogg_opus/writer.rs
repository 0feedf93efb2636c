//! Packets into an Ogg Opus file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use carillon_frame::{EncodedAudio, MediaTime, SAMPLE_RATE};
use carillon_rtp::payload::opus::OpusPacket;

use super::head::{PRE_SKIP, write_head, write_tags};
use crate::file::ogg::Page;
use crate::file::{FileError, Writer};

/// How many ticks a page holds: what a killed process loses at most, a second (RFC 7845 section 6 allows no more).
const PAGE_TICKS: u64 = SAMPLE_RATE.hz() as u64;

/// The longest gap that is kept: ten minutes, 60 kB of packets that say nothing.
///
/// A longer one is rather a stream that began anew; it goes on without a gap.
const MAX_GAP: i32 = 10 * 60 * SAMPLE_RATE.hz().cast_signed();

/// All bits of a packet's first octet but those that count its frames (RFC 6716 section 3.1).
const ONE_FRAME: u8 = !0x03;

/// Any number tells the only stream of a file from others.
const STREAM: u32 = 1;

/// Writes Opus packets.
///
/// Where timestamps jump, packets without sound are put in, which a decoder conceals (RFC 7845 section 4.1): what was
/// said a minute in is heard a minute in. Packets that come late are left out.
#[derive(Debug)]
pub struct OggOpusWriter<W> {
    writer: W,
    /// The page that is being filled.
    page: Page,
    /// How many ticks it holds.
    held: u64,
    /// When the next packet is due, by the clock of the stream.
    due: Option<MediaTime>,
    finished: bool,
}

impl OggOpusWriter<BufWriter<File>> {
    /// Makes a file, in place of one that was there.
    ///
    /// # Errors
    ///
    /// When it cannot be made or written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Self::new(BufWriter::new(File::create(path)?))
    }
}

impl<W: Write> OggOpusWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn new(writer: W) -> Result<Self, FileError> {
        let page = Page::first(STREAM);
        let mut new = Self { writer, page, held: 0, due: None, finished: false };
        // Each header has a page of its own (RFC 7845 section 3).
        for header in [write_head(), write_tags()] {
            new.page.push(&header);
            new.flush()?;
        }
        new.page.granule = PRE_SKIP.into();
        Ok(new)
    }

    /// Writes the page, and begins the next.
    fn flush(&mut self) -> Result<(), FileError> {
        self.page.write(&mut self.writer)?;
        self.writer.flush()?;
        self.page.advance();
        self.held = 0;
        Ok(())
    }

    /// Adds a packet behind those that are there.
    fn push(&mut self, packet: &[u8], ticks: u32) -> Result<(), FileError> {
        let ticks = u64::from(ticks);
        if self.held.saturating_add(ticks) > PAGE_TICKS && !self.page.is_empty() {
            self.flush()?;
        }
        if !self.page.push(packet) {
            self.flush()?;
            if !self.page.push(packet) {
                // Longer than any encoder makes one: the decoder shall conceal it.
                self.page.push(&[packet.first().copied().unwrap_or_default() & ONE_FRAME]);
            }
        }
        self.held = self.held.saturating_add(ticks);
        self.page.granule = self.page.granule.saturating_add(ticks);
        Ok(())
    }

    /// Puts packets without sound where some are missing, of the kind of the one behind them.
    fn fill(&mut self, gap: u32, like: &OpusPacket, first_octet: u8) -> Result<(), FileError> {
        for _ in 0..gap.checked_div(like.frame_ticks).unwrap_or(0) {
            self.push(&[first_octet & ONE_FRAME], like.frame_ticks)?;
        }
        Ok(())
    }
}

impl<W: Write> Writer<EncodedAudio> for OggOpusWriter<W> {
    fn write(&mut self, item: &EncodedAudio) -> Result<(), FileError> {
        let (Some(packet), Some(first)) = (OpusPacket::parse(&item.payload), item.payload.first())
        else {
            return Ok(());
        };
        let gap = self.due.map_or(0, |due| item.timestamp.distance_from(due));
        if (-MAX_GAP..0).contains(&gap) {
            return Ok(());
        }
        if let Ok(gap) = u32::try_from(gap)
            && gap <= MAX_GAP.unsigned_abs()
        {
            self.fill(gap, &packet, *first)?;
        }
        self.push(&item.payload, packet.ticks())?;
        self.due = Some(item.timestamp.wrapping_add(packet.ticks()));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FileError> {
        if std::mem::replace(&mut self.finished, true) {
            return Ok(());
        }
        self.page.flags.last = true;
        self.flush()
    }
}
