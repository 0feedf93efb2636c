//! Opus (RFC 6716) at 48 kHz, 20 ms at a time.

mod decoder;
mod encoder;

pub use decoder::OpusDecoder;
pub use encoder::{Application, Dtx, InbandFec, OpusConfig, OpusEncoder};

/// The longest payload a 20 ms frame can take, in bytes: the first byte of the packet and the longest frame (RFC 6716 section 3.2.1).
///
/// A shorter buffer makes loud music at high bitrates fail to encode; a longer one is never used.
pub const MAX_PAYLOAD_BYTES: usize = 1_276;

/// The longest packet Opus knows, in samples at 48 kHz: 120 ms (RFC 6716 section 3.2.5).
const MAX_PACKET_SAMPLES: usize = 5_760;

/// Why the codec refused.
#[derive(Debug, thiserror::Error)]
pub enum OpusError {
    /// The codec could not be created or configured: the configuration is out of range, or memory is exhausted.
    #[error("opus codec could not be set up")]
    Setup(#[source] ::opus::Error),
    /// A frame could not be encoded: give the encoder a buffer of [`MAX_PAYLOAD_BYTES`].
    #[error("frame could not be encoded")]
    Encode(#[source] ::opus::Error),
    /// The payload is not an Opus packet: drop it and conceal its span.
    #[error("payload is not an opus packet")]
    Malformed,
    /// The payload looked like an Opus packet and could not be decoded: drop it and conceal its span.
    #[error("payload could not be decoded")]
    Decode(#[source] ::opus::Error),
    /// The decoder holds sound nobody has fetched: take its frames before feeding it more.
    #[error("decoder already holds {queued} samples")]
    Backlog {
        /// How many decoded samples wait.
        queued: usize,
    },
}

#[cfg(test)]
mod tests;
