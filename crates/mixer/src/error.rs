//! Why the mixer refuses.

use carillon_media::opus::OpusError;
use carillon_media::pipeline::audio_receive::PayloadError;

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
    /// The payload is not what its payload type says: drop the packet.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A codec could not be made: the configuration is out of range, or memory is exhausted.
    #[error("codec could not be made")]
    Codec(#[source] OpusError),
}
