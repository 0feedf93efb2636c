//! DTLS records and handshake fragments as they stand in a datagram (RFC 6347 sections 4.1 and 4.2.2).

use crate::DtlsError;

/// The longest datagram that is looked at, in bytes.
///
/// Handshakes are cut for paths of 1,200 to 1,500 bytes; a longer limit lets one datagram carry more hostile
/// fragments, a shorter one could refuse a certificate that a peer sends whole.
const MAX_DATAGRAM: usize = 2_048;

/// The epoch of protected records, which is the last: no handshake is ever renewed, and each epoch that a peer
/// opens would cost memory.
const LAST_EPOCH: u16 = 1;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;

/// One record.
#[derive(Debug)]
pub(super) struct Record<'a> {
    content_type: u8,
    epoch: u16,
    /// The sequence number, 48 bits.
    pub(super) sequence: [u8; 6],
    payload: &'a [u8],
}

/// A part of a handshake message.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    pub(super) message_seq: u16,
    /// Bytes of the whole message.
    pub(super) length: usize,
    /// Where `data` stands within the message.
    pub(super) offset: usize,
    pub(super) data: &'a [u8],
}

/// Splits a datagram into its records.
pub(super) fn parse(datagram: &[u8]) -> Result<Vec<Record<'_>>, DtlsError> {
    if datagram.len() > MAX_DATAGRAM {
        return Err(DtlsError::Malformed);
    }
    let mut records = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let (record, after) = split_record(rest).ok_or(DtlsError::Malformed)?;
        records.push(record);
        rest = after;
    }
    Ok(records)
}

fn split_record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (&[content_type, _major, _minor], rest) = bytes.split_first_chunk()?;
    let (&epoch, rest) = rest.split_first_chunk()?;
    let (&sequence, rest) = rest.split_first_chunk()?;
    let (&length, rest) = rest.split_first_chunk()?;
    let (payload, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(length)))?;
    let epoch = Some(u16::from_be_bytes(epoch)).filter(|epoch| *epoch <= LAST_EPOCH)?;
    Some((Record { content_type, epoch, sequence, payload }, rest))
}

impl<'a> Record<'a> {
    /// Whether the record came without protection.
    pub(super) const fn is_plaintext(&self) -> bool {
        self.epoch == 0
    }

    /// Bytes of handshake messages, protected or not.
    pub(super) const fn handshake_bytes(&self) -> usize {
        if self.content_type == HANDSHAKE { self.payload.len() } else { 0 }
    }

    /// Whether the record holds a ClientHello or a part of one.
    pub(super) fn is_client_hello(&self) -> bool {
        self.content_type == HANDSHAKE
            && self.is_plaintext()
            && self.payload.first() == Some(&CLIENT_HELLO)
    }

    /// The one fragment that the record holds.
    pub(super) fn fragment(&self) -> Result<Fragment<'a>, DtlsError> {
        split_fragment(self.payload).ok_or(DtlsError::Malformed)
    }
}

fn split_fragment(payload: &[u8]) -> Option<Fragment<'_>> {
    let (_message_type, rest) = payload.split_first()?;
    let (&length, rest) = rest.split_first_chunk()?;
    let (&message_seq, rest) = rest.split_first_chunk()?;
    let (&offset, rest) = rest.split_first_chunk()?;
    let (&fragment_length, data) = rest.split_first_chunk()?;
    let fragment = Fragment {
        message_seq: u16::from_be_bytes(message_seq),
        length: from_24_bits(length),
        offset: from_24_bits(offset),
        data,
    };
    let end = fragment.offset.checked_add(data.len())?;
    (from_24_bits(fragment_length) == data.len() && end <= fragment.length).then_some(fragment)
}

fn from_24_bits([high, middle, low]: [u8; 3]) -> usize {
    usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)
}
