//! Header extensions: which ones Carillon knows, under which ids, and what their values say.

mod block;
pub mod dependency;
mod value;

pub use block::{ExtensionElement, ExtensionElements, Extensions};
pub(crate) use block::{overwrite, write_block};
pub use value::{AbsSendTime, AudioActivity, VideoOrientation, VoiceActivity};

/// The number that stands for an extension in the packets of one transport: 1 to 255.
///
/// The number 15 and those above it need two-byte element headers (RFC 8285 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionId(u8);

impl ExtensionId {
    /// Makes an id of its number; zero means padding and is no id.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The number as SDP writes it.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The header extensions that browsers offer and Carillon knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtensionKind {
    /// How loud the packet is and whether it is speech (RFC 6464).
    AudioLevel,
    /// When the packet left its sender.
    AbsSendTime,
    /// A number that counts all packets of one transport.
    TransportSequence,
    /// Which SDP section the stream belongs to (RFC 9143).
    Mid,
    /// How long after its timestamp the packet left its sender (RFC 5450).
    TransmissionOffset,
    /// How to turn the picture upright.
    VideoOrientation,
    /// How long the receiver should hold the picture back.
    PlayoutDelay,
    /// Whether the picture is a camera's or a screen's.
    VideoContentType,
    /// How long the picture took through each stage of its sender.
    VideoTiming,
    /// How the picture's numbers map to colours.
    ColorSpace,
    /// Which simulcast layer the stream is (RFC 8852).
    RtpStreamId,
    /// Which simulcast layer the stream repairs (RFC 8852).
    RepairedRtpStreamId,
    /// Which layers the sender produces, and how big they are.
    VideoLayersAllocation,
    /// Which frames the frame refers to.
    DependencyDescriptor,
}

impl ExtensionKind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 14] = [
        Self::AudioLevel,
        Self::AbsSendTime,
        Self::TransportSequence,
        Self::Mid,
        Self::TransmissionOffset,
        Self::VideoOrientation,
        Self::PlayoutDelay,
        Self::VideoContentType,
        Self::VideoTiming,
        Self::ColorSpace,
        Self::RtpStreamId,
        Self::RepairedRtpStreamId,
        Self::VideoLayersAllocation,
        Self::DependencyDescriptor,
    ];

    /// The name by which SDP negotiates this extension.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            Self::AbsSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            Self::TransportSequence => {
                "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
            }
            Self::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            Self::TransmissionOffset => "urn:ietf:params:rtp-hdrext:toffset",
            Self::VideoOrientation => "urn:3gpp:video-orientation",
            Self::PlayoutDelay => "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
            Self::VideoContentType => {
                "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"
            }
            Self::VideoTiming => "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
            Self::ColorSpace => "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
            Self::RtpStreamId => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            Self::RepairedRtpStreamId => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            Self::VideoLayersAllocation => {
                "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"
            }
            Self::DependencyDescriptor => {
                "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
            }
        }
    }

    /// The extension that SDP negotiates by this name, if Carillon knows it.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.uri() == uri)
    }
}

/// Which id stands for which extension, as one transport negotiated it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionMap {
    ids: [Option<ExtensionId>; ExtensionKind::ALL.len()],
}

impl ExtensionMap {
    /// Lets `id` stand for `kind`, and for nothing else.
    pub fn insert(&mut self, id: ExtensionId, kind: ExtensionKind) {
        for (slot, other) in self.ids.iter_mut().zip(ExtensionKind::ALL) {
            if other == kind {
                *slot = Some(id);
            } else if *slot == Some(id) {
                *slot = None;
            }
        }
    }

    /// The id that stands for `kind`, if it was negotiated.
    #[must_use]
    pub fn id(&self, kind: ExtensionKind) -> Option<ExtensionId> {
        self.ids.get(kind as usize).copied().flatten()
    }

    /// The extension that `id` stands for, if it was negotiated.
    #[must_use]
    pub fn kind(&self, id: ExtensionId) -> Option<ExtensionKind> {
        self.iter().find(|(other, _)| *other == id).map(|(_, kind)| kind)
    }

    /// Every negotiated extension, in the order of [`ExtensionKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (ExtensionId, ExtensionKind)> {
        self.ids.into_iter().zip(ExtensionKind::ALL).filter_map(|(id, kind)| Some((id?, kind)))
    }
}

impl FromIterator<(ExtensionId, ExtensionKind)> for ExtensionMap {
    fn from_iter<T: IntoIterator<Item = (ExtensionId, ExtensionKind)>>(pairs: T) -> Self {
        let mut map = Self::default();
        for (id, kind) in pairs {
            map.insert(id, kind);
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_kind() {
        for (position, kind) in ExtensionKind::ALL.into_iter().enumerate() {
            assert_eq!(ExtensionKind::from_uri(kind.uri()), Some(kind));
            assert_eq!(kind as usize, position);
        }
        assert_eq!(ExtensionKind::from_uri("urn:unheard-of"), None);
    }

    #[test]
    fn an_id_stands_for_one_extension_only() {
        let one = ExtensionId::new(1).unwrap();
        let mut map = ExtensionMap::default();
        map.insert(one, ExtensionKind::Mid);
        map.insert(one, ExtensionKind::AudioLevel);
        assert_eq!(map.kind(one), Some(ExtensionKind::AudioLevel));
        assert_eq!(map.id(ExtensionKind::Mid), None);
        assert_eq!(map.iter().count(), 1);
    }
}
