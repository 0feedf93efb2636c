//! Sealing and opening RTP and RTCP packets in place (RFC 3711, RFC 7714).
//!
//! State about a stream of the peer is made only by a packet that proved to be authentic, and no packet index is
//! ever sealed twice.

mod counter_mode;
mod gcm;
mod key_derivation;
mod opener;
mod packet_window;
mod sealer;
mod streams;

use std::fmt;

use rtc_crypto::CryptoError;

use counter_mode::CounterMode;
use gcm::Gcm;
use opener::Opener;
use sealer::Sealer;

use crate::{DtlsError, OpenError, Received, SealError, Stats};

/// How packets are protected, as agreed on in the DTLS handshake (RFC 5764 section 4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpProfile {
    /// `SRTP_AEAD_AES_128_GCM`: preferred, because it costs a third of the other.
    AeadAes128Gcm,
    /// `SRTP_AES128_CM_SHA1_80`: what every peer can do.
    Aes128CmSha1_80,
}

impl SrtpProfile {
    pub(crate) const fn code_point(self) -> [u8; 2] {
        match self {
            Self::AeadAes128Gcm => [0x00, 0x07],
            Self::Aes128CmSha1_80 => [0x00, 0x01],
        }
    }

    const fn salt_length(self) -> usize {
        match self {
            Self::AeadAes128Gcm => 12,
            Self::Aes128CmSha1_80 => 14,
        }
    }
}

/// Both directions of a secured path.
#[derive(Debug)]
pub(crate) struct Srtp {
    sealer: Sealer,
    opener: Opener,
}

impl Srtp {
    pub(crate) fn new(
        profile: SrtpProfile,
        ours: &MasterKey,
        theirs: &MasterKey,
    ) -> Result<Self, DtlsError> {
        let ciphers = (Cipher::new(profile, ours), Cipher::new(profile, theirs));
        let (Ok(seal), Ok(open)) = ciphers else { return Err(DtlsError::Failed) };
        Ok(Self { sealer: Sealer::new(seal), opener: Opener::new(open) })
    }

    /// Opens an RTP packet in place.
    pub(crate) fn open_rtp<'a>(
        &mut self,
        packet: &'a mut [u8],
        stats: &mut Stats,
    ) -> Result<Received<'a>, OpenError> {
        let plain = self.opener.open_rtp(packet)?;
        stats.rtp_opened = stats.rtp_opened.saturating_add(1);
        Ok(Received::Rtp(plain))
    }

    /// Opens a compound RTCP packet in place.
    pub(crate) fn open_rtcp<'a>(
        &mut self,
        packet: &'a mut [u8],
        stats: &mut Stats,
    ) -> Result<Received<'a>, OpenError> {
        let plain = self.opener.open_rtcp(packet)?;
        stats.rtcp_opened = stats.rtcp_opened.saturating_add(1);
        Ok(Received::Rtcp(plain))
    }

    /// Seals an RTP packet in place.
    pub(crate) fn seal_rtp(
        &mut self,
        packet: &mut Vec<u8>,
        stats: &mut Stats,
    ) -> Result<(), SealError> {
        self.sealer.seal_rtp(packet)?;
        stats.rtp_sealed = stats.rtp_sealed.saturating_add(1);
        Ok(())
    }

    /// Seals a compound RTCP packet in place.
    pub(crate) fn seal_rtcp(
        &mut self,
        packet: &mut Vec<u8>,
        stats: &mut Stats,
    ) -> Result<(), SealError> {
        self.sealer.seal_rtcp(packet)?;
        stats.rtcp_sealed = stats.rtcp_sealed.saturating_add(1);
        Ok(())
    }
}

/// Bytes of a master key, in both profiles.
const KEY_LENGTH: usize = 16;
/// Bytes of the longest master salt.
const MAX_SALT: usize = 14;

/// The key and salt that one direction starts from.
#[derive(Clone)]
pub(crate) struct MasterKey {
    key: [u8; KEY_LENGTH],
    /// A shorter salt is filled up with zeros at its end.
    salt: [u8; MAX_SALT],
}

/// What a DTLS handshake exports (RFC 5764 section 4.2).
#[derive(Clone)]
pub(crate) struct KeyingMaterial {
    pub(crate) client: MasterKey,
    pub(crate) server: MasterKey,
}

impl KeyingMaterial {
    /// Bytes to export.
    pub(crate) const fn length(profile: SrtpProfile) -> usize {
        2 * (KEY_LENGTH + profile.salt_length())
    }

