//! Opening the packets of one direction.

use carillon_frame::SeqNo;

use super::streams::{Refusal, Streams};
use super::{Cipher, PacketId, RtpHeader, counter_mode, gcm, rtcp_sender};
use crate::OpenError;

/// How far RTP packets may be reordered: 16 words, 1,024 packets, about 2 s of video at 4 Mb/s.
/// Later packets are refused as replays; each word more costs 8 bytes a stream.
const RTP_WINDOW_WORDS: usize = 16;
/// How far RTCP packets may be reordered: 2 words, 128 packets, several seconds of feedback.
const RTCP_WINDOW_WORDS: usize = 2;

/// Opens packets, each at most once.
#[derive(Debug)]
pub(super) struct Opener {
    cipher: Cipher,
    rtp: Streams<RTP_WINDOW_WORDS>,
    rtcp: Streams<RTCP_WINDOW_WORDS>,
}

impl Opener {
    pub(super) fn new(cipher: Cipher) -> Self {
        Self { cipher, rtp: Streams::default(), rtcp: Streams::default() }
    }

    /// Opens an RTP packet in place.
    pub(super) fn open_rtp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a mut [u8], OpenError> {
        let header = RtpHeader::parse(packet).ok_or(OpenError::Malformed)?;
        let index = self.rtp.index_of(header.ssrc, SeqNo(header.seq));
        let room = self.rtp.check(header.ssrc, index);
        if room == Err(Refusal::Used) {
            return Err(OpenError::Replayed);
        }
        let id = PacketId { ssrc: header.ssrc, index };
        let opened = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.open_rtp(id, header.length, packet),
            Cipher::CounterMode(counter) => counter.open_rtp(id, header.length, packet),
        };
        let length = opened.ok_or(OpenError::Unauthentic)?;
        // What is not authentic says nothing about how many streams the peer has had.
        room?;
        self.rtp.note(header.ssrc, index);
        packet.get_mut(..length).ok_or(OpenError::Malformed)
    }

    /// Opens a compound RTCP packet in place.
    pub(super) fn open_rtcp<'a>(
        &mut self,
        packet: &'a mut [u8],
    ) -> Result<&'a mut [u8], OpenError> {
        let ssrc = rtcp_sender(packet).ok_or(OpenError::Malformed)?;
        let index = match &self.cipher {
            Cipher::Gcm(_) => gcm::rtcp_index(packet),
            Cipher::CounterMode(_) => counter_mode::rtcp_index(packet),
        };
        let index = index.ok_or(OpenError::Malformed)?;
        let room = self.rtcp.check(ssrc, index);
        if room == Err(Refusal::Used) {
            return Err(OpenError::Replayed);
        }
        let id = PacketId { ssrc, index };
        let opened = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.open_rtcp(id, packet),
            Cipher::CounterMode(counter) => counter.open_rtcp(id, packet),
        };
        let length = opened.ok_or(OpenError::Unauthentic)?;
        room?;
        self.rtcp.note(ssrc, index);
        packet.get_mut(..length).ok_or(OpenError::Malformed)
    }
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Used => Self::Replayed,
            Refusal::TooManyStreams => Self::TooManyStreams,
        }
    }
}
