//! What goes into a jitter buffer, and what comes out.

use carillon_frame::{MediaTime, SeqNo};

/// What an RTP packet carries, and when it is to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedPayload<'a> {
    /// The sequence number of the packet.
    pub seq: SeqNo,
    /// When the sound begins, by the sender's 48 kHz clock.
    pub timestamp: MediaTime,
    /// How long it lasts.
    pub ticks: u32,
    /// Whether the payload carries a coarse copy of the sound before.
    pub repeats: bool,
    /// The codec's payload.
    pub payload: &'a [u8],
}

/// What is to be played next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playout<'a> {
    /// A payload to decode.
    Packet(TimedPayload<'a>),
    /// A packet is lost, and this payload of the one after it may repeat it.
    Fec {
        /// The payload after the lost one; it comes again as [`Playout::Packet`].
        next_payload: &'a [u8],
        /// How long the lost sound lasted.
        ticks: u32,
    },
    /// Sound is missing: conceal so much of it.
    Conceal {
        /// How long to go on without a packet: 120 to 960.
        ticks: u32,
    },
    /// The sender is silent: nothing to be heard this time.
    Empty,
}

/// What a jitter buffer went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets that came after their place was played.
    pub late: u64,
    /// Packets whose number or time was there already.
    pub duplicates: u64,
    /// Lost packets of which a redundant copy came in time.
    pub restored: u64,
    /// Times that sound was missing when it was to be played, repaired or not.
    pub missing: u64,
    /// Packets left out because the buffer was too deep.
    pub skipped: u64,
    /// Times the sender's numbering began anew.
    pub restarts: u64,
    /// Packets that were taken at all, late ones and duplicates among them.
    pub arrived: u64,
    /// Packets that the sender's numbering promised.
    pub expected: u64,
}
