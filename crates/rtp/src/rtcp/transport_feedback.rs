//! When the packets of a transport arrived
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).

use carillon_frame::{SeqNo, Ssrc};
use rtc_rtcp::transport_feedbacks::transport_layer_cc::{
    PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, StatusVectorChunk,
    SymbolSizeTypeTcc, SymbolTypeTcc, TransportLayerCc,
};

/// What one unit of an [`ArrivalDelta`] is in microseconds.
const MICROSECONDS_PER_TICK: i64 = 250;

/// How many two-bit symbols fit a status vector chunk (section 3.1.4).
const SYMBOLS_PER_VECTOR: usize = 7;

/// The longest run that a run length chunk announces in its 13 bits (section 3.1.3).
const MAX_RUN: usize = 8_191;

/// How long after the packet before it a packet arrived, in 250 µs; negative when they changed places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArrivalDelta(pub i16);

/// When the packets of a transport arrived, by their transport-wide sequence numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportFeedback {
    /// Who received them.
    pub sender: Ssrc,
    /// Any stream of the transport.
    pub media: Ssrc,
    /// The first packet reported about.
    pub base: SeqNo,
    /// What the first delta counts from, in 64 ms of the receiver's clock, 24 bits.
    pub reference_time: u32,
    /// Which feedback this is, so that the other side notices a lost one.
    pub count: u8,
    /// One entry per packet from [`base`](Self::base) on, empty if it has not arrived.
    ///
    /// A delta counts from the nearest arrived packet before it in this list.
    /// More than 65,535 entries cannot be written.
    pub arrivals: Vec<Option<ArrivalDelta>>,
}

impl TransportFeedback {
    pub(super) fn from_wire(wire: &TransportLayerCc) -> Self {
        let mut deltas = wire.recv_deltas.iter();
        let statuses = wire.packet_chunks.iter().flat_map(symbols);
        let arrivals = statuses.take(usize::from(wire.packet_status_count)).map(|status| {
            let arrived = match status {
                SymbolTypeTcc::PacketReceivedSmallDelta
                | SymbolTypeTcc::PacketReceivedLargeDelta => deltas.next(),
                SymbolTypeTcc::PacketNotReceived | SymbolTypeTcc::PacketReceivedWithoutDelta => {
                    None
                }
            };
            let ticks = arrived?.delta.checked_div(MICROSECONDS_PER_TICK)?;
            i16::try_from(ticks).ok().map(ArrivalDelta)
        });
        Self {
            sender: Ssrc(wire.sender_ssrc),
            media: Ssrc(wire.media_ssrc),
            base: SeqNo(wire.base_sequence_number),
            reference_time: wire.reference_time,
            count: wire.fb_pkt_count,
            arrivals: arrivals.collect(),
        }
    }

    pub(super) fn to_wire(&self) -> TransportLayerCc {
        let count = u16::try_from(self.arrivals.len()).unwrap_or(u16::MAX);
        let arrivals = self.arrivals.get(..usize::from(count)).unwrap_or_default();
        TransportLayerCc {
            sender_ssrc: self.sender.0,
            media_ssrc: self.media.0,
            base_sequence_number: self.base.0,
            packet_status_count: count,
            reference_time: self.reference_time & 0x00ff_ffff,
            fb_pkt_count: self.count,
            packet_chunks: chunks(arrivals),
            recv_deltas: arrivals.iter().flatten().copied().map(wire_delta).collect(),
        }
    }
}

fn symbols(chunk: &PacketStatusChunk) -> Box<dyn Iterator<Item = SymbolTypeTcc> + '_> {
    match chunk {
        PacketStatusChunk::RunLengthChunk(run) => {
            Box::new(std::iter::repeat_n(run.packet_status_symbol, usize::from(run.run_length)))
        }
        PacketStatusChunk::StatusVectorChunk(vector) => {
            Box::new(vector.symbol_list.iter().copied())
        }
    }
}

const fn symbol(arrival: Option<ArrivalDelta>) -> SymbolTypeTcc {
    match arrival {
        None => SymbolTypeTcc::PacketNotReceived,
        Some(ArrivalDelta(0..=255)) => SymbolTypeTcc::PacketReceivedSmallDelta,
        Some(ArrivalDelta(_)) => SymbolTypeTcc::PacketReceivedLargeDelta,
    }
}

fn wire_delta(delta: ArrivalDelta) -> RecvDelta {
    RecvDelta {
        type_tcc_packet: symbol(Some(delta)),
        delta: i64::from(delta.0).saturating_mul(MICROSECONDS_PER_TICK),
    }
}

/// Says runs that a vector could not hold as a run, and all else in vectors of two-bit symbols.
fn chunks(mut arrivals: &[Option<ArrivalDelta>]) -> Vec<PacketStatusChunk> {
    let mut chunks = Vec::new();
    while let Some(first) = arrivals.first().copied().map(symbol) {
        let run = arrivals.iter().take(MAX_RUN).take_while(|next| symbol(**next) == first).count();
        let (chunk, covered) = if run > SYMBOLS_PER_VECTOR || run == arrivals.len() {
            (run_chunk(first, run), run)
        } else {
            (vector_chunk(arrivals), SYMBOLS_PER_VECTOR)
        };
        chunks.push(chunk);
        arrivals = arrivals.get(covered..).unwrap_or_default();
    }
    chunks
}

fn run_chunk(packet_status_symbol: SymbolTypeTcc, run: usize) -> PacketStatusChunk {
    PacketStatusChunk::RunLengthChunk(RunLengthChunk {
        type_tcc: StatusChunkTypeTcc::RunLengthChunk,
        packet_status_symbol,
        run_length: u16::try_from(run).expect("a run has at most 8,191 packets"),
    })
}

fn vector_chunk(arrivals: &[Option<ArrivalDelta>]) -> PacketStatusChunk {
    let filled = arrivals.iter().copied().chain(std::iter::repeat(None));
    PacketStatusChunk::StatusVectorChunk(StatusVectorChunk {
        type_tcc: StatusChunkTypeTcc::StatusVectorChunk,
        symbol_size: SymbolSizeTypeTcc::TwoBit,
        symbol_list: filled.map(symbol).take(SYMBOLS_PER_VECTOR).collect(),
    })
}
