//! One stream of pictures: a layer of a publisher's picture, or its only one.

mod late_start;

use std::time::Instant;

use carillon_frame::{SeqNo, Ssrc};
use carillon_rtp::{ExtensionMap, RecentPackets};

use crate::clock::SenderClock;
use crate::flow::Flow;
use crate::key_start::KeyStart;
use crate::keyframe::KeyFrameRequests;
use crate::layers::Layers;
use crate::media::{Media, SourcePacket};
use crate::meter::Meter;

/// One published stream: the video stream id of signaling, which each simulcast layer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A source, which may be wanted before it is published and stay wanted after it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) id: SourceId,
    pub(crate) live: Option<Live>,
}

/// What a source has while it is published.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) requests: KeyFrameRequests,
    pub(crate) meter: Meter,
    pub(crate) flow: Flow,
    pub(crate) layers: Layers,
    clock: Option<(Ssrc, SenderClock)>,
    /// What can be sent once more, from the first packet on that somebody may ask for again.
    recent: Option<(RecentPackets, ExtensionMap)>,
    key_start: KeyStart,
}

impl Live {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            requests: KeyFrameRequests::default(),
            meter: Meter::new(now),
            flow: Flow::new(now),
            layers: Layers::default(),
            clock: None,
            recent: None,
            key_start: KeyStart::default(),
        }
    }

    /// Remembers where the stream's clock stands against its sender's wall clock.
    pub(crate) const fn set_clock(&mut self, ssrc: Ssrc, clock: SenderClock) {
        self.clock = Some((ssrc, clock));
    }

    /// Takes note of a packet, and adds to it what its predecessors tell.
    pub(crate) fn handle_packet(&mut self, now: Instant, media: &mut Media<'_>) {
        self.key_start.handle_packet(now, media);
        self.meter.record(now, media.packet.size());
        let ssrc = media.packet.ssrc();
        media.clock = self.clock.filter(|(known, _)| *known == ssrc).map(|(_, clock)| clock);
        self.layers.handle_packet(now, media);
        if media.starts_key_frame {
            self.requests.handle_key_frame(now);
        }
    }

    /// Keeps a packet that somebody may ask for again or begin with.
    pub(crate) fn keep(&mut self, packet: &SourcePacket<'_>) {
        let unseen = || (RecentPackets::default(), *packet.extensions);
        let (recent, extensions) = self.recent.get_or_insert_with(unseen);
        *extensions = *packet.extensions;
        recent.insert(packet.format, &packet.packet);
    }

    /// Notes that a packet is not kept.
    pub(crate) fn pass_over(&mut self, media: &Media<'_>) {
        if !media.packet.is_padding_only() {
            self.key_start.forget();
        }
    }

    /// The packet of a stream with this number, if it was kept.
    pub(crate) fn recent(&self, ssrc: Ssrc, seq: SeqNo) -> Option<SourcePacket<'_>> {
        let (recent, extensions) = self.recent.as_ref()?;
        let (format, packet) = recent.get(ssrc, seq)?;
        Some(SourcePacket { format, packet, extensions })
    }
}

impl Source {
    pub(crate) const fn new(id: SourceId) -> Self {
        Self { id, live: None }
    }

    /// Whether its pictures arrive.
    pub(crate) fn flows(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.flow.flows())
    }
}
