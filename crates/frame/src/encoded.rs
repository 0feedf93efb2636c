//! Sound and pictures in the form that a codec made of them.

use bytes::Bytes;

use crate::MediaTime;

/// One Opus packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedAudio {
    /// The packet, as RFC 6716 lays it out.
    pub payload: Bytes,
    /// When its sound begins, by the 48 kHz clock of its stream.
    pub timestamp: MediaTime,
    /// How long it lasts, in ticks of that clock.
    pub ticks: u32,
}

/// Whether a picture can be decoded without those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// It can: decoding may begin here.
    Key,
    /// It needs the pictures before it.
    Delta,
}

/// One encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedVideo {
    /// The picture; in H.264 an access unit as Annex B lays it out, with start codes.
    pub payload: Bytes,
    /// When it was captured, by the 90 kHz clock of its stream.
    pub timestamp: MediaTime,
    /// Whether decoding may begin with it.
    pub kind: FrameKind,
}
