//! Opening the packets of one direction.

use std::collections::BTreeMap;

use carillon_frame::SeqNo;

use super::packet_window::PacketWindow;
use super::{Cipher, PacketId, RtpHeader, counter_mode, gcm, rtcp_sender};
use crate::OpenError;

/// How far RTP packets may be reordered: 16 words, 1,024 packets, about 2 s of video at 4 Mb/s.
/// Later packets are refused as replays; each word more costs 8 bytes a stream.
const RTP_WINDOW_WORDS: usize = 16;
/// How far RTCP packets may be reordered: 2 words, 128 packets, several seconds of feedback.
const RTCP_WINDOW_WORDS: usize = 2;

/// Streams that one peer may send over the life of its keys.
///
/// A browser sends at most seven at a time, and makes new ones when sections of its offer are renewed; fewer
/// would mute it late in a long call, more lets one peer claim more memory, 150 bytes a stream.
const MAX_STREAMS: usize = 128;

type Streams<const WORDS: usize> = BTreeMap<u32, PacketWindow<WORDS>>;

/// Opens packets, each at most once.
#[derive(Debug)]
pub(super) struct Opener {
    cipher: Cipher,
    rtp: Streams<RTP_WINDOW_WORDS>,
    rtcp: Streams<RTCP_WINDOW_WORDS>,
}

impl Opener {
    pub(super) const fn new(cipher: Cipher) -> Self {
        Self { cipher, rtp: Streams::new(), rtcp: Streams::new() }
    }

    /// Opens an RTP packet in place.
    pub(super) fn open_rtp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a mut [u8], OpenError> {
        let header = RtpHeader::parse(packet).ok_or(OpenError::Malformed)?;
        let known = self.rtp.get(&header.ssrc);
        let index = known.map_or(u64::from(header.seq), |known| known.index_of(SeqNo(header.seq)));
        check(&self.rtp, header.ssrc, index)?;
        let id = PacketId { ssrc: header.ssrc, index };
        let opened = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.open_rtp(id, header.length, packet),
            Cipher::CounterMode(counter) => counter.open_rtp(id, header.length, packet),
        };
        let length = opened.ok_or(OpenError::Unauthentic)?;
        self.rtp.entry(header.ssrc).or_default().note(index);
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
        check(&self.rtcp, ssrc, index)?;
        let id = PacketId { ssrc, index };
        let opened = match &mut self.cipher {
            Cipher::Gcm(gcm) => gcm.open_rtcp(id, packet),
            Cipher::CounterMode(counter) => counter.open_rtcp(id, packet),
        };
        let length = opened.ok_or(OpenError::Unauthentic)?;
        self.rtcp.entry(ssrc).or_default().note(index);
        packet.get_mut(..length).ok_or(OpenError::Malformed)
    }
}

/// Refuses a replay, and a new stream beyond the limit, before any cryptography is done.
fn check<const WORDS: usize>(
    streams: &Streams<WORDS>,
    ssrc: u32,
    index: u64,
) -> Result<(), OpenError> {
    match streams.get(&ssrc) {
        None if streams.len() >= MAX_STREAMS => Err(OpenError::TooManyStreams),
        Some(window) if !window.is_fresh(index) => Err(OpenError::Replayed),
        None | Some(_) => Ok(()),
    }
}
