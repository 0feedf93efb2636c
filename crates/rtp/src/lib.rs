//! RTP and RTCP as Carillon uses them: packet views, header extensions, payload formats, reports
//! and feedback.
//!
//! It is bytes and arithmetic: no codec, no socket, no clock, no encryption.
//! Packets come in opened and leave unsealed; `carillon-transport` does the rest.
//!
//! The main type is [`RtpPacket`], a view of one packet in place; [`RtpHeader`] writes one, and
//! [`Rtcp`] is what [`parse_compound`] and [`write_compound`] exchange.
//!
//! Read on in [`packet`], then [`extension`], then [`payload`]; the users are `carillon-sfu`
//! (pictures) and `carillon-mixer` (sound).

pub mod bandwidth;
mod bits;
pub mod extension;
pub mod feedback;
pub mod format;
pub mod nack;
pub mod ntp;
pub mod packet;
pub mod payload;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod reception;
pub mod retransmit;
pub mod rtcp;
pub mod sending;
pub mod stream_map;

pub use bandwidth::BandwidthEstimator;
pub use extension::{ExtensionElement, ExtensionId, ExtensionKind, ExtensionMap};
pub use feedback::FeedbackRecorder;
pub use format::{AudioFormat, H264Profile, PacketizationMode, VideoFormat, Vp9Profile};
pub use nack::NackGenerator;
pub use ntp::NtpTime;
pub use packet::{
    PacketError, PayloadType, RtpHeader, RtpPacket, overwrite_extension, write_padding,
};
pub use payload::{key_frame, picture_size};
pub use reception::Reception;
pub use retransmit::{RecentPackets, unwrap_repair, write_repair_header};
pub use rtcp::{Rtcp, RtcpError, parse_compound, write_compound};
pub use sending::Sending;
pub use stream_map::{Incoming, StreamKind, StreamMap, StreamRole};
