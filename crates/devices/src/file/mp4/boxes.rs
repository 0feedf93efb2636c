//! Boxes of the ISO base media file format (ISO/IEC 14496-12 section 4.2).

/// A box: its length, its kind, and what is in it.
pub(super) fn boxed(kind: &[u8; 4], contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    // None is near 4 GiB: a fragment holds a second of pictures, which are bounded.
    let length = u32::try_from(length.saturating_add(8)).unwrap_or(u32::MAX);
    let mut octets = [length.to_be_bytes(), *kind].concat();
    for part in contents {
        octets.extend_from_slice(part);
    }
    octets
}

/// A box with a version and flags.
pub(super) fn full_box(kind: &[u8; 4], version: u8, flags: u32, contents: &[&[u8]]) -> Vec<u8> {
    let [_, high, middle, low] = flags.to_be_bytes();
    let head = [version, high, middle, low];
    let parts: Vec<&[u8]> =
        std::iter::once(head.as_slice()).chain(contents.iter().copied()).collect();
    boxed(kind, &parts)
}
