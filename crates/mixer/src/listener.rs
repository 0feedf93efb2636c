//! One listener's mix on its way out.

use carillon_frame::AudioFrame;
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusEncoder, OpusError};

use crate::SourceId;

/// A listener, as its owner numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u32);

#[derive(Debug)]
pub(crate) struct Listener {
    own: Vec<SourceId>,
    encoder: OpusEncoder,
    payload: Box<[u8; MAX_PAYLOAD_BYTES]>,
    encoded: usize,
}

impl Listener {
    pub(crate) fn new(config: OpusConfig, own: &[SourceId]) -> Result<Self, OpusError> {
        Ok(Self {
            own: own.to_vec(),
            encoder: OpusEncoder::new(config)?,
            payload: Box::new([0; MAX_PAYLOAD_BYTES]),
            encoded: 0,
        })
    }

    /// The sources this listener does not hear, since they are its own.
    pub(crate) fn own(&self) -> &[SourceId] {
        &self.own
    }

    pub(crate) fn set_own(&mut self, own: &[SourceId]) {
        self.own.clear();
        self.own.extend_from_slice(own);
    }

    pub(crate) fn encode(&mut self, mix: &AudioFrame) -> Result<(), OpusError> {
        self.encoded = self.encoder.encode(mix, &mut *self.payload)?;
        Ok(())
    }

    /// The payload encoded last.
    pub(crate) fn payload(&self) -> &[u8] {
        self.payload.get(..self.encoded).unwrap_or(&[])
    }
}
