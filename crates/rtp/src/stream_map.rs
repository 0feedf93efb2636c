//! Which of a client's streams carry which layer of its picture, and which of them repair others.
//!
//! Without simulcast the SDP names both streams. Simulcast layers name themselves in their packets,
//! by RID and repaired RID (RFC 8852), but only until a report about the stream has arrived, so that
//! what they once said is remembered.

use carillon_frame::Ssrc;

use crate::{ExtensionMap, RtpPacket};

/// The most layers of one picture.
///
/// Clients send three; less would lose one of them, more lets a client name more streams.
pub const MAX_LAYERS: usize = 4;

/// What a payload type says about the stream of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamRole {
    /// It carries pictures.
    Media,
    /// It carries packets of another stream once more (RFC 4588).
    Repair,
}

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The position of its layer in the order of the negotiation.
    pub layer: usize,
    /// Whether it is of the layer's own stream.
    pub kind: StreamKind,
}

/// Whether a packet is of a layer's own stream or repairs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    /// It is the layer's own.
    Media,
    /// It repairs this stream of the layer.
    Repair {
        /// The stream whose packet is inside.
        of: Ssrc,
    },
}

/// The streams of one client's picture.
#[derive(Clone, Debug, Default)]
pub struct StreamMap {
    layers: Vec<Layer>,
}

#[derive(Clone, Debug, Default)]
struct Layer {
    /// Nothing for a picture without simulcast.
    rid: Option<Box<str>>,
    media: Option<Ssrc>,
    repair: Option<Ssrc>,
}

impl StreamMap {
    /// Expects one layer without a name, whose streams the SDP names or leaves to its packets.
    pub fn expect_single(&mut self, media: Option<Ssrc>, repair: Option<Ssrc>) {
        let former = self.layers.drain(..).find(|layer| layer.rid.is_none()).unwrap_or_default();
        let (media, repair) = (media.or(former.media), repair.or(former.repair));
        self.layers.push(Layer { rid: None, media, repair });
    }

