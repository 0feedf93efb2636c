//! One receive section of one viewer: what goes on to it, and what it waits for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_frame::{Bitrate, SeqNo, Ssrc};
use carillon_rtp::{
    ExtensionMap, PayloadType, RtpHeader, VideoFormat, write_padding, write_repair_header,
};

use crate::SourceId;
use crate::allocation::Shown;
use crate::layers::Layers;
use crate::media::{Elements, Media};
use crate::resend::{Resender, Retransmission};
use crate::rewrite::{Origin, Place, Rewriter};
use crate::selection::{Choice, LayerLimit, Selection};

/// One receive section of one viewer, by a number that the meeting chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

/// What a viewer's receive section negotiated, and which source it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionConfig {
    /// The source to show.
    pub source: SourceId,
    /// The section's tag (RFC 9143 section 15.1). It goes with every packet: a packet that overtakes the answer would else
    /// land in whichever section takes its payload type, and some browsers leave its stream there for good.
    pub mid: String,
    /// The stream that the section was told to expect.
    pub ssrc: Ssrc,
    /// The formats that the viewer decodes, each with its payload type in the section.
    pub payload_types: BTreeMap<VideoFormat, PayloadType>,
    /// The header extension ids of the viewer's transport.
    pub extensions: ExtensionMap,
}

/// Whether a viewer sees its source, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// The source's next key frame starts the picture.
    AwaitingKeyFrame,
    /// Packets go on.
    Forwarding,
    /// The source sends a format that the viewer does not decode.
    UnknownFormat(VideoFormat),
    /// The viewer wants nothing for a while.
    Paused,
}

/// What to do with a packet for one subscription.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Forward(Forwarded),
    WaitForKeyFrame,
    Drop,
}

/// How a packet goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forwarded {
    payload_type: PayloadType,
    place: Place,
    content: Content,
}

/// What is sent in a packet's place.
#[derive(Clone, Copy, Debug)]
enum Content {
    Everything,
    /// Nothing, where a number has to be used up.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    config: SubscriptionConfig,
    /// The highest layer that its viewer's path takes, if that is less than what is wanted.
    ceiling: Option<SourceId>,
    shown: Shown,
    /// Since when its only layer has been more than its share.
    above_share: Option<Instant>,
    /// The layer that the next key frame may come from.
    target: SourceId,
    state: SubscriptionState,
    rewriter: Rewriter,
    resender: Resender,
    selection: Selection,
}

impl Subscription {
    pub(crate) fn new(config: SubscriptionConfig) -> Self {
        let (target, state) = (config.source, SubscriptionState::AwaitingKeyFrame);
        let (rewriter, resender) = (Rewriter::new(), Resender::new());
        Self {
            config,
            ceiling: None,
            shown: Shown::Yes,
            above_share: None,
            target,
            state,
            rewriter,
            resender,
            selection: Selection::new(),
        }
    }

    pub(crate) const fn state(&self) -> SubscriptionState {
        self.state
    }

    pub(crate) const fn wanted(&self) -> SourceId {
        self.config.source
    }

    /// The best layer that may be sent.
    pub(crate) fn permitted(&self) -> SourceId {
        self.ceiling.unwrap_or(self.config.source)
    }

    /// Whether anything of what is wanted could be sent to a path that takes it.
    pub(crate) const fn is_wanting(&self) -> bool {
        match self.state {
            SubscriptionState::AwaitingKeyFrame | SubscriptionState::Forwarding => true,
            SubscriptionState::UnknownFormat(_) | SubscriptionState::Paused => false,
        }
    }

    /// Holds back what the viewer's path does not take; what goes on anew begins with a key frame.
    pub(crate) fn permit(&mut self, shown: Shown, ceiling: Option<SourceId>) {
        self.ceiling = ceiling;
        if std::mem::replace(&mut self.shown, shown) != shown && self.is_wanting() {
            self.stop(SubscriptionState::AwaitingKeyFrame);
        }
    }

    pub(crate) const fn shown(&self) -> Shown {
        self.shown
    }

    /// How long the only layer has been more than its share.
    pub(crate) fn time_above_share(&mut self, now: Instant) -> Duration {
        let since = *self.above_share.get_or_insert(now);
        now.saturating_duration_since(since)
    }

    /// Notes that what is sent is no more than its share.
    pub(crate) const fn is_within_share(&mut self) {
        self.above_share = None;
    }

    /// The source whose packets go on.
    pub(crate) fn forwarded(&self) -> Option<SourceId> {
        self.rewriter.source().filter(|_| self.state == SubscriptionState::Forwarding)
    }

