//! Packets sent once more: what is kept for it, and how it travels (RFC 4588).

use std::collections::VecDeque;

use carillon_frame::{SeqNo, Ssrc};

use crate::{ExtensionElement, PayloadType, RtpHeader, RtpPacket, VideoFormat};

/// The most octets of packets that are kept of one stream.
///
/// It is half a second at 2 Mb/s, which is several round trips, and all viewers share it. Less could
/// not repair the paths of distant viewers, nor let viewers begin with a key frame that has passed;
/// more costs memory for every stream that is watched.
pub const MAX_RECENT_OCTETS: usize = 128 * 1024;

/// The most packets that are kept of one stream.
///
/// Small packets would otherwise cost more to look through than they hold; more helps only streams
/// of tiny packets.
pub const MAX_RECENT_PACKETS: usize = 512;

/// The octets in front of the original payload: its number (RFC 4588 section 4).
const ORIGINAL_SEQ_SIZE: usize = 2;

/// The last packets of one stream, kept in one piece of memory.
#[derive(Clone, Debug)]
pub struct RecentPackets {
    octets: Box<[u8]>,
    write_at: usize,
    /// In the order they were written.
    entries: VecDeque<Entry>,
    scratch: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    ssrc: Ssrc,
    seq: SeqNo,
    format: VideoFormat,
    at: usize,
    len: usize,
}

impl Entry {
    const fn end(&self) -> usize {
        self.at.saturating_add(self.len)
    }
}

impl Default for RecentPackets {
    fn default() -> Self {
        Self {
            octets: vec![0; MAX_RECENT_OCTETS].into(),
            write_at: 0,
            entries: VecDeque::with_capacity(MAX_RECENT_PACKETS),
            scratch: Vec::with_capacity(2_048),
        }
    }
}

impl RecentPackets {
    /// Keeps a copy of a packet, in the place of those that were kept longest.
    pub fn insert(&mut self, format: VideoFormat, packet: &RtpPacket<'_>) {
        self.scratch.clear();
        packet.write(&mut self.scratch);
        let len = self.scratch.len();
        let at = self.make_room(len);
        let room = self.octets.get_mut(at..at.saturating_add(len));
        let Some(room) = room else { return };
        room.copy_from_slice(&self.scratch);
        self.write_at = at.saturating_add(len);
        let (ssrc, seq) = (packet.ssrc(), packet.seq());
        self.entries.push_back(Entry { ssrc, seq, format, at, len });
    }

    /// The packet of a stream with this number, if it is still here.
    #[must_use]
    pub fn get(&self, ssrc: Ssrc, seq: SeqNo) -> Option<(VideoFormat, RtpPacket<'_>)> {
        let is_wanted = |entry: &&Entry| entry.seq == seq && entry.ssrc == ssrc;
        self.read(self.entries.iter().rev().find(is_wanted)?)
    }

    /// The packets of a stream from this one on, which comes first, and the others as they were kept; none if it is not
    /// here any more.
    pub fn since(
        &self,
        ssrc: Ssrc,
        first: SeqNo,
    ) -> impl Iterator<Item = (VideoFormat, RtpPacket<'_>)> {
        let beginning = self.get(ssrc, first);
        let is_later =
            move |entry: &&Entry| entry.ssrc == ssrc && entry.seq.distance_from(first) > 0;
        let later = self.entries.iter().filter(is_later).filter_map(|entry| self.read(entry));
        let here = beginning.is_some();
        beginning.into_iter().chain(later.filter(move |_| here))
    }

    fn read(&self, entry: &Entry) -> Option<(VideoFormat, RtpPacket<'_>)> {
        let packet = RtpPacket::parse(self.octets.get(entry.at..entry.end())?).ok()?;
        Some((entry.format, packet))
    }

