use std::io::Cursor;

use bytes::Bytes;
use carillon_frame::{Captured, EncodedAudio, EncodedAudioSource as _, MediaTime};
use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};
use proptest::prelude::*;

use super::head::{write_head, write_tags};
use super::*;
use crate::file::{FileError, Repeat, Writer as _};

/// A packet of 20 ms in fullband CELT, with contents of this length.
fn sound(n: u8, length: usize) -> Vec<u8> {
    [vec![0xf8], vec![n; length]].concat()
}

fn packet(n: u8, timestamp: u32, length: usize) -> EncodedAudio {
    let payload = Bytes::from(sound(n, length));
    EncodedAudio { payload, timestamp: MediaTime(timestamp), ticks: 960 }
}

fn written(packets: &[EncodedAudio]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = OggOpusWriter::new(&mut file).unwrap();
    for packet in packets {
        writer.write(packet).unwrap();
    }
    writer.finish().unwrap();
    file
}

/// A file as the oracle writes it.
fn oracle(packets: &[(&[u8], PacketWriteEndInfo)]) -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new());
    for (n, (packet, end)) in packets.iter().enumerate() {
        let granule = n as u64 * 960;
        writer.write_packet(packet.to_vec(), 9, *end, granule).unwrap();
    }
    writer.into_inner()
}

fn source(file: Vec<u8>, repeat: Repeat) -> OggOpusSource<Cursor<Vec<u8>>> {
    OggOpusSource::new(Cursor::new(file), repeat).unwrap()
}

fn read(file: Vec<u8>, repeat: Repeat, most: usize) -> Vec<Captured<EncodedAudio>> {
    let mut source = source(file, repeat);
    (0..most).map(|_| source.next_packet()).collect()
}

#[test]
fn another_reader_finds_headers_packets_and_positions() {
    let packets: Vec<_> = (0..60).map(|n| packet(n, u32::from(n) * 960 + 7, 40)).collect();
    let mut reader = PacketReader::new(Cursor::new(written(&packets)));
    let head = reader.read_packet_expected().unwrap();
    assert!(head.first_in_stream() && head.last_in_page());
    assert_eq!(&head.data[..12], b"OpusHead\x01\x01\x38\x01");
    assert_eq!((head.data.len(), head.absgp_page()), (19, 0));
    let tags = reader.read_packet_expected().unwrap();
    assert!(tags.data.starts_with(b"OpusTags\x08\x00\x00\x00Carillon") && tags.last_in_page());
    let mut ends = Vec::new();
    for n in 0..60 {
        let packet = reader.read_packet_expected().unwrap();
        assert_eq!(packet.data, sound(n, 40));
        if packet.last_in_page() {
            ends.push(packet.absgp_page());
        }
        assert_eq!(packet.last_in_stream(), n == 59);
    }
    // A page a second, then the rest.
    assert_eq!(ends, [312 + 48_000, 312 + 60 * 960]);
    assert!(reader.read_packet().unwrap().is_none());
}

#[test]
fn what_was_written_is_read_back_at_its_pace() {
    let packets: Vec<_> = (0..120).map(|n| packet(n, u32::from(n) * 960, 700)).collect();
    let back = read(written(&packets), Repeat::Once, 122);
    let expected: Vec<_> = packets.into_iter().map(Captured::Frame).collect();
    assert_eq!(back[..120], expected);
    assert_eq!(back[120..], [Captured::Ended, Captured::Ended]);
}

#[test]
fn long_packets_come_when_they_are_due_and_timestamps_go_on_when_the_file_repeats() {
    // Three frames of 20 ms in one packet.
    let long = [0xfb, 3, 1, 2, 3];
    let file = oracle(&[
        (&write_head(), PacketWriteEndInfo::EndPage),
        (&write_tags(), PacketWriteEndInfo::EndPage),
        (&long, PacketWriteEndInfo::EndStream),
    ]);
    let came: Vec<_> = read(file, Repeat::Forever, 7)
        .into_iter()
        .map(|captured| match captured {
            Captured::Frame(packet) => Some((packet.timestamp.0, packet.ticks)),
            Captured::Nothing => None,
            Captured::Ended => panic!("it repeats"),
        })
        .collect();
    let (first, second, third) = (Some((0, 2_880)), Some((2_880, 2_880)), Some((5_760, 2_880)));
    assert_eq!(came, [first, None, None, second, None, None, third]);
}

