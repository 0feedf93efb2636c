//! The header extension block of a packet (RFC 8285 section 4).

use std::ops::Range;

use super::ExtensionId;

/// The octets of the profile and length words in front of the elements (RFC 8285 section 4).
const HEADER_SIZE: usize = 4;

/// The profile word of a block with one-byte element headers (RFC 8285 section 4.2).
const ONE_BYTE_PROFILE: u16 = 0xbede;

/// The profile word of a block with two-byte element headers, application bits zero (section 4.3).
const TWO_BYTE_PROFILE: u16 = 0x1000;
const TWO_BYTE_PROFILE_MASK: u16 = 0xfff0;

/// The first id that a one-byte element header cannot hold; as an id in one, it ends the block.
const ONE_BYTE_STOP_ID: u8 = 15;

/// The longest value that a one-byte element header can announce.
const ONE_BYTE_MAX_VALUE: usize = 16;

/// As many elements as there are ids: 255 elements of 257 octets fit the block's length field.
const MAX_ELEMENTS: usize = 255;

/// One header extension of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionElement<'a> {
    /// Which extension, by its negotiated id.
    pub id: ExtensionId,
    /// What it says.
    pub value: &'a [u8],
}

/// The header extension block of one packet; iterate it for its elements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extensions<'a> {
    form: Form,
    body: &'a [u8],
}

#[derive(Clone, Copy, Debug, Default)]
enum Form {
    OneByte,
    TwoByte,
    /// A block of some other profile, which RFC 3550 section 5.3.1 allows and nobody here reads.
    #[default]
    Foreign,
}

impl Form {
    const fn profile(self) -> u16 {
        match self {
            Self::OneByte => ONE_BYTE_PROFILE,
            Self::TwoByte | Self::Foreign => TWO_BYTE_PROFILE,
        }
    }
}

impl<'a> Extensions<'a> {
    /// Takes the block off the front of `rest`, and returns what follows it.
    pub(crate) fn split_from(rest: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let ([p0, p1, l0, l1], rest) = rest.split_first_chunk()?;
        let profile = u16::from_be_bytes([*p0, *p1]);
        let len = usize::from(u16::from_be_bytes([*l0, *l1])).saturating_mul(4);
        let (body, rest) = rest.split_at_checked(len)?;
        let form = if profile == ONE_BYTE_PROFILE {
            Form::OneByte
        } else if profile & TWO_BYTE_PROFILE_MASK == TWO_BYTE_PROFILE {
            Form::TwoByte
        } else {
            Form::Foreign
        };
        Some((Self { form, body }, rest))
    }

    /// Whether there are elements to read: neither no block nor one of a foreign profile.
    pub(crate) const fn is_readable(&self) -> bool {
        match self.form {
            Form::OneByte | Form::TwoByte => true,
            Form::Foreign => false,
        }
    }

    /// Where in the block the value of the first element with this id stands.
    fn place(&self, id: ExtensionId) -> Option<Range<usize>> {
        let mut elements = self.into_iter();
        let found = elements.find(|element| element.id == id)?;
        let end = self.body.len().checked_sub(elements.rest.len())?.checked_add(HEADER_SIZE)?;
        Some(end.checked_sub(found.value.len())?..end)
    }

    /// Appends the block as it came, its profile and length words included.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let words = u16::try_from(self.body.len() / 4).expect("it was read by such a count");
        out.extend_from_slice(&self.form.profile().to_be_bytes());
        out.extend_from_slice(&words.to_be_bytes());
        out.extend_from_slice(self.body);
    }
}

impl<'a> IntoIterator for Extensions<'a> {
    type Item = ExtensionElement<'a>;
    type IntoIter = ExtensionElements<'a>;

    fn into_iter(self) -> Self::IntoIter {
        ExtensionElements { form: self.form, rest: self.body }
    }
}

/// The elements of a header extension block, up to the first that is cut off.
#[derive(Clone, Debug)]
pub struct ExtensionElements<'a> {
    form: Form,
    rest: &'a [u8],
}

