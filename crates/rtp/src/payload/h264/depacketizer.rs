//! Puts a picture together from the payloads of its packets (RFC 6184, packetization modes 0 and 1).

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use super::annex_b::START_CODE;
use super::{Fragment, FragmentPosition, H264Payload};

/// The longest picture: several times what an encoder makes of the largest screen, and short enough for many streams.
///
/// Less would lose key frames of a 4K screen; more lets each stranger hold so much memory.
pub const MAX_PICTURE_OCTETS: usize = 4 << 20;

/// Why a payload does not continue its picture; the caller drops the picture and lets a key frame come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DepacketizeError {
    /// The payload has a structure of no mode that was agreed on.
    #[error("payload of {len} octets has no structure of packetization mode 1")]
    Structure {
        /// How many octets it has.
        len: usize,
    },
    /// A part of a unit came without the part in front of it.
    #[error("part of a unit does not continue what came before")]
    Fragment,
    /// The picture grew beyond what is put together.
    #[error("picture exceeds {MAX_PICTURE_OCTETS} octets")]
    TooLong,
}

/// Puts one picture after the other together, from payloads in order.
#[derive(Debug, Default)]
pub struct H264Depacketizer {
    picture: BytesMut,
    /// The header of a unit whose end has not come.
    open: Option<u8>,
}

impl H264Depacketizer {
    /// Adds the next payload of the picture.
    ///
    /// # Errors
    /// Says why the payload does not continue the picture, which is lost then: call [`Self::clear`].
    pub fn push(&mut self, payload: &[u8]) -> Result<(), DepacketizeError> {
        let parsed = H264Payload::parse(payload)
            .ok_or(DepacketizeError::Structure { len: payload.len() })?;
        if self.open.is_some() && !matches!(parsed, H264Payload::Fragment(_)) {
            return Err(DepacketizeError::Fragment);
        }
        match parsed {
            H264Payload::Single(unit) => self.append_unit(unit),
            H264Payload::Aggregate(mut units) => units.try_for_each(|unit| self.append_unit(unit)),
            H264Payload::Fragment(part) => self.append_part(part),
        }
    }

    /// Whether nothing of a picture is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.picture.is_empty()
    }

    /// Takes the picture, with start codes; nothing if there is none or the end of its last unit is missing.
    ///
    /// Its memory is used again once all pictures taken before are dropped.
    pub fn take(&mut self) -> Option<Bytes> {
        let is_whole = self.open.take().is_none();
        let picture = self.picture.split().freeze();
        (is_whole && !picture.is_empty()).then_some(picture)
    }

    /// Drops what is there of a picture.
    pub fn clear(&mut self) {
        self.open = None;
        self.picture.clear();
    }

    fn append_part(&mut self, part: Fragment<'_>) -> Result<(), DepacketizeError> {
        match (part.position, self.open) {
            (FragmentPosition::Start, None) => {
                self.append(&START_CODE)?;
                self.append(&[part.unit_header])?;
                self.open = Some(part.unit_header);
            }
            (FragmentPosition::Middle, Some(header)) if header == part.unit_header => {}
            (FragmentPosition::End, Some(header)) if header == part.unit_header => self.open = None,
            (
                FragmentPosition::Start | FragmentPosition::Middle | FragmentPosition::End,
                Some(_) | None,
            ) => {
                return Err(DepacketizeError::Fragment);
            }
        }
        self.append(part.bytes)
    }

    fn append_unit(&mut self, unit: &[u8]) -> Result<(), DepacketizeError> {
        if unit.is_empty() {
            return Ok(());
        }
        self.append(&START_CODE)?;
        self.append(unit)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), DepacketizeError> {
        if self.picture.len().saturating_add(bytes.len()) > MAX_PICTURE_OCTETS {
            return Err(DepacketizeError::TooLong);
        }
        self.picture.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::payload::h264::{AnnexBUnits, H264Packetizer, PayloadPlace};
    use crate::properties;

    #[test]
    fn a_part_without_its_beginning_is_refused() {
        let mut depacketizer = H264Depacketizer::default();
        assert_eq!(depacketizer.push(&[0x7c, 0x05, 1]), Err(DepacketizeError::Fragment));
        depacketizer.push(&[0x7c, 0x85, 1]).unwrap();
        assert_eq!(depacketizer.push(&[0x7c, 0x41, 2]), Err(DepacketizeError::Fragment));
        assert_eq!(depacketizer.push(&[0x41, 2]), Err(DepacketizeError::Fragment));
        assert_eq!(depacketizer.take(), None, "its end is missing");
        depacketizer.push(&[0x41, 2]).unwrap();
        assert_eq!(depacketizer.take().as_deref(), Some(&[0, 0, 0, 1, 0x41, 2][..]));
    }

    #[test]
    fn a_picture_without_end_is_given_up() {
        let mut depacketizer = H264Depacketizer::default();
        depacketizer.push(&[0x7c, 0x85, 1]).unwrap();
        let mut part = vec![7; 65_536];
        part[..2].copy_from_slice(&[0x7c, 0x05]);
        let refused = (0..1_000).find_map(|_| depacketizer.push(&part).err());
        assert_eq!(refused, Some(DepacketizeError::TooLong));
        depacketizer.clear();
        assert!(depacketizer.is_empty());
    }

    /// Units as an encoder writes them: no start code inside and no zero at the end.
    fn unit() -> impl Strategy<Value = Vec<u8>> {
        let kind = prop::sample::select(vec![1_u8, 5, 6, 7, 8, 14, 23]);
        let body = prop::collection::vec(any::<u8>(), 0..2_000);
        (kind, 0..4_u8, body).prop_map(|(kind, importance, body)| {
            let mut unit = vec![importance << 5 | kind];
            for octet in body {
                let plain = octet > 3 || !unit.ends_with(&[0, 0]);
                unit.push(if plain { octet } else { 7 });
            }
            unit.push(0x80);
            unit
        })
    }

    proptest! {
        #[test]
        fn what_is_cut_is_put_together_again(
            units in prop::collection::vec(unit(), 1..8),
            limit in 64..1_300_usize,
        ) {
            let mut picture = Vec::new();
            for unit in &units {
                picture.extend_from_slice(&START_CODE);
                picture.extend_from_slice(unit);
            }
            let mut depacketizer = H264Depacketizer::default();
            let mut places = Vec::new();
            H264Packetizer::new(limit).packetize(&picture, |payload, place| {
                assert!(payload.len() <= limit);
                depacketizer.push(payload).unwrap();
                places.push(place);
            });
            prop_assert_eq!(places.pop(), Some(PayloadPlace::Last));
            prop_assert!(places.iter().all(|place| *place == PayloadPlace::Inner));
            let again = depacketizer.take().unwrap();
            prop_assert_eq!(AnnexBUnits::new(&again).collect::<Vec<_>>(), units);
        }

        #[test]
        fn any_payloads_are_put_together_without_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            properties::h264_stream(&bytes);
        }
    }
}