#[test]
fn a_packet_across_pages_is_put_together_and_a_huge_one_is_no_harm() {
    let (long, huge) = (sound(1, 60_000), vec![0xf8; 300_000]);
    let file = oracle(&[
        (&write_head(), PacketWriteEndInfo::EndPage),
        (&vec![b'O'; 200_000], PacketWriteEndInfo::EndPage),
        (&sound(0, 10), PacketWriteEndInfo::NormalPacket),
        (&long, PacketWriteEndInfo::NormalPacket),
        (&huge, PacketWriteEndInfo::NormalPacket),
        (&sound(2, 10), PacketWriteEndInfo::EndStream),
    ]);
    let lengths: Vec<_> = read(file, Repeat::Once, 6)
        .into_iter()
        .filter_map(|captured| match captured {
            Captured::Frame(packet) => Some(packet.payload.len()),
            Captured::Nothing | Captured::Ended => None,
        })
        .collect();
    assert_eq!(lengths[lengths.len() - 4..], [11, 60_001, 61_440, 11]);
}

#[test]
fn gaps_keep_their_length_and_late_packets_are_left_out() {
    let packets =
        [packet(1, 0, 9), packet(2, 960 * 4, 9), packet(3, 960, 9), packet(4, 960 * 5, 9)];
    let back = read(written(&packets), Repeat::Once, 7);
    let payloads: Vec<_> = back
        .into_iter()
        .map(|captured| match captured {
            Captured::Frame(packet) => packet.payload.to_vec(),
            Captured::Nothing | Captured::Ended => Vec::new(),
        })
        .collect();
    let nothing = vec![0xf8];
    let expected = [
        sound(1, 9),
        nothing.clone(),
        nothing.clone(),
        nothing,
        sound(2, 9),
        sound(4, 9),
        Vec::new(),
    ];
    assert_eq!(payloads, expected);
}

#[test]
fn a_stream_that_begins_anew_goes_on_without_a_gap() {
    let packets = [packet(1, 5, 9), packet(2, 3_000_000_000, 9), packet(3, 3_000_000_960, 9)];
    let back = read(written(&packets), Repeat::Once, 4);
    assert_eq!(back.iter().filter(|c| matches!(c, Captured::Frame(_))).count(), 3);
}

#[test]
fn a_killed_writer_leaves_all_but_the_last_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.opus");
    let mut writer = OggOpusWriter::create(&path).unwrap();
    for n in 0..149 {
        writer.write(&packet(n, u32::from(n) * 960, 80)).unwrap();
    }
    let back = read(std::fs::read(&path).unwrap(), Repeat::Once, 150);
    assert_eq!(back.iter().filter(|c| matches!(c, Captured::Frame(_))).count(), 100);
    // A process that is killed runs no destructor.
    std::mem::forget(writer);
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let error =
        |file: Vec<u8>| OggOpusSource::new(Cursor::new(file), Repeat::Once).map(drop).unwrap_err();
    assert!(matches!(error(Vec::new()), FileError::Other(_)));
    assert!(matches!(error(vec![b'R'; 100]), FileError::Other(_)));
    let file = |head: &[u8]| oracle(&[(head, PacketWriteEndInfo::EndStream)]);
    assert!(matches!(error(file(b"\x01vorbis")), FileError::Other(_)));
    assert!(matches!(error(file(b"OpusHead\x01")), FileError::Damaged(..)));
    let mut surround = write_head();
    surround[18] = 1;
    assert!(matches!(error(file(&surround)), FileError::Unsupported(..)));
    let mut flipped = file(&write_head());
    flipped[30] ^= 1;
    assert!(matches!(error(flipped), FileError::Damaged(..)));
}

#[test]
fn a_file_without_a_packet_ends_even_if_it_repeats() {
    assert_eq!(source(written(&[]), Repeat::Forever).next_packet(), Captured::Ended);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(
        at in 0_usize..400,
        octets in prop::collection::vec(any::<u8>(), 0..40),
        flags in any::<u8>(),
        repeat in any::<bool>(),
    ) {
        let packets: Vec<_> = (0..8).map(|n| packet(n, u32::from(n) * 960, 40)).collect();
        let mut file = written(&packets);
        let end = file.len();
        for (to, from) in file[at.min(end)..].iter_mut().zip(&octets) {
            *to = *from;
        }
        // Damage behind right checksums gets further.
        let file = with_right_checksums(&file, flags);
        let repeat = if repeat { Repeat::Forever } else { Repeat::Once };
        if let Ok(mut source) = OggOpusSource::new(Cursor::new(file), repeat) {
            for _ in 0..50 {
                source.next_packet();
            }
        }
    }
}

/// The pages again, with checksums that hold, and the flags of every other page flipped.
fn with_right_checksums(file: &[u8], flags: u8) -> Vec<u8> {
    use crate::file::ogg::Page;
    let (mut reader, mut out) = (Cursor::new(file), Vec::new());
    let mut odd = true;
    while let Ok(Some((mut page, _))) = Page::read_unchecked(&mut reader) {
        odd = !odd;
        if odd {
            page.flags.continued ^= flags & 1 != 0;
            page.flags.first ^= flags & 2 != 0;
            page.flags.last ^= flags & 4 != 0;
        }
        page.write(&mut out).unwrap();
    }
    out
}
