//! Packets that came before those in front of them.

use std::collections::VecDeque;

use carillon_frame::MediaTime;

use super::VideoPacket;

/// How far ahead of the first missing packet others are kept: half a second at 10 Mb/s.
///
/// Less gives a busy stream up too soon; each packet more may hold 1.2 kB.
pub(super) const WINDOW: u64 = 512;

/// The longest payload that is kept: any datagram's.
const MAX_PAYLOAD: usize = 65_535;

/// How many empty buffers are kept for later packets: a key frame's worth, so that a running stream allocates nothing.
const MAX_SPARE: usize = 64;

/// A packet that waits for its turn.
#[derive(Debug)]
pub(super) struct Packet {
    seq: u64,
    pub(super) timestamp: MediaTime,
    pub(super) marker: bool,
    pub(super) payload: Vec<u8>,
}

/// Packets in order of their numbers, no more than [`WINDOW`] apart; beyond that the oldest are dropped.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    packets: VecDeque<Packet>,
    spare: Vec<Vec<u8>>,
}

impl Waiting {
    /// Keeps a packet; false if it is there already.
    pub(super) fn insert(&mut self, seq: u64, packet: VideoPacket<'_>) -> bool {
        let at = self.packets.partition_point(|other| other.seq < seq);
        if self.packets.get(at).is_some_and(|other| other.seq == seq)
            || packet.payload.len() > MAX_PAYLOAD
        {
            return false;
        }
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.clear();
        payload.extend_from_slice(packet.payload);
        let VideoPacket { timestamp, marker, .. } = packet;
        self.packets.insert(at, Packet { seq, timestamp, marker, payload });
        let highest = self.packets.back().map_or(0, |last| last.seq);
        self.drop_before(highest.saturating_sub(WINDOW - 1));
        true
    }

    /// Takes the packet with that number, if it is the first.
    pub(super) fn take(&mut self, seq: u64) -> Option<Packet> {
        self.packets.pop_front_if(|packet| packet.seq == seq)
    }

    /// Puts a packet back that was taken last.
    pub(super) fn put_back(&mut self, packet: Packet) {
        self.packets.push_front(packet);
    }

    /// The number of the first packet that is wanted.
    pub(super) fn first(&self, is_wanted: impl Fn(&Packet) -> bool) -> Option<u64> {
        self.packets.iter().find(|packet| is_wanted(packet)).map(|packet| packet.seq)
    }

    /// Whether all packets of one picture are there, from that number to its marker.
    pub(super) fn is_whole(&self, start: u64) -> bool {
        let from_start = self.packets.iter().skip_while(|packet| packet.seq < start);
        (start..)
            .zip(from_start)
            .take_while(|(seq, packet)| packet.seq == *seq)
            .any(|(_, packet)| packet.marker)
    }

    /// Drops the packets in front of that number.
    pub(super) fn drop_before(&mut self, seq: u64) {
        while let Some(packet) = self.packets.pop_front_if(|packet| packet.seq < seq) {
            self.recycle(packet);
        }
    }

    /// Drops all packets.
    pub(super) fn clear(&mut self) {
        self.drop_before(u64::MAX);
    }

    /// Takes back the buffer of a packet that is done with.
    pub(super) fn recycle(&mut self, packet: Packet) {
        if self.spare.len() < MAX_SPARE {
            self.spare.push(packet.payload);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }
}
