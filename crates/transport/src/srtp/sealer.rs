//! Protecting the packets of one direction.

use carillon_frame::{SeqNo, Ssrc};

use super::streams::{Refusal, Streams};
use super::{Cipher, PacketId, RtpHeader, rtcp_sender};
use crate::SealError;

/// How far packets of a stream may be sealed out of order: 16 words, 1,024 packets, about 2 s of video at
/// 4 Mb/s. Later repairs are refused; each word more costs 8 bytes a stream.
const WINDOW_WORDS: usize = 16;

/// The highest index of an RTP packet under one key (RFC 3711 section 9.2).
const MAX_RTP_INDEX: u64 = (1 << 48) - 1;
/// The highest index of an RTCP packet under one key.
const MAX_RTCP_INDEX: u64 = (1 << 31) - 1;

/// Seals packets, each index of a stream at most once.
#[derive(Debug)]
pub(super) struct Sealer {
    cipher: Cipher,
    streams: Streams<WINDOW_WORDS>,
    /// Shared by all senders: gaps are legal, and no index repeats.
    next_rtcp: u64,
}

impl Sealer {
    pub(super) fn new(cipher: Cipher) -> Self {
        Self { cipher, streams: Streams::default(), next_rtcp: 1 }
    }

    /// Seals an RTP packet in place.
    pub(super) fn seal_rtp(&mut self, packet: &mut Vec<u8>) -> Result<(), SealError> {
        let header = RtpHeader::parse(packet).ok_or(SealError::Malformed)?;
        let seq = SeqNo(header.seq);
        let index = self.streams.index_of(header.ssrc, seq);
        if index > MAX_RTP_INDEX {
            return Err(SealError::KeysUsedUp);
        }
        self.streams.check(header.ssrc, index).map_err(|refusal| match refusal {
            Refusal::Used => SealError::Repeated { ssrc: Ssrc(header.ssrc), seq },
            Refusal::TooManyStreams => SealError::KeysUsedUp,
        })?;
        self.streams.note(header.ssrc, index);
        let id = PacketId { ssrc: header.ssrc, index };
        let sealed = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.seal_rtp(id, header.length, packet),
            Cipher::CounterMode(counter) => counter.seal_rtp(id, header.length, packet),
        };
        sealed.ok_or(SealError::Malformed)
    }

    /// Seals a compound RTCP packet in place.
    pub(super) fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), SealError> {
        let ssrc = rtcp_sender(packet).ok_or(SealError::Malformed)?;
        if self.next_rtcp > MAX_RTCP_INDEX {
            return Err(SealError::KeysUsedUp);
        }
        let id = PacketId { ssrc, index: self.next_rtcp };
        self.next_rtcp = self.next_rtcp.saturating_add(1);
        let sealed = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.seal_rtcp(id, packet),
            Cipher::CounterMode(counter) => counter.seal_rtcp(id, packet),
        };
        sealed.ok_or(SealError::Malformed)
    }
}
