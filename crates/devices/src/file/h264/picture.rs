//! Where pictures begin in a stream of units (ITU-T H.264 section 7.4.1.2.3).

use std::ops::Range;

use carillon_frame::FrameKind;

use super::{Unit, UnitKind, units};

/// A picture in a stream: all its units, with their start codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::file) struct PictureAt {
    pub(in crate::file) range: Range<usize>,
    pub(in crate::file) kind: FrameKind,
    /// Whether sequence parameters stand in it.
    pub(in crate::file) has_parameters: bool,
}

/// Finds the pictures of a stream; what stands in front of the first belongs to it.
pub(in crate::file) fn pictures(stream: &[u8]) -> Vec<PictureAt> {
    let mut pictures = Vec::new();
    let mut open = Open::default();
    for unit in units(stream) {
        let kind = UnitKind::of(unit.octets);
        if open.is_whole_before(kind, &unit) {
            pictures.extend(std::mem::take(&mut open).close(unit.start));
        }
        open.add(kind, &unit);
    }
    pictures.extend(open.close(stream.len()));
    pictures
}

/// A picture of which not all units were seen.
#[derive(Debug, Default)]
struct Open {
    start: Option<usize>,
    has_slice: bool,
    is_key: bool,
    has_parameters: bool,
}

impl Open {
    /// Whether the unit begins another picture.
    fn is_whole_before(&self, kind: UnitKind, unit: &Unit<'_>) -> bool {
        let begins = match kind {
            // The first slice of a picture begins at its first macroblock, which is number 0, written as one set bit.
            UnitKind::Slice | UnitKind::KeySlice => {
                unit.octets.get(1).is_some_and(|octet| octet & 0x80 != 0)
            }
            UnitKind::SequenceParameters | UnitKind::PictureParameters | UnitKind::Preface => true,
            UnitKind::Mark => unit.octets.first().is_some_and(|header| header & 0x1f == 9),
            UnitKind::Other => false,
        };
        self.has_slice && begins
    }

    fn add(&mut self, kind: UnitKind, unit: &Unit<'_>) {
        self.start.get_or_insert(unit.start);
        self.has_slice |= kind.is_slice();
        self.is_key |= kind == UnitKind::KeySlice;
        self.has_parameters |= kind == UnitKind::SequenceParameters;
    }

    fn close(self, end: usize) -> Option<PictureAt> {
        let kind = if self.is_key { FrameKind::Key } else { FrameKind::Delta };
        let range = self.start.filter(|_| self.has_slice)?..end;
        Some(PictureAt { range, kind, has_parameters: self.has_parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_begin_at_marks_parameters_and_first_slices() {
        let stream: Vec<u8> = [
            [9, 0x10].as_slice(),
            &[0x67, 1],
            &[0x68, 1],
            &[0x65, 0x80],
            &[0x65, 0x40],
            &[0x41, 0x90],
            &[6, 1],
            &[0x41, 0x9a],
            &[0x68, 1],
            &[0x65, 0x88],
            &[12, 0xff],
        ]
        .iter()
        .flat_map(|unit| [&[0, 0, 0, 1], *unit].concat())
        .collect();
        let found: Vec<_> = pictures(&stream)
            .into_iter()
            .map(|p| (p.range.start / 6, p.range.end / 6, p.kind, p.has_parameters))
            .collect();
        let expected = [
            (0, 5, FrameKind::Key, true),
            (5, 6, FrameKind::Delta, false),
            (6, 8, FrameKind::Delta, false),
            (8, 11, FrameKind::Key, false),
        ];
        assert_eq!(found, expected);
        assert!(pictures(&[]).is_empty() && pictures(&[0, 0, 1, 0x67, 1]).is_empty());
    }
}