    /// Lets go of what stands where the next `len` octets go, and says where that is.
    fn make_room(&mut self, len: usize) -> usize {
        let mut at = self.write_at;
        if at.saturating_add(len) > self.octets.len() {
            while self.entries.front().is_some_and(|oldest| oldest.at >= at) {
                self.entries.pop_front();
            }
            at = 0;
        }
        let end = at.saturating_add(len);
        let full = self.entries.len() >= MAX_RECENT_PACKETS;
        if full {
            self.entries.pop_front();
        }
        while self.entries.front().is_some_and(|oldest| oldest.at < end && at < oldest.end()) {
            self.entries.pop_front();
        }
        at
    }
}

/// Appends the header of a packet that carries the packet `original` once more; the original payload
/// goes behind it.
pub fn write_repair_header(
    header: &RtpHeader,
    extensions: &[ExtensionElement<'_>],
    original: SeqNo,
    out: &mut Vec<u8>,
) {
    header.write(extensions, out);
    out.extend_from_slice(&original.0.to_be_bytes());
}

/// The packet of the stream `media` that `repair` carries once more; nothing for a mere probe.
///
/// The payload type is the one that the SDP associates with the repair's own.
#[must_use]
pub fn unwrap_repair<'a>(
    repair: &RtpPacket<'a>,
    media: Ssrc,
    payload_type: PayloadType,
) -> Option<RtpPacket<'a>> {
    let (original, payload) = repair.payload().split_first_chunk::<ORIGINAL_SEQ_SIZE>()?;
    let seq = SeqNo(u16::from_be_bytes(*original));
    Some(repair.with(RtpHeader { payload_type, seq, ssrc: media, ..*repair.header() }, payload))
}

#[cfg(test)]
mod tests {
    use carillon_frame::MediaTime;
    use proptest::prelude::*;

    use super::*;
    use crate::ExtensionId;

    fn bytes(seq: u16, size: usize) -> Vec<u8> {
        let header = RtpHeader {
            payload_type: PayloadType::new(96).unwrap(),
            seq: SeqNo(seq),
            timestamp: MediaTime(u32::from(seq)),
            ssrc: Ssrc(7),
            marker: seq % 4 == 3,
        };
        let id = ExtensionId::new(3).unwrap();
        let mut bytes = Vec::new();
        header.write(&[ExtensionElement { id, value: &seq.to_be_bytes() }], &mut bytes);
        bytes.resize(bytes.len() + size, (seq & 0xff) as u8);
        bytes
    }

    fn insert(recent: &mut RecentPackets, seq: u16, size: usize) {
        recent.insert(VideoFormat::Vp8, &RtpPacket::parse(&bytes(seq, size)).unwrap());
    }

    #[test]
    fn what_is_kept_reads_as_it_came() {
        let mut recent = RecentPackets::default();
        insert(&mut recent, 1, 900);
        insert(&mut recent, 2, 10);
        let (format, packet) = recent.get(Ssrc(7), SeqNo(1)).unwrap();
        let original = bytes(1, 900);
        let original = RtpPacket::parse(&original).unwrap();
        assert_eq!(format, VideoFormat::Vp8);
        assert_eq!(packet.header(), original.header());
        assert_eq!(packet.payload(), original.payload());
        assert!(packet.extensions().into_iter().eq(original.extensions()));
        assert!(recent.get(Ssrc(7), SeqNo(3)).is_none());
        assert!(recent.get(Ssrc(8), SeqNo(1)).is_none());
    }

    #[test]
    fn the_oldest_make_room_for_the_latest() {
        let mut recent = RecentPackets::default();
        for seq in 0..10_000 {
            insert(&mut recent, seq, 1_000);
        }
        let kept = MAX_RECENT_OCTETS / 1_020;
        let kept = u16::try_from(kept).unwrap();
        assert!(recent.get(Ssrc(7), SeqNo(10_000 - kept)).is_some());
        assert!(recent.get(Ssrc(7), SeqNo(9_999 - kept)).is_none());
        for seq in 10_000..11_000 {
            insert(&mut recent, seq, 1);
        }
        assert!(recent.get(Ssrc(7), SeqNo(11_000 - 512)).is_some());
        assert!(recent.get(Ssrc(7), SeqNo(10_999 - 512)).is_none());
    }

