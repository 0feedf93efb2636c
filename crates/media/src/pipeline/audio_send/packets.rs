//! What goes into packets beside the sound: copies of the payloads sent last, and the mark where talk begins.

use carillon_frame::{AudioLevel, MediaTime};
use carillon_rtp::payload::red::{RedBlock, write_red};
use carillon_rtp::{AudioFormat, PayloadType};

use super::OutgoingAudio;
use crate::opus::MAX_PAYLOAD_BYTES;

/// How many payloads are kept. Two copies mend two of three losses in a row; a third costs as much and mends little more.
const KEPT: usize = 2;

/// The longest payload with copies: what fits every path beside the headers of SRTP, UDP and IPv6.
///
/// More would be lost whole where a path takes no more, less would leave out copies of music.
const MAX_PACKET_BYTES: usize = 1_200;

/// Losses, in packets of a hundred, from which one and two copies are worth their bitrate.
///
/// Below the first a decoder conceals what is missing nearly unheard; each copy adds the bitrate of the sound once more.
const ONE_COPY_FROM: u8 = 2;
const TWO_COPIES_FROM: u8 = 8;

/// How many earlier packets each packet repeats (RFC 2198): none, one or two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redundancy(u8);

impl Redundancy {
    /// Packets of Opus alone.
    pub const NONE: Self = Self(0);
    /// The packet before is repeated: twice the bitrate, and single losses mended.
    pub const ONE: Self = Self(1);
    /// The two packets before are repeated: three times the bitrate, and two losses in a row mended.
    pub const TWO: Self = Self(2);

    /// So many copies, and at most two.
    #[must_use]
    pub const fn copies(copies: u8) -> Self {
        if copies > 2 { Self::TWO } else { Self(copies) }
    }

    /// What so many lost packets of a hundred call for.
    #[must_use]
    pub const fn against(lost_percent: u8) -> Self {
        match lost_percent {
            TWO_COPIES_FROM.. => Self::TWO,
            ONE_COPY_FROM.. => Self::ONE,
            _ => Self::NONE,
        }
    }

    /// How many copies.
    #[must_use]
    pub const fn count(self) -> u8 {
        self.0
    }
}

/// A payload and when its sound began.
#[derive(Debug)]
struct Sent {
    timestamp: Option<MediaTime>,
    payload: Vec<u8>,
}

impl Default for Sent {
    fn default() -> Self {
        Self { timestamp: None, payload: Vec::with_capacity(MAX_PAYLOAD_BYTES) }
    }
}

/// Makes packets of payloads, and keeps the last ones to repeat them.
#[derive(Debug)]
pub(super) struct Packets {
    opus: PayloadType,
    redundancy: Redundancy,
    /// Whether nothing was sent just before.
    silent: bool,
    /// The last payloads, oldest first.
    sent: [Sent; KEPT],
    packet: Vec<u8>,
}

impl Packets {
    pub(super) fn new(opus: PayloadType, redundancy: Redundancy) -> Self {
        // A payload that leaves no room for a copy still gets the octet that says so.
        let packet = Vec::with_capacity(MAX_PACKET_BYTES.max(MAX_PAYLOAD_BYTES) + 1);
        Self { opus, redundancy, silent: true, sent: Default::default(), packet }
    }

    pub(super) const fn set_redundancy(&mut self, redundancy: Redundancy) {
        self.redundancy = redundancy;
    }

    /// Takes note that a frame is not sent.
    pub(super) const fn skip_silence(&mut self) {
        self.silent = true;
    }

    /// The packet that carries `payload`.
    pub(super) fn outgoing(
        &mut self,
        timestamp: MediaTime,
        payload: &[u8],
        level: AudioLevel,
    ) -> OutgoingAudio<'_> {
        let format = self.join(timestamp, payload);
        self.sent.rotate_left(1);
        if let Some(newest) = self.sent.last_mut() {
            newest.timestamp = Some(timestamp);
            newest.payload.clear();
            newest.payload.extend_from_slice(payload);
        }
        let starts_talking = std::mem::take(&mut self.silent);
        OutgoingAudio { format, payload: &self.packet, timestamp, level, starts_talking }
    }

    fn join(&mut self, timestamp: MediaTime, payload: &[u8]) -> AudioFormat {
        self.packet.clear();
        if self.redundancy == Redundancy::NONE {
            self.packet.extend_from_slice(payload);
            return AudioFormat::Opus;
        }
        let wanted = usize::from(self.redundancy.count());
        let copies = self.sent.each_ref().map(|sent| sent.block(self.opus, timestamp));
        let copies = copies.into_iter().skip(KEPT.saturating_sub(wanted)).flatten();
        let primary = RedBlock { payload_type: self.opus, timestamp_offset: 0, payload };
        write_red(copies, primary, MAX_PACKET_BYTES, &mut self.packet);
        AudioFormat::Red
    }
}

impl Sent {
    /// A copy as it stands in a packet of `timestamp`; none where a header cannot say how old it is.
    fn block(&self, payload_type: PayloadType, timestamp: MediaTime) -> Option<RedBlock<'_>> {
        let offset = timestamp.distance_from(self.timestamp?);
        let timestamp_offset = u16::try_from(offset).ok()?;
        Some(RedBlock { payload_type, timestamp_offset, payload: &self.payload })
    }
}
