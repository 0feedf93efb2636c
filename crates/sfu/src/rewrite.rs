//! Under which numbers packets go on, so that one stream stays continuous over many sources.
//!
//! A stretch is an unbroken run of one source's packets. Within it the numbers keep their distance
//! (`out = in + offset`), so that a late packet still has its place; a stretch goes on where the one
//! before it ended.

use std::collections::VecDeque;
use std::time::Instant;

use carillon_frame::{ClockRate, MediaTime, SeqExtender, SeqNo, Ssrc};
use carillon_rtp::VideoFormat;

use crate::media::Media;
use crate::sent_window::{SentWindow, WINDOW};

/// The largest step forward that is loss and not a restart (RFC 3550 appendix A.1).
const MAX_STEP: i32 = 3_000;

/// How many runs of left-out packets one stretch remembers.
///
/// They are a source's padding; a repair of a packet before the oldest of them is dropped. Less
/// would drop repairs while a source probes, more costs 24 octets each per subscription.
const MAX_SEGMENTS: usize = 32;

/// Where a packet goes in the outgoing stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) seq: SeqNo,
    pub(crate) timestamp: MediaTime,
    /// How far the picture's own number moves on.
    pub(crate) picture_id: u16,
    /// How far the number of its base layer's picture moves on.
    pub(crate) base_layer: u8,
}

/// Numbers one outgoing stream.
#[derive(Clone, Debug)]
pub(crate) struct Rewriter {
    /// The number behind the highest one used, counted without wrapping.
    next: u64,
    sent: SentWindow,
    /// The latest timestamp used, and when that was.
    latest: Option<(Instant, MediaTime)>,
    /// The numbers of the picture sent last.
    picture_id: u16,
    base_layer: u8,
    stretch: Option<Stretch>,
}

impl Rewriter {
    /// The first number is below 2^15, as RFC 3711 section 3.3.1 asks for.
    pub(crate) fn new() -> Self {
        Self {
            next: 1,
            sent: SentWindow::default(),
            latest: None,
            picture_id: 0,
            base_layer: 0,
            stretch: None,
        }
    }

    /// Ends the stretch: the next packet has to begin one.
    pub(crate) fn end_stretch(&mut self) {
        self.stretch = None;
    }

    /// Whether this packet goes on with the stretch.
    pub(crate) fn continues(&self, media: &Media<'_>) -> bool {
        self.stretch.as_ref().is_some_and(|stretch| stretch.contains(media))
    }

    /// Begins a stretch with this packet, behind all that was sent.
    pub(crate) fn begin_stretch(&mut self, now: Instant, media: &Media<'_>) {
        let timestamp = media.packet.timestamp();
        let start = self.latest.map_or(timestamp, |(at, latest)| {
            let passed = ClockRate::VIDEO.ticks_in(now.saturating_duration_since(at));
            latest.wrapping_add(passed.max(1))
        });
        let picture = media.numbers.picture_id.map_or(0, |placed| placed.value.number());
        let base = media.numbers.base_layer.map_or(0, |placed| placed.value);
        self.stretch = Some(Stretch::new(
            media,
            self.next,
            Offsets {
                timestamp: start.0.wrapping_sub(timestamp.0),
                picture_id: self.picture_id.wrapping_add(1).wrapping_sub(picture),
                base_layer: self.base_layer.wrapping_add(1).wrapping_sub(base),
            },
        ));
    }

    /// The place of a packet of the stretch, unless it is taken or long past.
    pub(crate) fn place(&mut self, now: Instant, media: &Media<'_>) -> Option<Place> {
        let stretch = self.stretch.as_mut()?;
        let number = stretch.number(media.packet.seq())?;
        let offsets = stretch.offsets;
        if !self.sent.take(number) {
            return None;
        }
        let timestamp = media.packet.timestamp().wrapping_add(offsets.timestamp);
        if number >= self.next {
            self.next = number.saturating_add(1);
            self.note_newest(now, timestamp, media, offsets);
        }
        Some(Place {
            seq: SeqNo((number & 0xffff) as u16),
            timestamp,
            picture_id: offsets.picture_id,
            base_layer: offsets.base_layer,
        })
    }