    #[test]
    fn a_run_begins_with_its_first_packet_however_late_that_came() {
        let mut recent = RecentPackets::default();
        for seq in [9, 11, 12, 10, 13] {
            insert(&mut recent, seq, 10);
        }
        let run = |recent: &RecentPackets, first| -> Vec<u16> {
            recent.since(Ssrc(7), SeqNo(first)).map(|(_, packet)| packet.seq().0).collect()
        };
        assert_eq!(run(&recent, 10), [10, 11, 12, 13]);
        assert_eq!(run(&recent, 8), []);
        assert_eq!(recent.since(Ssrc(8), SeqNo(10)).count(), 0);
    }

    #[test]
    fn a_packet_larger_than_all_the_memory_is_not_kept() {
        let mut recent = RecentPackets::default();
        insert(&mut recent, 1, MAX_RECENT_OCTETS);
        assert!(recent.get(Ssrc(7), SeqNo(1)).is_none());
        insert(&mut recent, 2, 10);
        assert!(recent.get(Ssrc(7), SeqNo(2)).is_some());
    }

    /// RFC 4588 section 4: the original number in two octets, then the original payload.
    #[test]
    fn a_repair_carries_number_and_payload() {
        let header = RtpHeader {
            payload_type: PayloadType::new(97).unwrap(),
            seq: SeqNo(500),
            timestamp: MediaTime(9_000),
            ssrc: Ssrc(8),
            marker: true,
        };
        let mut out = Vec::new();
        write_repair_header(&header, &[], SeqNo(0x1234), &mut out);
        out.extend_from_slice(b"payload");
        assert_eq!(out[12..], *b"\x12\x34payload");
        let repair = RtpPacket::parse(&out).unwrap();
        let packet = unwrap_repair(&repair, Ssrc(7), PayloadType::new(96).unwrap()).unwrap();
        assert_eq!((packet.ssrc(), packet.seq()), (Ssrc(7), SeqNo(0x1234)));
        assert_eq!((packet.timestamp(), packet.marker()), (MediaTime(9_000), true));
        assert_eq!(packet.payload_type().number(), 96);
        assert_eq!(packet.payload(), b"payload");
    }

    #[test]
    fn a_probe_carries_nothing() {
        let mut out = bytes(1, 1);
        let probe = RtpPacket::parse(&out).unwrap();
        assert!(unwrap_repair(&probe, Ssrc(7), probe.payload_type()).is_none());
        out.pop();
        let probe = RtpPacket::parse(&out).unwrap();
        assert!(unwrap_repair(&probe, Ssrc(7), probe.payload_type()).is_none());
    }

    proptest! {
        #[test]
        fn whatever_is_found_is_whole(
            sizes in prop::collection::vec(prop_oneof![0_usize..1_500, 20_000_usize..70_000], 1..300),
        ) {
            let mut recent = RecentPackets::default();
            for (seq, size) in (0_u16..).zip(&sizes) {
                insert(&mut recent, seq, *size);
                let newest = recent.get(Ssrc(7), SeqNo(seq));
                prop_assert_eq!(newest.is_some(), size + 20 <= MAX_RECENT_OCTETS);
            }
            let mut kept = 0;
            for (seq, size) in (0_u16..).zip(&sizes) {
                if let Some((_, packet)) = recent.get(Ssrc(7), SeqNo(seq)) {
                    kept += packet.size();
                    prop_assert_eq!(packet.payload(), &vec![(seq & 0xff) as u8; *size]);
                }
            }
            prop_assert!(kept <= MAX_RECENT_OCTETS);
        }
    }
}
