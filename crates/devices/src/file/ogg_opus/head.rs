//! The two packets in front of the sound (RFC 7845 section 5).

use carillon_frame::SAMPLE_RATE;

use crate::file::{FileError, FileFormat};

/// How many samples a decoder drops at the beginning: what libopus looks ahead, 6.5 ms.
///
/// RFC 7845 section 4.2 asks for 80 ms where a stream is joined in its middle, which would lose heard sound here.
pub(super) const PRE_SKIP: u16 = 312;

/// Versions of which decoders understand the header have these upper bits (RFC 7845 section 5.1).
const MAJOR_VERSION: u8 = 0xf0;

/// Writes the identification header.
pub(super) fn write_head() -> Vec<u8> {
    let fields: [&[u8]; 5] = [
        // Version 1, one channel: stereo packets are mixed down by the decoder (RFC 7845 section 5.1.1.2).
        b"OpusHead\x01\x01",
        &PRE_SKIP.to_le_bytes(),
        &SAMPLE_RATE.hz().to_le_bytes(),
        // As loud as it is, and the one stream is what is heard.
        &0_i16.to_le_bytes(),
        &[0],
    ];
    fields.concat()
}

/// Writes the comment header: who wrote it, and no comments.
pub(super) fn write_tags() -> Vec<u8> {
    let vendor = b"Carillon";
    let length = u32::try_from(vendor.len()).unwrap_or(0).to_le_bytes();
    [b"OpusTags".as_slice(), &length, vendor, &0_u32.to_le_bytes()].concat()
}

/// Checks an identification header: that what follows it is one stream of packets.
pub(super) fn check_head(head: &[u8]) -> Result<(), FileError> {
    let unsupported = |what| Err(FileError::Unsupported(FileFormat::OggOpus, what));
    let Some(rest) = head.strip_prefix(b"OpusHead") else {
        return Err(FileError::Other(FileFormat::OggOpus));
    };
    let [version, channels, _, _, _, _, _, _, _, _, family, ..] = rest else {
        return Err(FileError::Damaged(FileFormat::OggOpus, "its header is too short"));
    };
    if version & MAJOR_VERSION != 0 {
        return unsupported("a version from the future");
    }
    match (family, channels) {
        (0, 1 | 2) => Ok(()),
        _ => unsupported("more channels than two"),
    }
}

/// Whether this is a comment header, whatever it says.
pub(super) fn is_tags(packet: &[u8]) -> bool {
    packet.starts_with(b"OpusTags")
}
