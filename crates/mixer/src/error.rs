//! Why the mixer refuses.

use carillon_media::opus::OpusError;
use carillon_rtp::payload::red::RedError;

use crate::{ListenerId, SourceId};

/// Why a packet or a command had no effect.
#[derive(Debug, thiserror::Error)]
pub enum MixerError {
    /// The source was never added or is removed: drop the packet.
    #[error("source {} is not in the mix", .0.0)]
    UnknownSource(SourceId),
    /// The listener was never added or is removed: drop the command.
    #[error("listener {} is not in the mix", .0.0)]
    UnknownListener(ListenerId),
    /// The payload is not Opus: drop the packet.
    #[error("packet does not carry opus")]
    NotOpus,
    /// The redundant payload is malformed: drop the packet.
    #[error("packet does not carry redundant audio")]
    NotRed(#[source] RedError),
    /// A codec could not be made: the configuration is out of range, or memory is exhausted.
    #[error("codec could not be made")]
    Codec(#[source] OpusError),
}