    /// Leaves out a packet of the stretch, and closes the gap if nothing behind it was sent.
    ///
    /// Where a gap can be seen already, the place that an empty packet has to fill is returned.
    pub(crate) fn leave_out(&mut self, now: Instant, media: &Media<'_>) -> Option<Place> {
        let stretch = self.stretch.as_mut()?;
        if stretch.close_gap(media.packet.seq()) { None } else { self.place(now, media) }
    }

    fn note_newest(
        &mut self,
        now: Instant,
        timestamp: MediaTime,
        media: &Media<'_>,
        offsets: Offsets,
    ) {
        if self.latest.is_none_or(|(_, latest)| timestamp.distance_from(latest) > 0) {
            self.latest = Some((now, timestamp));
        }
        if let Some(placed) = media.numbers.picture_id {
            self.picture_id = placed.value.wrapping_add(offsets.picture_id).number();
        }
        if let Some(placed) = media.numbers.base_layer {
            self.base_layer = placed.value.wrapping_add(offsets.base_layer);
        }
    }
}

/// What is added to the numbers of a stretch, each wrapping at its own width.
#[derive(Clone, Copy, Debug)]
struct Offsets {
    timestamp: u32,
    picture_id: u16,
    base_layer: u8,
}

#[derive(Clone, Debug)]
struct Stretch {
    ssrc: Ssrc,
    format: VideoFormat,
    extender: SeqExtender,
    /// In order; the last has no end.
    segments: VecDeque<Segment>,
    offsets: Offsets,
}

/// Packets of a stretch between two runs of left-out ones.
#[derive(Clone, Copy, Debug)]
struct Segment {
    first: u64,
    end: u64,
    /// What is added to the incoming number, wrapping.
    offset: u64,
}

impl Stretch {
    fn new(media: &Media<'_>, next: u64, offsets: Offsets) -> Self {
        let mut extender = SeqExtender::default();
        let first = extender.extend(media.packet.seq());
        let segment = Segment { first, end: u64::MAX, offset: next.wrapping_sub(first) };
        Self {
            ssrc: media.packet.ssrc(),
            format: media.format,
            extender,
            segments: VecDeque::from([segment]),
            offsets,
        }
    }

    fn contains(&self, media: &Media<'_>) -> bool {
        let highest = SeqNo((self.extender.highest().unwrap_or(0) & 0xffff) as u16);
        let step = i32::from(media.packet.seq().distance_from(highest));
        self.ssrc == media.packet.ssrc()
            && self.format == media.format
            && (-i32::from(WINDOW)..MAX_STEP).contains(&step)
    }

    /// The outgoing number of an incoming one, unless it was left out or is from before.
    fn number(&mut self, seq: SeqNo) -> Option<u64> {
        let seq = self.extender.extend(seq);
        let segment = self.segments.iter().rev().find(|segment| segment.first <= seq)?;
        Some(seq.wrapping_add(segment.offset)).filter(|_| seq < segment.end)
    }

    /// Lets the packets behind this one move up by one, if none of them has come yet.
    fn close_gap(&mut self, seq: SeqNo) -> bool {
        let highest = self.extender.highest();
        let seq = self.extender.extend(seq);
        let Some(last) = self.segments.back_mut() else { return false };
        if highest.is_some_and(|highest| seq <= highest) {
            return false;
        }
        let first = seq.saturating_add(1);
        let offset = last.offset.wrapping_sub(1);
        if last.first == seq {
            *last = Segment { first, end: u64::MAX, offset };
        } else {
            last.end = seq;
            self.segments.push_back(Segment { first, end: u64::MAX, offset });
        }
        if self.segments.len() > MAX_SEGMENTS {
            self.segments.pop_front();
        }
        true
    }
}
