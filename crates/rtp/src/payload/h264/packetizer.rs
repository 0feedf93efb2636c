//! Cuts a picture into the payloads of packets (RFC 6184, packetization mode 1).

use std::ops::Range;

use super::{
    AnnexBUnits, FU_END, FU_HEADER_SIZE, FU_START, IMPORTANCE_MASK, TYPE_FU_A,
    TYPE_PICTURE_PARAMETERS, TYPE_SEQUENCE_PARAMETERS, TYPE_STAP_A, unit_type,
};

const TYPE_SUPPLEMENT: u8 = 6;
const TYPE_DELIMITER: u8 = 9;
const TYPE_FILLER: u8 = 12;

/// The octets in front of each unit that is joined with others: its length.
const LENGTH_SIZE: usize = 2;

/// The smallest limit: less would spend more on headers than on pictures.
const MIN_LIMIT: usize = 64;

/// Whether more payloads of the same picture follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadPlace {
    /// They do.
    Inner,
    /// It is the picture's last: its packet carries the marker (RFC 6184 section 5.1).
    Last,
}

/// Cuts pictures into payloads no longer than a limit.
///
/// Parameters and supplements that follow each other are joined, what is too long is split into parts of one length, and delimiters and filling
/// are left out, since packets tell where a picture ends.
#[derive(Debug)]
pub struct H264Packetizer {
    limit: usize,
    /// Where the units of the picture stand.
    units: Vec<Range<usize>>,
    /// The payload being written.
    payload: Vec<u8>,
}

impl H264Packetizer {
    /// Makes a packetizer whose payloads have at most `limit` octets, and 64 at least.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        let limit = if limit < MIN_LIMIT { MIN_LIMIT } else { limit };
        Self { limit, units: Vec::new(), payload: Vec::new() }
    }

    /// Hands out the payloads of one picture in order; none if it holds no unit.
    pub fn packetize(&mut self, picture: &[u8], mut payload: impl FnMut(&[u8], PayloadPlace)) {
        let mut units = std::mem::take(&mut self.units);
        units.clear();
        units.extend(AnnexBUnits::new(picture).filter(|unit| is_sent(unit)).map(|unit| {
            let start = unit.as_ptr().addr().saturating_sub(picture.as_ptr().addr());
            start..start.saturating_add(unit.len())
        }));
        let mut rest = units.as_slice();
        while let Some(first) = rest.first() {
            let joined = self.joined(picture, rest).max(1);
            let (group, behind) = rest.split_at_checked(joined).unwrap_or((rest, &[]));
            let place = if behind.is_empty() { PayloadPlace::Last } else { PayloadPlace::Inner };
            let unit = picture.get(first.clone()).unwrap_or_default();
            if group.len() > 1 {
                self.join(picture, group);
                payload(&self.payload, place);
            } else if unit.len() <= self.limit {
                payload(unit, place);
            } else {
                self.split(unit, place, &mut payload);
            }
            rest = behind;
        }
        self.units = units;
    }

    /// How many units from the first on may share a payload.
    fn joined(&self, picture: &[u8], units: &[Range<usize>]) -> usize {
        let mut size = 1_usize;
        let fits = |range: &&Range<usize>| {
            let unit = picture.get((*range).clone()).unwrap_or_default();
            size = size.saturating_add(LENGTH_SIZE).saturating_add(unit.len());
            may_join(unit) && size <= self.limit && u16::try_from(unit.len()).is_ok()
        };
        units.iter().take_while(fits).count()
    }

    /// Writes several units as one payload (RFC 6184 section 5.7.1).
    fn join(&mut self, picture: &[u8], units: &[Range<usize>]) {
        let mut header = 0_u8;
        self.payload.clear();
        self.payload.push(TYPE_STAP_A);
        for unit in units.iter().filter_map(|range| picture.get(range.clone())) {
            let importance = unit.first().map_or(0, |first| first & IMPORTANCE_MASK);
            header = header.max(importance);
            let length = u16::try_from(unit.len()).unwrap_or(u16::MAX);
            self.payload.extend_from_slice(&length.to_be_bytes());
            self.payload.extend_from_slice(unit);
        }
        if let Some(first) = self.payload.first_mut() {
            *first |= header;
        }
    }

    /// Hands out one unit in parts that differ by an octet or two at most, but for the last (RFC 6184 section 5.8).
    fn split(
        &mut self,
        unit: &[u8],
        place: PayloadPlace,
        payload: &mut impl FnMut(&[u8], PayloadPlace),
    ) {
        let Some((header, body)) = unit.split_first() else { return };
        let room = self.limit.saturating_sub(FU_HEADER_SIZE).max(1);
        let part_size = body.len().div_ceil(body.len().div_ceil(room).max(1)).max(1);
        let mut parts = body.chunks(part_size).peekable();
        let mut position = FU_START;
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            if is_last {
                position |= FU_END;
            }
            self.payload.clear();
            self.payload.push((header & IMPORTANCE_MASK) | TYPE_FU_A);
            self.payload.push(position | unit_type(*header));
            self.payload.extend_from_slice(part);
            payload(&self.payload, if is_last { place } else { PayloadPlace::Inner });
            position = 0;
        }
    }
}

/// Whether this unit travels: kinds that payloads use for themselves cannot, delimiters and filling need not.
fn is_sent(unit: &[u8]) -> bool {
    let kind = unit.first().map_or(0, |header| unit_type(*header));
    (1..TYPE_STAP_A).contains(&kind) && kind != TYPE_DELIMITER && kind != TYPE_FILLER
}

/// Whether this unit may share a payload.
fn may_join(unit: &[u8]) -> bool {
    unit.first().is_some_and(|header| {
        [TYPE_SUPPLEMENT, TYPE_SEQUENCE_PARAMETERS, TYPE_PICTURE_PARAMETERS]
            .contains(&unit_type(*header))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(limit: usize, picture: &[u8]) -> Vec<(Vec<u8>, PayloadPlace)> {
        let mut out = Vec::new();
        H264Packetizer::new(limit)
            .packetize(picture, |bytes, place| out.push((bytes.to_vec(), place)));
        out
    }

    #[test]
    fn parameters_share_a_payload_and_the_delimiter_stays_behind() {
        let picture = [
            &[0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x28, 0xce][..],
            &[0, 0, 0, 1, 0x65, 0x88],
        ];
        let expected = [
            (vec![0x78, 0, 2, 0x67, 0x42, 0, 2, 0x28, 0xce], PayloadPlace::Inner),
            (vec![0x65, 0x88], PayloadPlace::Last),
        ];
        assert_eq!(payloads(1_200, &picture.concat()), expected);
    }

    #[test]
    fn a_long_unit_is_split_into_even_parts() {
        let mut picture = vec![0, 0, 1, 0x41];
        picture.extend((0..200).map(|n: u8| n | 1));
        let parts = payloads(100, &picture);
        let lengths: Vec<_> = parts.iter().map(|(bytes, _)| bytes.len()).collect();
        assert_eq!(lengths, [69, 69, 68]);
        assert_eq!(parts.iter().map(|(bytes, _)| bytes[1]).collect::<Vec<_>>(), [0x81, 0x01, 0x41]);
        assert!(parts.iter().all(|(bytes, _)| bytes[0] == 0x5c));
        assert_eq!(parts[2].1, PayloadPlace::Last);
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(payloads(1_200, &[]).is_empty());
        assert!(payloads(1_200, &[0, 0, 0, 1, 0x09, 0x10]).is_empty());
        assert!(payloads(1_200, &[0, 0, 0, 1, 0x7c, 0x10]).is_empty());
    }
}
