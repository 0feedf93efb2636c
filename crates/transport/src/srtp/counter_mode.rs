//! `AES_128_CM` with `HMAC_SHA1_80`, in place (RFC 3711 sections 4.1 and 4.2).

use rtc_crypto::{CryptoError, HmacAlgorithm, Mac, StreamCipher, StreamCipherAlgorithm};
use subtle::ConstantTimeEq;

use super::key_derivation::{Label, derive};
use super::{KEY_LENGTH, MAX_SALT, MasterKey, PacketId, RTCP_HEADER};
use crate::crypto;

/// Bytes of an authentication tag, cut from the 20 of the digest.
const TAG: usize = 10;
/// Bytes of the key of authentication.
const AUTHENTICATION_KEY: usize = 20;
/// Bytes of the index after an RTCP packet.
const TRAILER: usize = 4;

/// The session keys of one direction.
pub(super) struct CounterMode {
    rtp: SessionKey,
    rtcp: SessionKey,
}

struct SessionKey {
    cipher: Box<dyn StreamCipher>,
    mac: Box<dyn Mac>,
    salt: [u8; MAX_SALT],
}

impl SessionKey {
    fn new(
        encryption: [u8; KEY_LENGTH],
        authentication: [u8; AUTHENTICATION_KEY],
        salt: [u8; MAX_SALT],
    ) -> Result<Self, CryptoError> {
        let operations = crypto::operations();
        Ok(Self {
            cipher: operations.new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, &encryption)?,
            mac: operations.new_hmac(HmacAlgorithm::Sha1, &authentication)?,
            salt,
        })
    }

    /// Encrypts or decrypts, which is the same (RFC 3711 section 4.1.1).
    fn apply(&mut self, id: PacketId, data: &mut [u8]) -> Option<()> {
        let [a, b, c, d] = id.ssrc.to_be_bytes();
        let [e, f, g, h, i, j] = id.index_bytes();
        let mut iv = [0, 0, 0, 0, a, b, c, d, e, f, g, h, i, j, 0, 0];
        for (byte, salt) in iv.iter_mut().zip(self.salt) {
            *byte ^= salt;
        }
        self.cipher.apply_keystream(&iv, data).ok()
    }

    fn tag(&mut self, input: &[&[u8]]) -> Option<[u8; TAG]> {
        let mut digest = [0; 20];
        self.mac.sign(input, &mut digest).ok()?;
        digest.first_chunk().copied()
    }
}

impl CounterMode {
    pub(super) fn new(master: &MasterKey) -> Result<Self, CryptoError> {
        Ok(Self {
            rtp: SessionKey::new(
                derive(master, Label::RtpEncryption)?,
                derive(master, Label::RtpAuthentication)?,
                derive(master, Label::RtpSalt)?,
            )?,
            rtcp: SessionKey::new(
                derive(master, Label::RtcpEncryption)?,
                derive(master, Label::RtcpAuthentication)?,
                derive(master, Label::RtcpSalt)?,
            )?,
        })
    }

    /// Encrypts the payload and appends the tag.
    pub(super) fn seal_rtp(
        &mut self,
        id: PacketId,
        header: usize,
        packet: &mut Vec<u8>,
    ) -> Option<()> {
        self.rtp.apply(id, packet.get_mut(header..)?)?;
        let tag = self.rtp.tag(&[packet, &id.rollover()])?;
        packet.extend_from_slice(&tag);
        Some(())
    }

    /// Decrypts the payload and returns the length of the plain packet.
    pub(super) fn open_rtp(
        &mut self,
        id: PacketId,
        header: usize,
        packet: &mut [u8],
    ) -> Option<usize> {
        let (sealed, received) = packet.split_last_chunk_mut::<TAG>()?;
        let tag = self.rtp.tag(&[sealed, &id.rollover()])?;
        if !bool::from(tag.ct_eq(received)) {
            return None;
        }
        self.rtp.apply(id, sealed.get_mut(header..)?)?;
        Some(sealed.len())
    }

    /// Encrypts all but the header, and appends the index and the tag.
    pub(super) fn seal_rtcp(&mut self, id: PacketId, packet: &mut Vec<u8>) -> Option<()> {
        self.rtcp.apply(id, packet.get_mut(RTCP_HEADER..)?)?;
        packet.extend_from_slice(&id.rtcp_trailer());
        let tag = self.rtcp.tag(&[packet])?;
        packet.extend_from_slice(&tag);
        Some(())
    }

    /// Decrypts all but the header and returns the length of the plain packet.
    pub(super) fn open_rtcp(&mut self, id: PacketId, packet: &mut [u8]) -> Option<usize> {
        let (covered, received) = packet.split_last_chunk_mut::<TAG>()?;
        if !bool::from(self.rtcp.tag(&[covered])?.ct_eq(received)) {
            return None;
        }
        let (sealed, _) = covered.split_last_chunk_mut::<TRAILER>()?;
        self.rtcp.apply(id, sealed.get_mut(RTCP_HEADER..)?)?;
        Some(sealed.len())
    }
}

/// The index after an encrypted packet; `None` if it is too short or claims not to be encrypted.
pub(super) fn rtcp_index(packet: &[u8]) -> Option<u64> {
    let (covered, _tag) = packet.split_last_chunk::<TAG>()?;
    covered.len().checked_sub(RTCP_HEADER + TRAILER)?;
    super::encrypted_index(*covered.last_chunk()?)
}
