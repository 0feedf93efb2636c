//! Which of a client's streams is which layer of its picture.

use carillon_frame::Ssrc;
use carillon_rtp::{ExtensionMap, RtpPacket};

use crate::sdp::Rid;

/// The stream of each layer, as far as it has shown itself.
#[derive(Debug, Default)]
pub(crate) struct LayerStreams {
    /// By position among the layers.
    streams: Vec<Option<Ssrc>>,
}

impl LayerStreams {
    /// The position of the layer a packet belongs to; a single picture is a single layer.
    ///
    /// Layers are named in their packets only until a report about them arrives (RFC 8852 section 3), so the stream of
    /// each is remembered, and the last one to claim a name has it.
    pub(crate) fn position(
        &mut self,
        layers: &[Rid],
        extensions: &ExtensionMap,
        packet: &RtpPacket<'_>,
    ) -> Option<usize> {
        self.streams.resize(layers.len().max(1), None);
        let position = if layers.is_empty() {
            Some(0)
        } else {
            let known = self.streams.iter().position(|stream| *stream == Some(packet.ssrc()));
            let named = || extensions.rid(packet);
            known.or_else(|| {
                named().and_then(|name| layers.iter().position(|rid| rid.as_str() == name))
            })
        }?;
        *self.streams.get_mut(position)? = Some(packet.ssrc());
        Some(position)
    }

    /// The stream of the layer at a position.
    pub(crate) fn stream(&self, position: usize) -> Option<Ssrc> {
        self.streams.get(position).copied().flatten()
    }
}
