//! ClientHello messages: put together from fragments, and looked into before they are fed.

use std::collections::BTreeMap;

use super::record::Fragment;
use crate::{DtlsError, SrtpProfile};

/// The longest hello that is put together, in bytes.
///
/// Browsers with post-quantum key shares send about 1,400; less than that breaks them, more is memory that a
/// peer may claim before it proves anything.
const MAX_HELLO: usize = 8 * 1024;

/// A complete hello.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) message_seq: u16,
    pub(super) body: Vec<u8>,
    record_sequence: [u8; 6],
}

impl Assembled {
    /// The hello as one record with one fragment.
    pub(super) fn to_record(&self) -> Vec<u8> {
        const HANDSHAKE_OF_DTLS_1_2: [u8; 3] = [22, 0xfe, 0xfd];
        const EPOCH: [u8; 2] = [0, 0];
        const CLIENT_HELLO: u8 = 1;
        let length = u16::try_from(self.body.len()).unwrap_or(u16::MAX);
        let [_, high, middle, low] = u32::from(length).to_be_bytes();
        let mut record = Vec::with_capacity(self.body.len().saturating_add(25));
        record.extend(HANDSHAKE_OF_DTLS_1_2);
        record.extend(EPOCH);
        record.extend(self.record_sequence);
        record.extend(length.saturating_add(12).to_be_bytes());
        record.extend([CLIENT_HELLO, high, middle, low]);
        record.extend(self.message_seq.to_be_bytes());
        record.extend([0, 0, 0, high, middle, low]);
        record.extend(&self.body);
        record
    }
}

/// Puts one hello together at a time.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    message_seq: u16,
    length: usize,
    /// What came, by its place within the message.
    fragments: BTreeMap<usize, Vec<u8>>,
}

impl Assembler {
    /// Adds a fragment and returns the hello if that completes it.
    pub(super) fn add(
        &mut self,
        record_sequence: [u8; 6],
        fragment: &Fragment<'_>,
    ) -> Result<Option<Assembled>, DtlsError> {
        if fragment.length > MAX_HELLO {
            return Err(DtlsError::UnsupportedHello);
        }
        if (fragment.message_seq, fragment.length) != (self.message_seq, self.length) {
            if !self.fragments.is_empty() && fragment.message_seq < self.message_seq {
                return Err(DtlsError::OutOfTurn);
            }
            let (message_seq, length) = (fragment.message_seq, fragment.length);
            *self = Self { message_seq, length, fragments: BTreeMap::new() };
        }
        let known = self.fragments.entry(fragment.offset).or_default();
        if known.len() < fragment.data.len() {
            *known = fragment.data.to_vec();
        }
        let Some(body) = self.joined() else { return Ok(None) };
        self.fragments.clear();
        Ok(Some(Assembled { message_seq: self.message_seq, body, record_sequence }))
    }

    /// The message, if the fragments cover it without a gap.
    fn joined(&self) -> Option<Vec<u8>> {
        let mut body = Vec::with_capacity(self.length);
        for (offset, data) in &self.fragments {
            let overlap = body.len().checked_sub(*offset)?;
            body.extend(data.get(overlap..).unwrap_or_default());
        }
        (body.len() == self.length).then_some(body)
    }
}

/// The profile to agree on: ours by preference, whatever the order of the client's `use_srtp`
/// (RFC 5764 section 4.1.1).
///
/// A session id is refused, because the association would take its bytes for the cookie.
pub(super) fn preferred_profile(hello: &[u8]) -> Result<SrtpProfile, DtlsError> {
    let offered = offered_profiles(hello).ok_or(DtlsError::UnsupportedHello)?;
    [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80]
        .into_iter()
        .find(|ours| offered.chunks_exact(2).any(|theirs| theirs == ours.code_point()))
        .ok_or(DtlsError::UnsupportedHello)
}

/// The code points in the hello's `use_srtp`, two bytes each.
fn offered_profiles(hello: &[u8]) -> Option<&[u8]> {
    const USE_SRTP: [u8; 2] = [0, 14];
    let (_version_and_random, rest) = hello.split_first_chunk::<34>()?;
    let (session_id, rest) = split_vector::<1>(rest)?;
    if !session_id.is_empty() {
        return None;
    }
    let (_cookie, rest) = split_vector::<1>(rest)?;
    let (_cipher_suites, rest) = split_vector::<2>(rest)?;
    let (_compression_methods, rest) = split_vector::<1>(rest)?;
    let (mut extensions, _) = split_vector::<2>(rest)?;
    while let Some((typ, rest)) = extensions.split_first_chunk::<2>() {
        let (data, rest) = split_vector::<2>(rest)?;
        if *typ == USE_SRTP {
            return split_vector::<2>(data).map(|(profiles, _)| profiles);
        }
        extensions = rest;
    }
    None
}

/// Splits off a vector whose length stands before it in `N` bytes.
fn split_vector<const N: usize>(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<N>()?;
    let length = length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
