//! `AEAD_AES_128_GCM` in place (RFC 7714 sections 8 and 9).

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc_crypto::CryptoError;

use super::key_derivation::{Label, derive};
use super::{KEY_LENGTH, MasterKey, PacketId, RTCP_HEADER};

/// Bytes of an authentication tag.
const TAG: usize = 16;
/// Bytes of the index after an RTCP packet.
const TRAILER: usize = 4;

/// The session keys of one direction.
pub(super) struct Gcm {
    rtp: SessionKey,
    rtcp: SessionKey,
}

struct SessionKey {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl SessionKey {
    fn new(key: [u8; KEY_LENGTH], salt: [u8; 12]) -> Self {
        let key =
            UnboundKey::new(&AES_128_GCM, &key).expect("the key has the length of the cipher's");
        Self { key: LessSafeKey::new(key), salt }
    }

    /// Two zero bytes, the stream and the index, mixed with the salt (RFC 7714 sections 8.1 and 9.1).
    fn nonce(&self, id: PacketId) -> Nonce {
        let [a, b, c, d] = id.ssrc.to_be_bytes();
        let [e, f, g, h, i, j] = id.index_bytes();
        let mut nonce = [0, 0, a, b, c, d, e, f, g, h, i, j];
        for (byte, salt) in nonce.iter_mut().zip(self.salt) {
            *byte ^= salt;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

impl Gcm {
    pub(super) fn new(master: &MasterKey) -> Result<Self, CryptoError> {
        Ok(Self {
            rtp: SessionKey::new(
                derive(master, Label::RtpEncryption)?,
                derive(master, Label::RtpSalt)?,
            ),
            rtcp: SessionKey::new(
                derive(master, Label::RtcpEncryption)?,
                derive(master, Label::RtcpSalt)?,
            ),
        })
    }

    /// The same session key for RTP and RTCP, as the samples of RFC 7714 have it.
    #[cfg(test)]
    pub(super) fn of_session_key(key: [u8; KEY_LENGTH], salt: [u8; 12]) -> Self {
        Self { rtp: SessionKey::new(key, salt), rtcp: SessionKey::new(key, salt) }
    }

    /// Encrypts the payload and appends the tag.
    pub(super) fn seal_rtp(&self, id: PacketId, header: usize, packet: &mut Vec<u8>) -> Option<()> {
        let (header, payload) = packet.split_at_mut_checked(header)?;
        let nonce = self.rtp.nonce(id);
        let tag =
            self.rtp.key.seal_in_place_separate_tag(nonce, Aad::from(header), payload).ok()?;
        packet.extend_from_slice(tag.as_ref());
        Some(())
    }

    /// Decrypts the payload and returns the length of the plain packet.
    pub(super) fn open_rtp(&self, id: PacketId, header: usize, packet: &mut [u8]) -> Option<usize> {
        let (header, sealed) = packet.split_at_mut_checked(header)?;
        let nonce = self.rtp.nonce(id);
        let payload = self.rtp.key.open_in_place(nonce, Aad::from(&header), sealed).ok()?;
        payload.len().checked_add(header.len())
    }

    /// Encrypts all but the header, and appends the tag and the index.
    pub(super) fn seal_rtcp(&self, id: PacketId, packet: &mut Vec<u8>) -> Option<()> {
        let (header, body) = packet.split_at_mut_checked(RTCP_HEADER)?;
        let (nonce, aad) = (self.rtcp.nonce(id), Aad::from(rtcp_aad(header, id)?));
        let tag = self.rtcp.key.seal_in_place_separate_tag(nonce, aad, body).ok()?;
        packet.extend_from_slice(tag.as_ref());
        packet.extend_from_slice(&id.rtcp_trailer());
        Some(())
    }

    /// Decrypts all but the header and returns the length of the plain packet.
    pub(super) fn open_rtcp(&self, id: PacketId, packet: &mut [u8]) -> Option<usize> {
        let (header, rest) = packet.split_at_mut_checked(RTCP_HEADER)?;
        let (sealed, _) = rest.split_at_mut_checked(rest.len().checked_sub(TRAILER)?)?;
        let (nonce, aad) = (self.rtcp.nonce(id), Aad::from(rtcp_aad(header, id)?));
        let body = self.rtcp.key.open_in_place(nonce, aad, sealed).ok()?;
        body.len().checked_add(RTCP_HEADER)
    }
}

/// The header and the trailer, which authentication covers though the body stands between them.
fn rtcp_aad(header: &[u8], id: PacketId) -> Option<[u8; RTCP_HEADER + TRAILER]> {
    let &[a, b, c, d, e, f, g, h] = header.first_chunk()?;
    let [i, j, k, l] = id.rtcp_trailer();
    Some([a, b, c, d, e, f, g, h, i, j, k, l])
}

/// The index after an encrypted packet; `None` if it is too short or claims not to be encrypted.
pub(super) fn rtcp_index(packet: &[u8]) -> Option<u64> {
    packet.len().checked_sub(RTCP_HEADER + TAG + TRAILER)?;
    super::encrypted_index(*packet.last_chunk()?)
}
