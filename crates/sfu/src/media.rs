//! A packet as its source sent it, and what every subscriber needs to know of it.

use carillon_rtp::payload::picture::PictureNumbers;
use carillon_rtp::{
    ExtensionElement, ExtensionId, ExtensionKind, ExtensionMap, RtpPacket, VideoFormat, key_frame,
};

use crate::clock::SenderClock;
use crate::source::SourceId;

/// The header extensions that stay true on the way to a viewer.
///
/// All others speak of the publisher's transport, or name things inside its session.
const FORWARDED: [ExtensionKind; 4] = [
    ExtensionKind::VideoOrientation,
    ExtensionKind::PlayoutDelay,
    ExtensionKind::VideoContentType,
    ExtensionKind::VideoTiming,
];

/// One packet of a source, opened and with what its transport negotiated about it.
#[derive(Clone, Copy, Debug)]
pub struct SourcePacket<'a> {
    /// What the packet's payload type stands for.
    pub format: VideoFormat,
    /// The packet.
    pub packet: RtpPacket<'a>,
    /// What the ids of the packet's header extensions stand for.
    pub extensions: &'a ExtensionMap,
}

/// A packet, looked at once for all subscribers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Media<'a> {
    pub(crate) source: SourceId,
    /// Where the stream's clock stands, once its sender has told.
    pub(crate) clock: Option<SenderClock>,
    pub(crate) format: VideoFormat,
    pub(crate) packet: RtpPacket<'a>,
    pub(crate) starts_key_frame: bool,
    pub(crate) numbers: PictureNumbers,
    extensions: [Option<&'a [u8]>; FORWARDED.len()],
}

impl<'a> Media<'a> {
    pub(crate) fn new(source: SourceId, packet: &SourcePacket<'a>) -> Self {
        let SourcePacket { format, packet, extensions } = *packet;
        Self {
            source,
            clock: None,
            format,
            packet,
            starts_key_frame: key_frame(format, packet.payload()),
            numbers: PictureNumbers::read(format, packet.payload()),
            extensions: FORWARDED.map(|kind| extensions.value(&packet, kind)),
        }
    }

    /// The header extensions to forward, under the ids of a viewer that knows them.
    pub(crate) fn extensions_for(&self, viewer: &ExtensionMap) -> Elements<'a> {
        let mut elements = Elements::NONE;
        for (kind, value) in FORWARDED.into_iter().zip(self.extensions) {
            if let (Some(id), Some(value)) = (viewer.id(kind), value) {
                elements.push(ExtensionElement { id, value });
            }
        }
        elements
    }
}

/// A few header extension elements, held without allocation.
pub(crate) struct Elements<'a> {
    elements: [ExtensionElement<'a>; FORWARDED.len()],
    len: usize,
}

impl<'a> Elements<'a> {
    pub(crate) const NONE: Self = {
        let id = ExtensionId::new(1).expect("one is an id");
        Self { elements: [ExtensionElement { id, value: &[] }; FORWARDED.len()], len: 0 }
    };

    fn push(&mut self, element: ExtensionElement<'a>) {
        if let Some(slot) = self.elements.get_mut(self.len) {
            *slot = element;
            self.len = self.len.saturating_add(1);
        }
    }

    pub(crate) fn as_slice(&self) -> &[ExtensionElement<'a>] {
        self.elements.get(..self.len).unwrap_or_default()
    }
}
