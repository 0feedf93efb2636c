//! What holds for any bytes whatsoever: property tests and the targets of `crates/fuzz` try it.

#![expect(
    clippy::missing_panics_doc,
    reason = "a property that does not hold ends the test, and says which"
)]

use carillon_frame::Ssrc;

use crate::extension::dependency::{DependencyReader, MAX_CHAINS, frame_number};
use crate::payload::h264::{AnnexBUnits, H264Depacketizer, H264Packetizer, H264Payload};
use crate::payload::is_first_for_sure;
use crate::payload::picture::PictureNumbers;
use crate::payload::red::RedPayload;
use crate::{
    H264Profile, PacketizationMode, RtpPacket, VideoFormat, Vp9Profile, key_frame, parse_compound,
    picture_size, unwrap_repair, write_compound,
};

/// The longest descriptor that [`descriptors`] makes of a run of bytes.
const MAX_DESCRIPTOR: usize = 80;

/// No format says how large its pictures are in fewer octets.
const MIN_SIZED: usize = 5;

/// A packet holds no more than its bytes, and is written as it was read.
pub fn packet(bytes: &[u8]) {
    let Ok(packet) = RtpPacket::parse(bytes) else { return };
    assert!(packet.payload().len() <= bytes.len());
    let elements = packet.extensions().into_iter().map(|element| element.value.len());
    assert!(elements.sum::<usize>() <= bytes.len());
    let mut written = Vec::new();
    packet.write(&mut written);
    let again = RtpPacket::parse(&written).expect("what is written is a packet");
    assert_eq!((again.header(), again.payload()), (packet.header(), packet.payload()));
    let inside = unwrap_repair(&packet, Ssrc(1), packet.payload_type());
    assert!(inside.is_none_or(|inside| inside.payload().len() < packet.payload().len()));
}

/// Reports that are understood can be written, in whole words.
pub fn compound(bytes: &[u8]) {
    let Ok(packets) = parse_compound(bytes) else { return };
    let mut written = Vec::new();
    write_compound(&packets, &mut written);
    assert!(written.len().is_multiple_of(4));
}

/// Copies and frame are parts of the payload.
pub fn redundancy(bytes: &[u8]) {
    if let Ok(red) = RedPayload::parse(bytes) {
        let copied: usize = red.copies().map(|block| block.payload.len()).sum();
        assert!(copied + red.primary().payload.len() < bytes.len());
    }
}

/// Nothing begins with an empty payload, parts are no larger than the whole, and numbers move there and back.
pub fn payload(bytes: &[u8]) {
    let h264 = VideoFormat::H264 {
        profile: H264Profile::ConstrainedBaseline,
        packetization: PacketizationMode::NonInterleaved,
    };
    let vp9 = VideoFormat::Vp9 { profile: Vp9Profile(0) };
    for format in [VideoFormat::Vp8, h264, vp9, VideoFormat::Av1] {
        let starts = key_frame(format, bytes);
        assert!(!(starts && bytes.is_empty()));
        assert!(picture_size(format, bytes).is_none_or(|_| bytes.len() >= MIN_SIZED));
        let mut shifted = bytes.to_vec();
        PictureNumbers::read(format, bytes).shift(&mut shifted, 1, 1);
        let back = PictureNumbers::read(format, &shifted);
        back.shift(&mut shifted, u16::MAX, u8::MAX);
        assert_eq!(shifted, bytes);
    }
    assert!(key_frame(h264, bytes) || !is_first_for_sure(h264, bytes));
    match H264Payload::parse(bytes) {
        Some(H264Payload::Aggregate(units)) => {
            assert!(units.map(<[u8]>::len).sum::<usize>() <= bytes.len());
        }
        Some(H264Payload::Single(unit)) => assert_eq!(unit, bytes),
        Some(H264Payload::Fragment(part)) => assert!(part.bytes.len() < bytes.len()),
        None => {}
    }
}

/// A picture is no longer than its payloads and their start codes, whatever they hold, and any bytes are cut within the limit.
///
/// Each payload begins with its length.
pub fn h264_stream(bytes: &[u8]) {
    let mut depacketizer = H264Depacketizer::default();
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first() {
        let (payload, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        if depacketizer.push(payload).is_err() {
            depacketizer.clear();
        }
    }
    let picture = depacketizer.take().unwrap_or_default();
    assert!(picture.len() <= bytes.len().saturating_mul(4));
    let units: usize = AnnexBUnits::new(bytes).map(<[u8]>::len).sum();
    assert!(units <= bytes.len());
    H264Packetizer::new(64).packetize(bytes, |payload, _| {
        assert!(!payload.is_empty() && payload.len() <= 64);
        assert!(H264Payload::parse(payload).is_some());
    });
}

/// Layers of descriptors that follow each other stay within what a descriptor can say; each begins with its length.
pub fn descriptors(bytes: &[u8]) {
    let mut reader = DependencyReader::default();
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first() {
        let length = usize::from(*length).min(MAX_DESCRIPTOR).min(behind.len());
        let (value, behind) = behind.split_at(length);
        rest = behind;
        let Some(frame) = reader.read(value) else { continue };
        assert_eq!(frame_number(value), Some(frame.number));
        assert!(frame.spatial < 64 && frame.temporal < 64);
        for target in reader.active_targets() {
            assert!(target.chain.is_none_or(|chain| usize::from(chain) < MAX_CHAINS));
            assert!(target.spatial < 64 && target.temporal < 64);
        }
    }
}
