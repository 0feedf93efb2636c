//! RTCP: what both sides tell each other beside the media (RFC 3550 section 6, RFC 4585, RFC 5104).
//!
//! The bytes are `rtc-rtcp`'s business, and no type of that crate leaves this module.

mod error;
mod parse;
mod transport_feedback;
mod write;

use carillon_frame::{Bitrate, MediaTime, SeqNo, Ssrc};

pub use self::error::{MalformedRtcp, RtcpError};
pub use self::parse::{
    MAX_COMPOUND_PACKETS, MAX_COMPOUND_SIZE, MAX_FEEDBACK_STATUSES, parse_compound,
};
pub use self::transport_feedback::{ArrivalDelta, TransportFeedback};
pub use self::write::write_compound;
use crate::ntp::{NtpTime, ShortNtp, ShortSpan};

/// One RTCP packet of a kind that Carillon acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rtcp {
    /// A sender's clock and counters, and how well it receives.
    SenderReport(SenderReport),
    /// How well somebody who sends no media receives.
    ReceiverReport(ReceiverReport),
    /// The names behind streams.
    SourceDescription(SourceDescription),
    /// Streams that end.
    Bye(Bye),
    /// Packets asked for again.
    Nack(Nack),
    /// A key frame asked for, because pictures were lost.
    Pli(Pli),
    /// A key frame asked for, because somebody joined.
    Fir(Fir),
    /// When the packets of a transport arrived.
    TransportFeedback(TransportFeedback),
    /// The receiver's own estimate of what it can receive.
    Remb(Remb),
}

/// How well one stream is received (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream reported about.
    pub ssrc: Ssrc,
    /// What share was lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// How many packets were lost so far; duplicates make it negative.
    pub cumulative_lost: i32,
    /// The highest sequence number received, and above it how often it wrapped.
    pub highest_seq: u32,
    /// The mean deviation of the packets' spacing, in ticks of the stream's clock.
    pub jitter: u32,
    /// Which sender report of the stream was the last to arrive, if one did.
    pub last_sender_report: Option<ShortNtp>,
    /// How long ago that was.
    pub since_sender_report: ShortSpan,
}

/// A sender's clock and counters (RFC 3550 section 6.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderReport {
    /// The stream.
    pub ssrc: Ssrc,
    /// When this report was made, by a wall clock.
    pub ntp: NtpTime,
    /// The same moment on the stream's clock.
    pub rtp: MediaTime,
    /// How many packets were sent so far, wrapping.
    pub packets: u32,
    /// How many octets of payload were sent so far, wrapping.
    pub octets: u32,
    /// How well the sender receives.
    pub blocks: Vec<ReportBlock>,
}

/// How well somebody who sends no media receives (RFC 3550 section 6.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverReport {
    /// Who reports.
    pub sender: Ssrc,
    /// One block per received stream.
    pub blocks: Vec<ReportBlock>,
}

/// The names behind streams (RFC 3550 section 6.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDescription {
    /// Each stream with the name of the endpoint behind it.
    pub names: Vec<(Ssrc, Cname)>,
}

/// The name that joins the streams of one endpoint: at most 255 octets (RFC 3550 section 6.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cname(Vec<u8>);

impl Cname {
    /// Makes a name, if it is short enough to be written.
    #[must_use]
    pub fn new(name: impl Into<Vec<u8>>) -> Option<Self> {
        Some(name.into()).filter(|name| name.len() <= usize::from(u8::MAX)).map(Self)
    }

    /// The octets of the name, UTF-8 if the endpoint follows the RFC.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Streams that end (RFC 3550 section 6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bye {
    /// The streams.
    pub sources: Vec<Ssrc>,
}

/// Packets asked for again (RFC 4585 section 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nack {
    /// Who asks.
    pub sender: Ssrc,
    /// The stream.
    pub media: Ssrc,
    /// The packets that are missing.
    pub lost: Vec<SeqNo>,
}

/// A key frame asked for, because pictures were lost (RFC 4585 section 6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pli {
    /// Who asks.
    pub sender: Ssrc,
    /// The stream.
    pub media: Ssrc,
}

/// Key frames asked for, because somebody joined (RFC 5104 section 4.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fir {
    /// Who asks.
    pub sender: Ssrc,
    /// The streams, each with the number of the request, which stays when the request is repeated.
    pub requests: Vec<(Ssrc, u8)>,
}

/// The receiver's own estimate of what it can receive (draft-alvestrand-rmcat-remb-03).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remb {
    /// Who estimates.
    pub sender: Ssrc,
    /// The estimate, for all streams together.
    pub bitrate: Bitrate,
    /// The streams.
    pub streams: Vec<Ssrc>,
}

#[cfg(test)]
mod tests;