    /// Expects the layers of these names, of which the first [`MAX_LAYERS`] count; those that stay
    /// keep their streams.
    pub fn expect_layers<'a>(&mut self, rids: impl IntoIterator<Item = &'a str>) {
        let mut former = std::mem::take(&mut self.layers);
        for rid in rids.into_iter().take(MAX_LAYERS) {
            let known = former.iter().position(|layer| layer.rid.as_deref() == Some(rid));
            let layer = known.map(|known| former.swap_remove(known));
            let unseen = || Layer { rid: Some(rid.into()), ..Layer::default() };
            self.layers.push(layer.unwrap_or_else(unseen));
        }
    }

    /// The layer of a packet, if it names one or its stream has done so before.
    ///
    /// The last stream to claim a name has it, because a client that starts over names its streams
    /// anew. A repair of a stream that has not shown itself is nothing yet.
    pub fn sort(
        &mut self,
        role: StreamRole,
        extensions: &ExtensionMap,
        packet: &RtpPacket<'_>,
    ) -> Option<Incoming> {
        let ssrc = Some(packet.ssrc());
        let claimed = match role {
            StreamRole::Media => extensions.rid(packet),
            StreamRole::Repair => extensions.repaired_rid(packet),
        };
        let known = |layer: &Layer| match role {
            StreamRole::Media => layer.media == ssrc,
            StreamRole::Repair => layer.repair == ssrc,
        };
        let layer = match claimed {
            Some(rid) => self.layers.iter().position(|layer| layer.rid.as_deref() == Some(rid)),
            None => self.layers.iter().position(known),
        };
        let layer = layer.or_else(|| self.single())?;
        let streams = self.layers.get_mut(layer)?;
        let kind = match role {
            StreamRole::Media => {
                streams.media = ssrc;
                StreamKind::Media
            }
            StreamRole::Repair => {
                streams.repair = ssrc;
                StreamKind::Repair { of: streams.media? }
            }
        };
        Some(Incoming { layer, kind })
    }

    /// The stream that carries a layer, once it is known.
    #[must_use]
    pub fn media(&self, layer: usize) -> Option<Ssrc> {
        self.layers.get(layer)?.media
    }

    /// The layer that a stream carries, for what reports say about the stream.
    #[must_use]
    pub fn layer_of(&self, media: Ssrc) -> Option<usize> {
        self.layers.iter().position(|layer| layer.media == Some(media))
    }

    /// The only layer, if there is no other to mistake it for.
    fn single(&self) -> Option<usize> {
        matches!(self.layers.as_slice(), [Layer { rid: None, .. }]).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::{MediaTime, SeqNo};
    use proptest::prelude::*;

    use super::*;
    use crate::{ExtensionElement, ExtensionId, ExtensionKind, PayloadType, RtpHeader};

    const RIDS: [&str; 3] = ["low", "mid", "hi"];

    /// Sorts a packet of a stream that names itself or not.
    fn sort(
        map: &mut StreamMap,
        role: StreamRole,
        ssrc: u32,
        rid: Option<&str>,
    ) -> Option<Incoming> {
        let (one, two) = (ExtensionId::new(10).unwrap(), ExtensionId::new(11).unwrap());
        let extensions = ExtensionMap::from_iter([
            (one, ExtensionKind::RtpStreamId),
            (two, ExtensionKind::RepairedRtpStreamId),
        ]);
        let id = if role == StreamRole::Media { one } else { two };
        let header = RtpHeader {
            payload_type: PayloadType::new(96).unwrap(),
            seq: SeqNo(0),
            timestamp: MediaTime(0),
            ssrc: Ssrc(ssrc),
            marker: false,
        };
        let mut bytes = Vec::new();
        let element = rid.map(|rid| ExtensionElement { id, value: rid.as_bytes() });
        header.write(element.as_slice(), &mut bytes);
        map.sort(role, &extensions, &RtpPacket::parse(&bytes).unwrap())
    }

    fn media(layer: usize) -> Option<Incoming> {
        Some(Incoming { layer, kind: StreamKind::Media })
    }

    fn repair(layer: usize, of: u32) -> Option<Incoming> {
        Some(Incoming { layer, kind: StreamKind::Repair { of: Ssrc(of) } })
    }

    #[test]
    fn layers_are_remembered_when_they_stop_naming_themselves() {
        let mut map = StreamMap::default();
        map.expect_layers(RIDS);
        use StreamRole::{Media, Repair};
        assert_eq!(sort(&mut map, Media, 7, None), None);
        for ((layer, rid), ssrc) in RIDS.into_iter().enumerate().zip(100..) {
            assert_eq!(sort(&mut map, Repair, ssrc + 50, Some(rid)), None, "nothing to repair yet");
            assert_eq!(sort(&mut map, Media, ssrc, Some(rid)), media(layer));
            assert_eq!(sort(&mut map, Media, ssrc, None), media(layer));
            assert_eq!(sort(&mut map, Repair, ssrc + 50, None), repair(layer, ssrc));
            assert_eq!(map.media(layer), Some(Ssrc(ssrc)));
            assert_eq!(map.layer_of(Ssrc(ssrc)), Some(layer));
        }
        assert_eq!(sort(&mut map, Media, 9, Some("unheard")), None);
        assert_eq!(sort(&mut map, Repair, 9, None), None);
    }

    #[test]
    fn the_last_stream_to_claim_a_name_has_it() {
        let mut map = StreamMap::default();
        map.expect_layers(RIDS);
        sort(&mut map, StreamRole::Media, 1, Some("hi"));
        assert_eq!(sort(&mut map, StreamRole::Media, 2, Some("hi")), media(2));
        assert_eq!(map.media(2), Some(Ssrc(2)));
        assert_eq!(sort(&mut map, StreamRole::Media, 1, None), None);
    }

    #[test]
    fn what_is_negotiated_again_keeps_its_streams() {
        let mut map = StreamMap::default();
        map.expect_layers(RIDS);
        sort(&mut map, StreamRole::Media, 1, Some("hi"));
        map.expect_layers(["hi", "low"]);
        assert_eq!(map.media(0), Some(Ssrc(1)));
        map.expect_layers(["low"]);
        assert_eq!(sort(&mut map, StreamRole::Media, 1, None), None);
    }

    #[test]
    fn a_picture_without_layers_is_known_by_the_sdp_or_by_itself() {
        let mut map = StreamMap::default();
        map.expect_single(Some(Ssrc(1)), Some(Ssrc(2)));
        assert_eq!(sort(&mut map, StreamRole::Repair, 2, None), repair(0, 1));
        assert_eq!(sort(&mut map, StreamRole::Media, 1, None), media(0));
        map.expect_single(None, None);
        assert_eq!(map.media(0), Some(Ssrc(1)));
        assert_eq!(sort(&mut map, StreamRole::Media, 5, None), media(0));
        assert_eq!(sort(&mut map, StreamRole::Repair, 6, None), repair(0, 5));
    }

    proptest! {
        #[test]
        fn no_client_makes_the_map_grow(
            packets in prop::collection::vec((any::<bool>(), 0_u32..20, "[a-z]{0,3}"), 0..200),
            rids in prop::collection::vec("[a-z]{1,2}", 0..8),
        ) {
            let mut map = StreamMap::default();
            map.expect_layers(rids.iter().map(String::as_str));
            for (is_media, ssrc, rid) in packets {
                let role = if is_media { StreamRole::Media } else { StreamRole::Repair };
                let rid = Some(rid.as_str()).filter(|rid| !rid.is_empty());
                if let Some(sorted) = sort(&mut map, role, ssrc, rid) {
                    prop_assert!(sorted.layer < rids.len().min(MAX_LAYERS));
                }
            }
        }
    }
}