    /// Splits exported bytes: both keys first, then both salts, the client's before the server's.
    pub(crate) fn split(profile: SrtpProfile, exported: &[u8]) -> Option<Self> {
        let (client, rest) = exported.split_first_chunk()?;
        let (server, rest) = rest.split_first_chunk()?;
        let (client_salt, server_salt) = rest.split_at_checked(profile.salt_length())?;
        if server_salt.len() != client_salt.len() {
            return None;
        }
        Some(Self {
            client: MasterKey { key: *client, salt: filled_up(client_salt)? },
            server: MasterKey { key: *server, salt: filled_up(server_salt)? },
        })
    }
}

fn filled_up(bytes: &[u8]) -> Option<[u8; MAX_SALT]> {
    let mut salt = [0; MAX_SALT];
    salt.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(salt)
}

impl fmt::Debug for KeyingMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyingMaterial").finish_non_exhaustive()
    }
}

/// The session keys of one direction.
#[expect(
    clippy::large_enum_variant,
    reason = "it stands in the box of `Srtp`, and the large one is the usual"
)]
enum Cipher {
    Gcm(Gcm),
    CounterMode(CounterMode),
}

impl Cipher {
    fn new(profile: SrtpProfile, master: &MasterKey) -> Result<Self, CryptoError> {
        Ok(match profile {
            SrtpProfile::AeadAes128Gcm => Self::Gcm(Gcm::new(master)?),
            SrtpProfile::Aes128CmSha1_80 => Self::CounterMode(CounterMode::new(master)?),
        })
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gcm(_) => "Gcm",
            Self::CounterMode(_) => "CounterMode",
        })
    }
}

/// What a cipher needs to know of a packet.
#[derive(Clone, Copy, Debug)]
struct PacketId {
    ssrc: u32,
    /// Rollover counter and sequence number of an RTP packet (48 bits), or the index of an RTCP packet (31).
    index: u64,
}

impl PacketId {
    /// The last six bytes of the index, as both ciphers mix them into their initialisation vector.
    const fn index_bytes(self) -> [u8; 6] {
        let [_, _, bytes @ ..] = self.index.to_be_bytes();
        bytes
    }

    /// The trailer of an encrypted RTCP packet: the E bit and the index (RFC 3711 section 3.4).
    const fn rtcp_trailer(self) -> [u8; 4] {
        let [_, _, _, _, bytes @ ..] = (self.index | 0x8000_0000).to_be_bytes();
        bytes
    }

    /// The rollover counter, which authentication covers although it is not sent.
    const fn rollover(self) -> [u8; 4] {
        let [_, _, bytes @ .., _, _] = self.index.to_be_bytes();
        bytes
    }
}

/// The header of an RTP packet, as far as protection needs it (RFC 3550 section 5.1).
#[derive(Clone, Copy, Debug)]
struct RtpHeader {
    ssrc: u32,
    seq: u16,
    /// Bytes before the payload: fixed part, contributing sources, extension.
    length: usize,
}

impl RtpHeader {
    fn parse(packet: &[u8]) -> Option<Self> {
        let (&[flags, _, high, low, _, _, _, _, a, b, c, d], _) = packet.split_first_chunk()?;
        let sources = usize::from(flags & 0x0f);
        let mut length = sources.checked_mul(4)?.checked_add(12)?;
        if flags & 0x10 != 0 {
            let (&[_, _, high, low], _) = packet.get(length..)?.split_first_chunk()?;
            let words = usize::from(u16::from_be_bytes([high, low]));
            length = words.checked_mul(4)?.checked_add(4)?.checked_add(length)?;
        }
        let is_whole = flags >> 6 == 2 && length <= packet.len();
        let (ssrc, seq) = (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([high, low]));
        is_whole.then_some(Self { ssrc, seq, length })
    }
}

/// Bytes of an RTCP packet that stay readable: header and sender.
const RTCP_HEADER: usize = 8;

/// The sender of an RTCP packet.
fn rtcp_sender(packet: &[u8]) -> Option<u32> {
    let (&[flags, _, _, _, a, b, c, d], _) = packet.split_first_chunk::<RTCP_HEADER>()?;
    (flags >> 6 == 2).then_some(u32::from_be_bytes([a, b, c, d]))
}

/// The index in the trailer of an RTCP packet; `None` if it claims not to be encrypted, as no peer may.
fn encrypted_index(trailer: [u8; 4]) -> Option<u64> {
    let word = u32::from_be_bytes(trailer);
    (word & 0x8000_0000 != 0).then_some(u64::from(word & 0x7fff_ffff))
}

#[cfg(test)]
mod tests;