    /// The source whose key frame would help the viewer.
    pub(crate) fn refreshable(&self) -> Option<SourceId> {
        match self.state {
            _ if self.shown == Shown::HeldBack => None,
            SubscriptionState::AwaitingKeyFrame => Some(self.target),
            SubscriptionState::Forwarding => Some(self.forwarded().unwrap_or(self.target)),
            SubscriptionState::UnknownFormat(_) | SubscriptionState::Paused => None,
        }
    }

    /// Whether a key frame of the target would change anything.
    pub(crate) fn awaits_key_frame(&self) -> bool {
        match self.state {
            _ if self.shown == Shown::HeldBack => false,
            SubscriptionState::AwaitingKeyFrame => true,
            SubscriptionState::Forwarding => self.forwarded() != Some(self.target),
            SubscriptionState::UnknownFormat(_) | SubscriptionState::Paused => false,
        }
    }

    /// Whether it shows nothing, and would begin with a key frame of this source.
    pub(crate) fn begins_with(&self, source: SourceId) -> bool {
        self.state == SubscriptionState::AwaitingKeyFrame && self.target == source
    }

    /// Takes over what was negotiated again; what is forwarded goes on until something else begins.
    pub(crate) fn configure(&mut self, config: SubscriptionConfig) {
        self.config = config;
        match self.state {
            SubscriptionState::Forwarding | SubscriptionState::AwaitingKeyFrame => {}
            SubscriptionState::UnknownFormat(_) | SubscriptionState::Paused => {
                self.stop(SubscriptionState::AwaitingKeyFrame);
            }
        }
    }

    /// Points at another layer, whose key frame ends what is forwarded; returns the former target.
    pub(crate) fn aim_at(&mut self, target: SourceId) -> Option<SourceId> {
        let former = std::mem::replace(&mut self.target, target);
        Some(former).filter(|former| *former != target)
    }

    /// Ends what is forwarded, because what is wanted belongs to another picture.
    pub(crate) fn leave_picture(&mut self) {
        self.stop(SubscriptionState::AwaitingKeyFrame);
        (self.ceiling, self.shown, self.above_share) = (None, Shown::Yes, None);
        self.target = self.config.source;
        self.rewriter.forget_clock();
    }

    /// Waits for a key frame, if this source was what is forwarded.
    pub(crate) fn handle_source_end(&mut self, source: SourceId) {
        let shown = self.rewriter.source().unwrap_or(self.target) == source;
        if shown && self.state != SubscriptionState::Paused {
            self.stop(SubscriptionState::AwaitingKeyFrame);
        }
    }

