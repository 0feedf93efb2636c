//! Ogg pages (RFC 3533 section 6).

use std::io::{self, Read, Write};

use super::{FileError, FileFormat};

/// How many segments a page holds: their number is one octet.
pub(super) const MAX_SEGMENTS: usize = 255;

/// How many octets a segment holds; a shorter one ends its packet.
const MAX_SEGMENT: usize = 255;

const HEADER_OCTETS: usize = 27;

/// What the page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// It begins with the rest of a packet.
    pub(super) continued: bool,
    /// It is the first of its stream.
    pub(super) first: bool,
    /// It is the last of its stream.
    pub(super) last: bool,
}

impl Flags {
    const CONTINUED: u8 = 1;
    const FIRST: u8 = 2;
    const LAST: u8 = 4;

    const fn from_bits(bits: u8) -> Self {
        Self {
            continued: bits & Self::CONTINUED != 0,
            first: bits & Self::FIRST != 0,
            last: bits & Self::LAST != 0,
        }
    }

    const fn bits(self) -> u8 {
        (self.continued as u8) * Self::CONTINUED
            + (self.first as u8) * Self::FIRST
            + (self.last as u8) * Self::LAST
    }
}

/// A page: some segments of packets, at a position of their stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) flags: Flags,
    /// Where the last packet that ends here ends, on the clock of the stream.
    pub(super) granule: u64,
    pub(super) stream: u32,
    pub(super) number: u32,
    segments: Vec<u8>,
    body: Vec<u8>,
}

/// A piece of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) octets: &'a [u8],
    /// Whether the packet ends with it.
    pub(super) ends: bool,
}

impl Page {
    /// The first page of a stream, without packets.
    pub(super) fn first(stream: u32) -> Self {
        let flags = Flags { first: true, ..Flags::default() };
        Self { stream, flags, ..Self::default() }
    }

    /// Reads the next page; nothing at the end of the file, which may cut a page off.
    pub(super) fn read(reader: &mut impl Read) -> Result<Option<Self>, FileError> {
        let Some((page, checksum)) = Self::read_unchecked(reader)? else { return Ok(None) };
        if page.checksum() == checksum {
            Ok(Some(page))
        } else {
            Err(FileError::Damaged(FileFormat::OggOpus, "a checksum is wrong"))
        }
    }

    /// Reads the next page and the checksum that it should have.
    pub(super) fn read_unchecked(reader: &mut impl Read) -> Result<Option<(Self, u32)>, FileError> {
        let mut header = [0; HEADER_OCTETS];
        if !read_whole(reader, &mut header)? {
            return Ok(None);
        }
        let [b'O', b'g', b'g', b'S', 0, bits, rest @ ..] = header else {
            return Err(FileError::Other(FileFormat::OggOpus));
        };
        let (granule, rest) = take::<8>(&rest);
        let (stream, rest) = take::<4>(rest);
        let (number, rest) = take::<4>(rest);
        let (checksum, rest) = take::<4>(rest);
        let mut segments = vec![0; rest.first().copied().map_or(0, usize::from)];
        let complete = read_whole(reader, &mut segments)?;
        let mut body = vec![0; segments.iter().copied().map(usize::from).sum()];
        if !complete || !read_whole(reader, &mut body)? {
            return Ok(None);
        }
        let page = Self {
            flags: Flags::from_bits(bits),
            granule: u64::from_le_bytes(granule),
            stream: u32::from_le_bytes(stream),
            number: u32::from_le_bytes(number),
            segments,
            body,
        };
        Ok(Some((page, u32::from_le_bytes(checksum))))
    }

    /// Writes the page.
    pub(super) fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        writer.write_all(&self.header(self.checksum()))?;
        writer.write_all(&self.segments)?;
        writer.write_all(&self.body)
    }

    /// Adds a whole packet; false if it finds no room.
    pub(super) fn push(&mut self, packet: &[u8]) -> bool {
        let whole = packet.len() / MAX_SEGMENT;
        let rest = u8::try_from(packet.len() % MAX_SEGMENT).unwrap_or(0);
        if self.segments.len().saturating_add(whole) >= MAX_SEGMENTS {
            return false;
        }
        self.segments.extend(std::iter::repeat_n(u8::MAX, whole));
        self.segments.push(rest);
        self.body.extend_from_slice(packet);
        true
    }

    /// Whether it holds no packet.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Makes it the page that follows, without packets.
    pub(super) fn advance(&mut self) {
        self.flags = Flags::default();
        self.number = self.number.wrapping_add(1);
        self.segments.clear();
        self.body.clear();
    }

    /// The pieces of packets in it, in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut segments = self.segments.iter().copied().peekable();
        let mut body = self.body.as_slice();
        std::iter::from_fn(move || {
            segments.peek()?;
            let (mut length, mut ends) = (0_usize, false);
            for segment in segments.by_ref() {
                length = length.saturating_add(segment.into());
                ends = usize::from(segment) < MAX_SEGMENT;
                if ends {
                    break;
                }
            }
            let (octets, rest) = body.split_at_checked(length)?;
            body = rest;
            Some(Piece { octets, ends })
        })
    }

    fn header(&self, checksum: u32) -> Vec<u8> {
        let fields: [&[u8]; 6] = [
            &[b'O', b'g', b'g', b'S', 0, self.flags.bits()],
            &self.granule.to_le_bytes(),
            &self.stream.to_le_bytes(),
            &self.number.to_le_bytes(),
            &checksum.to_le_bytes(),
            // No page has more, by `push` and by the octet it was read from.
            &[u8::try_from(self.segments.len()).unwrap_or(u8::MAX)],
        ];
        fields.concat()
    }

    fn checksum(&self) -> u32 {
        [self.header(0).as_slice(), &self.segments, &self.body]
            .iter()
            .flat_map(|octets| octets.iter())
            .fold(0, |sum, octet| (sum << 8) ^ CHECKSUMS.of(*octet ^ (sum >> 24) as u8))
    }
}

/// The checksum of each octet: polynomial 0x04c11db7, highest bit first.
struct Checksums([u32; 256]);

static CHECKSUMS: Checksums = Checksums::new();

impl Checksums {
    #[expect(clippy::indexing_slicing, reason = "an octet indexes a table of 256")]
    const fn new() -> Self {
        let mut table = [0; 256];
        let mut octet: u32 = 0;
        while octet < 256 {
            let mut sum = octet << 24;
            let mut bit = 0;
            while bit < 8 {
                sum = if sum & (1 << 31) == 0 { sum << 1 } else { (sum << 1) ^ 0x04c1_1db7 };
                bit += 1;
            }
            table[octet as usize] = sum;
            octet += 1;
        }
        Self(table)
    }

    #[expect(clippy::indexing_slicing, reason = "an octet indexes a table of 256")]
    const fn of(&self, octet: u8) -> u32 {
        self.0[octet as usize]
    }
}

/// Whether the reader had enough octets.
fn read_whole(reader: &mut impl Read, octets: &mut [u8]) -> Result<bool, FileError> {
    match reader.read_exact(octets) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The first octets, or zeros if there are too few.
fn take<const N: usize>(octets: &[u8]) -> ([u8; N], &[u8]) {
    octets.split_first_chunk().map_or(([0; N], &[]), |(first, rest)| (*first, rest))
}
