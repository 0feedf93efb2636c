//! What the mixer needs of an RTP packet.

use carillon_frame::{AudioLevel, MediaTime, SeqNo};
use carillon_rtp::AudioFormat;

/// What an audio packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketContent<'a> {
    /// Sound, in the format its payload type names.
    Sound {
        /// How the payload is coded.
        format: AudioFormat,
        /// The payload, without padding.
        payload: &'a [u8],
    },
    /// Nothing but padding, which browsers send to probe the network: neither sound nor loss.
    Padding,
}

/// An audio packet of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioPacket<'a> {
    /// The sequence number.
    pub seq: SeqNo,
    /// The timestamp, in ticks of 48 kHz.
    pub timestamp: MediaTime,
    /// How loud the sender says it is (RFC 6464), if it says so.
    pub level: Option<AudioLevel>,
    /// What it carries.
    pub content: PacketContent<'a>,
}