impl<'a> Iterator for ExtensionElements<'a> {
    type Item = ExtensionElement<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((&0, rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        let (id, len, rest) = match self.form {
            Form::OneByte => one_byte_header(self.rest)?,
            Form::TwoByte => two_byte_header(self.rest)?,
            Form::Foreign => return None,
        };
        let Some((value, rest)) = rest.split_at_checked(len) else {
            self.rest = &[];
            return None;
        };
        self.rest = rest;
        Some(ExtensionElement { id, value })
    }
}

/// Ends the block at id 15, and at id 0 with a length (RFC 8285 section 4.2).
fn one_byte_header(bytes: &[u8]) -> Option<(ExtensionId, usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let id = ExtensionId::new(first >> 4).filter(|id| id.number() < ONE_BYTE_STOP_ID)?;
    Some((id, usize::from(first & 0x0f).saturating_add(1), rest))
}

fn two_byte_header(bytes: &[u8]) -> Option<(ExtensionId, usize, &[u8])> {
    let ([id, len], rest) = bytes.split_first_chunk()?;
    Some((ExtensionId::new(*id)?, usize::from(*len), rest))
}

/// Writes a value over that of the element with this id in a block; nothing for a value of another length.
pub(crate) fn overwrite(block: &mut [u8], id: ExtensionId, value: &[u8]) -> Option<()> {
    let (read, _) = Extensions::split_from(block)?;
    let place = read.place(id).filter(|place| place.len() == value.len())?;
    block.get_mut(place)?.copy_from_slice(value);
    Some(())
}

/// Appends a block of these elements, its profile and length words included.
pub(crate) fn write_block(elements: &[ExtensionElement<'_>], out: &mut Vec<u8>) {
    let elements = elements.get(..MAX_ELEMENTS).unwrap_or(elements);
    let form = if elements.iter().all(fits_one_byte) { Form::OneByte } else { Form::TwoByte };
    out.extend_from_slice(&form.profile().to_be_bytes());
    let length_at = out.len();
    out.extend_from_slice(&[0, 0]);
    let body_at = out.len();
    for element in elements {
        write_element(element, form, out);
    }
    let unpadded = out.len().saturating_sub(body_at);
    let words = unpadded.div_ceil(4);
    out.resize(body_at.saturating_add(words.saturating_mul(4)), 0);
    let words = u16::try_from(words).expect("the largest block has 16,384 words");
    if let Some(length) = out.get_mut(length_at..body_at) {
        length.copy_from_slice(&words.to_be_bytes());
    }
}

fn fits_one_byte(element: &ExtensionElement<'_>) -> bool {
    element.id.number() < ONE_BYTE_STOP_ID
        && (1..=ONE_BYTE_MAX_VALUE).contains(&element.value.len())
}

fn write_element(element: &ExtensionElement<'_>, form: Form, out: &mut Vec<u8>) {
    let Ok(len) = u8::try_from(element.value.len()) else { return };
    match form {
        Form::OneByte => out.push((element.id.number() << 4) | (len.wrapping_sub(1) & 0x0f)),
        Form::TwoByte | Form::Foreign => out.extend_from_slice(&[element.id.number(), len]),
    }
    out.extend_from_slice(element.value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: u8, value: &[u8]) -> ExtensionElement<'_> {
        ExtensionElement { id: ExtensionId::new(id).unwrap(), value }
    }

    #[test]
    fn small_elements_make_a_one_byte_block() {
        let mut out = Vec::new();
        write_block(&[element(1, &[0x9e]), element(3, &[0, 7])], &mut out);
        assert_eq!(out, [0xbe, 0xde, 0, 2, 0x10, 0x9e, 0x31, 0, 7, 0, 0, 0]);
    }

    #[test]
    fn a_high_id_or_an_odd_length_asks_for_two_bytes() {
        for odd in [element(15, &[1]), element(1, &[]), element(1, &[0; 17])] {
            let mut out = Vec::new();
            write_block(&[odd], &mut out);
            assert_eq!(out[..2], [0x10, 0]);
            let (block, rest) = Extensions::split_from(&out).unwrap();
            assert!(rest.is_empty());
            assert_eq!(block.into_iter().collect::<Vec<_>>(), [odd]);
        }
    }

    #[test]
    fn a_value_is_overwritten_in_place_and_only_by_one_as_long() {
        for other in [element(1, &[0x9e]), element(15, &[1])] {
            let mut block = Vec::new();
            write_block(&[other, element(3, &[0, 7])], &mut block);
            let id = ExtensionId::new(3).unwrap();
            assert_eq!(overwrite(&mut block, id, &[5, 6]), Some(()));
            assert_eq!(overwrite(&mut block, id, &[5]), None);
            assert_eq!(overwrite(&mut block, ExtensionId::new(4).unwrap(), &[5, 6]), None);
            let (read, _) = Extensions::split_from(&block).unwrap();
            assert_eq!(read.into_iter().collect::<Vec<_>>(), [other, element(3, &[5, 6])]);
        }
        assert_eq!(overwrite(&mut [0xbe, 0xde, 0, 9], ExtensionId::new(3).unwrap(), &[]), None);
    }

    #[test]
    fn a_value_too_long_for_any_form_is_left_out() {
        let long = [0; 256];
        let mut out = Vec::new();
        write_block(&[element(1, &long), element(2, &[5])], &mut out);
        let (block, _) = Extensions::split_from(&out).unwrap();
        assert_eq!(block.into_iter().collect::<Vec<_>>(), [element(2, &[5])]);
    }

    #[test]
    fn padding_between_elements_is_stepped_over() {
        let bytes = [0xbe, 0xde, 0, 2, 0x10, 0xaa, 0, 0, 0x20, 0xbb, 0, 0];
        let (block, _) = Extensions::split_from(&bytes).unwrap();
        let read: Vec<_> = block.into_iter().collect();
        assert_eq!(read, [element(1, &[0xaa]), element(2, &[0xbb])]);
    }

    #[test]
    fn the_reserved_id_ends_a_one_byte_block() {
        let bytes = [0xbe, 0xde, 0, 1, 0xf0, 0xaa, 0x20, 0xbb];
        let (block, _) = Extensions::split_from(&bytes).unwrap();
        assert_eq!(block.into_iter().count(), 0);
    }

    #[test]
    fn another_profile_is_carried_but_not_read() {
        let bytes = [0x12, 0x34, 0, 1, 0x10, 0xaa, 0, 0, 9];
        let (block, rest) = Extensions::split_from(&bytes).unwrap();
        assert_eq!(block.into_iter().count(), 0);
        assert_eq!(rest, [9]);
    }
}
