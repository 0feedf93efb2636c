//! A packet as its source sent it, and what every subscriber needs to know of it.

use carillon_rtp::extension::dependency::{self, FrameDependency};
use carillon_rtp::payload::picture::PictureNumbers;
use carillon_rtp::payload::vp9::{Vp9Descriptor, Vp9Layer};
use carillon_rtp::{
    ExtensionElement, ExtensionId, ExtensionKind, ExtensionMap, RtpPacket, VideoFormat, key_frame,
};

use crate::clock::SenderClock;
use crate::source::SourceId;

/// The header extensions that stay true on the way to a viewer.
///
/// All others speak of the publisher's transport, or name things inside its session.
const FORWARDED: [ExtensionKind; 5] = [
    ExtensionKind::DependencyDescriptor,
    ExtensionKind::VideoOrientation,
    ExtensionKind::PlayoutDelay,
    ExtensionKind::VideoContentType,
    ExtensionKind::VideoTiming,
];

/// Room for the number that a packet gets among all of its transport, when it leaves.
const UNNUMBERED: &[u8] = &[0; 2];

/// The most elements that a packet goes on with: that number, the viewer's tag, and what is forwarded.
const MAX_ELEMENTS: usize = 2 + FORWARDED.len();

/// The longest value that a header extension element can have (RFC 8285 section 4.3).
const MAX_VALUE: usize = 255;

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
    /// Whether it is the first that came of its picture, and no late one.
    pub(crate) opens_picture: bool,
    pub(crate) numbers: PictureNumbers,
    pub(crate) layering: Layering,
    /// The dependency descriptor, if there is one.
    pub(crate) descriptor: Option<&'a [u8]>,
    extensions: [Option<&'a [u8]>; FORWARDED.len()],
}

/// Where a packet stands among the layers of a scalable stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layering {
    /// The stream has no layers, or nobody can tell.
    None,
    /// The payload says so.
    Vp9(Vp9Descriptor, Vp9Layer),
    /// The dependency descriptor says so.
    Described(FrameDependency),
}

impl Layering {
    fn read(format: VideoFormat, payload: &[u8]) -> Self {
        match format {
            VideoFormat::Vp9 { .. } => {
                let descriptor = Vp9Descriptor::parse(payload);
                let layered = descriptor.and_then(|read| Some(Self::Vp9(read, read.layer?)));
                layered.unwrap_or(Self::None)
            }
            VideoFormat::Vp8 | VideoFormat::H264 { .. } | VideoFormat::Av1 => Self::None,
        }
    }
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
            opens_picture: false,
            layering: Layering::read(format, packet.payload()),
            descriptor: extensions.value(&packet, ExtensionKind::DependencyDescriptor),
            numbers: PictureNumbers::read(format, packet.payload()),
            extensions: FORWARDED.map(|kind| extensions.value(&packet, kind)),
        }
    }

    /// The number of the frame, where a dependency descriptor gives it one.
    pub(crate) fn frame_number(&self) -> Option<u16> {
        self.descriptor.and_then(dependency::frame_number)
    }

    /// The viewer's tag and the header extensions to forward, under the ids of a viewer that knows them, with the
    /// frame's number moved on by `frames` in a copy at `room`.
    pub(crate) fn extensions_for<'b>(
        &self,
        viewer: &ExtensionMap,
        mid: &'b str,
        frames: u16,
        room: &'b mut [u8; MAX_VALUE],
    ) -> Elements<'b>
    where
        'a: 'b,
    {
        let mut elements = Elements::for_section(viewer, mid);
        let mut room = Some(room.as_mut_slice());
        for (kind, value) in FORWARDED.into_iter().zip(self.extensions) {
            let (Some(id), Some(mut value)) = (viewer.id(kind), value) else { continue };
            if kind == ExtensionKind::DependencyDescriptor
                && let Some(copy) = room.take().and_then(|room| room.get_mut(..value.len()))
            {
                copy.copy_from_slice(value);
                dependency::shift_frame_number(copy, frames);
                value = copy;
            }
            elements.push(ExtensionElement { id, value });
        }
        elements
    }
}

/// A few header extension elements, held without allocation.
pub(crate) struct Elements<'a> {
    elements: [ExtensionElement<'a>; MAX_ELEMENTS],
    len: usize,
}

impl<'a> Elements<'a> {
    pub(crate) const NONE: Self = {
        let id = ExtensionId::new(1).expect("one is an id");
        Self { elements: [ExtensionElement { id, value: &[] }; MAX_ELEMENTS], len: 0 }
    };

    /// What every packet to a section has that negotiated it: room for its transport's number, and the section's tag.
    pub(crate) fn for_section(viewer: &ExtensionMap, mid: &'a str) -> Self {
        let mut elements = Self::NONE;
        if let Some(id) = viewer.id(ExtensionKind::TransportSequence) {
            elements.push(ExtensionElement { id, value: UNNUMBERED });
        }
        if let Some(id) = viewer.id(ExtensionKind::Mid) {
            elements.push(ExtensionElement { id, value: mid.as_bytes() });
        }
        elements
    }

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