    /// Forwards nothing until a key frame starts the next stretch.
    pub(crate) fn stop(&mut self, state: SubscriptionState) {
        self.state = state;
        self.rewriter.end_stretch();
    }

    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        media: &Media<'_>,
        layers: &Layers,
    ) -> Step {
        let is_target = media.source == self.target;
        if self.state == SubscriptionState::Paused
            || self.shown == Shown::HeldBack
            || !(is_target || self.rewriter.source() == Some(media.source))
        {
            return Step::Drop;
        }
        let Some(payload_type) = self.config.payload_types.get(&media.format).copied() else {
            return self.refuse_format(media);
        };
        if !self.rewriter.continues(media) {
            if media.packet.is_padding_only() || !is_target {
                return Step::Drop;
            }
            if !media.starts_key_frame {
                return self.wait_for_key_frame();
            }
            self.state = SubscriptionState::Forwarding;
            self.rewriter.begin_stretch(now, media);
            self.selection.restart();
        }
        let choice = if media.packet.is_padding_only() {
            Choice::LeaveOut
        } else {
            self.selection.choose(media, layers)
        };
        let (place, content) = match choice {
            Choice::Forward => (self.rewriter.place(now, media), Content::Everything),
            Choice::LeaveOut | Choice::Miss => {
                (self.rewriter.leave_out(now, media), Content::Nothing)
            }
        };
        match place {
            Some(place) => Step::Forward(Forwarded { payload_type, place, content }),
            None if choice == Choice::Miss => Step::WaitForKeyFrame,
            None => Step::Drop,
        }
    }

    /// Agrees on the stream for packets that are sent once more, or on none.
    pub(crate) fn set_retransmission(&mut self, negotiated: Option<Retransmission>) {
        self.resender.negotiate(negotiated);
    }

    /// Limits what of a scalable stream goes on.
    pub(crate) const fn set_layer_limit(&mut self, limit: LayerLimit) {
        self.selection.set_limit(limit);
    }

    /// Limits how much all layers of a scalable stream may take together.
    pub(crate) const fn set_layer_bitrate(&mut self, bitrate: Option<Bitrate>) {
        self.selection.set_bitrate(bitrate);
    }

    pub(crate) const fn layer_bitrate(&self) -> Option<Bitrate> {
        self.selection.bitrate()
    }

    /// Appends a packet of padding to `out`, in the stream of what is sent once more.
    pub(crate) fn pad(&mut self, octets: u8, out: &mut Vec<u8>) -> Option<()> {
        let (ssrc, payload_type, seq) = self.resender.take_padding()?;
        let timestamp = self.rewriter.latest_timestamp();
        let header = RtpHeader { payload_type, seq, timestamp, ssrc, marker: false };
        let elements = Elements::for_section(&self.config.extensions, &self.config.mid);
        write_padding(&header, elements.as_slice(), octets, out);
        Some(())
    }

    /// Whether its viewer may ask for packets again.
    pub(crate) const fn resends(&self) -> bool {
        self.resender.is_negotiated()
    }

    /// Where a packet that the viewer asks for again came from.
    pub(crate) fn origin(&self, seq: SeqNo) -> Option<Origin> {
        self.rewriter.origin(seq).filter(|_| self.state == SubscriptionState::Forwarding)
    }

    /// Appends the packet to `out` once more, under a number of its own, unless it is too much.
    ///
    /// Under its first number it could be encrypted to something else with the same nonce.
    pub(crate) fn resend(
        &mut self,
        now: Instant,
        origin: &Origin,
        media: &Media<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let (number, octets) = (origin.number, media.packet.size());
        let place = origin.place(media);
        let (ssrc, payload_type, seq) = self.resender.take(now, number, media.format, octets)?;
        let header =
            RtpHeader { payload_type, seq, ssrc, ..self.header(payload_type, place, media) };
        let mut room = [0; _];
        let SubscriptionConfig { extensions, mid, .. } = &self.config;
        let elements = media.extensions_for(extensions, mid, place.frame_number, &mut room);
        write_repair_header(&header, elements.as_slice(), place.seq, out);
        if self.selection.includes(media) {
            write_payload(place, media, out);
        }
        Some(())
    }

    /// A format change shows in its first key frame; anything else in a foreign format may be a
    /// late packet of what was before, unless the section gave up the very format it was sent.
    fn refuse_format(&mut self, media: &Media<'_>) -> Step {
        let awaited = self.state == SubscriptionState::AwaitingKeyFrame;
        if media.starts_key_frame || awaited || self.rewriter.continues(media) {
            self.stop(SubscriptionState::UnknownFormat(media.format));
        }
        Step::Drop
    }

    /// Keeps the stretch, because the packet may be a late one of what was before.
    fn wait_for_key_frame(&mut self) -> Step {
        match self.state {
            SubscriptionState::UnknownFormat(_) => self.state = SubscriptionState::AwaitingKeyFrame,
            SubscriptionState::AwaitingKeyFrame
            | SubscriptionState::Forwarding
            | SubscriptionState::Paused => {}
        }
        Step::WaitForKeyFrame
    }

    /// Appends the packet to `out` as the viewer expects it.
    pub(crate) fn write(&self, forwarded: Forwarded, media: &Media<'_>, out: &mut Vec<u8>) {
        let Forwarded { payload_type, place, content } = forwarded;
        let header = self.header(payload_type, place, media);
        match content {
            Content::Everything => {
                let mut room = [0; _];
                let SubscriptionConfig { extensions, mid, .. } = &self.config;
                let elements = media.extensions_for(extensions, mid, place.frame_number, &mut room);
                header.write(elements.as_slice(), out);
                write_payload(place, media, out);
            }
            Content::Nothing => {
                let elements = Elements::for_section(&self.config.extensions, &self.config.mid);
                RtpHeader { marker: false, ..header }.write(elements.as_slice(), out);
            }
        }
    }

    fn header(&self, payload_type: PayloadType, place: Place, media: &Media<'_>) -> RtpHeader {
        RtpHeader {
            payload_type,
            seq: place.seq,
            timestamp: place.timestamp,
            ssrc: self.config.ssrc,
            marker: self.selection.ends_picture(media),
        }
    }
}

fn write_payload(place: Place, media: &Media<'_>, out: &mut Vec<u8>) {
    let payload_at = out.len();
    out.extend_from_slice(media.packet.payload());
    if let Some(payload) = out.get_mut(payload_at..) {
        media.numbers.shift(payload, place.picture_id, place.base_layer);
    }
}
