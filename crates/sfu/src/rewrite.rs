//! Under which numbers packets go on, so that one stream stays continuous over many sources.
//!
//! A stretch is an unbroken run of one source's packets. Within it the numbers keep their distance
//! (`out = in + offset`), so that a late packet still has its place; a stretch goes on where the one
//! before it ended.

use std::collections::VecDeque;
use std::time::Instant;

use carillon_frame::{ClockRate, MediaTime, SeqNo, Ssrc};

use crate::clock::SenderClock;
use crate::media::Media;
use crate::sent_window::SentWindow;
use crate::source::SourceId;
use crate::stretch::{Offsets, Stretch};

/// How far the publisher's clock may place a picture from where its arrival does, in ticks: half a
/// second.
///
/// Layers of one moment arrive further apart than that only on a path too slow for them; more would
/// let a publisher's false report tear a hole into its viewers' time.
const MAX_SKEW: u32 = 45_000;

/// How many runs before the last one can still be sent once more.
///
/// A viewer asks within a second or so, in which there are rarely two changes; more costs memory.
const MAX_FORMER: usize = 2;

/// Where a packet goes in the outgoing stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) seq: SeqNo,
    pub(crate) timestamp: MediaTime,
    /// How far the picture's own number moves on.
    pub(crate) picture_id: u16,
    /// How far the number of its base layer's picture moves on.
    pub(crate) base_layer: u8,
    /// How far the frame's number in the dependency descriptor moves on.
    pub(crate) frame_number: u16,
}

impl Place {
    const fn at(number: u64, media: &Media<'_>, offsets: Offsets) -> Self {
        Self {
            seq: SeqNo((number & 0xffff) as u16),
            timestamp: media.packet.timestamp().wrapping_add(offsets.timestamp),
            picture_id: offsets.picture_id,
            base_layer: offsets.base_layer,
            frame_number: offsets.frame_number,
        }
    }
}

/// Where a packet of the outgoing stream came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its number in the outgoing stream, counted without wrapping.
    pub(crate) number: u64,
    pub(crate) source: SourceId,
    pub(crate) ssrc: Ssrc,
    pub(crate) seq: SeqNo,
    offsets: Offsets,
}

impl Origin {
    /// The packet's place, the same as when it was sent first.
    pub(crate) const fn place(&self, media: &Media<'_>) -> Place {
        Place::at(self.number, media, self.offsets)
    }
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
    frame_number: u16,
    stretch: Option<Stretch>,
    /// The runs before, the latest last.
    former: VecDeque<Stretch>,
    /// What leads from the publisher's wall clock to this stream's: a clock and its offset.
    clock: Option<(SenderClock, u32)>,
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
            frame_number: 0,
            stretch: None,
            former: VecDeque::new(),
            clock: None,
        }
    }

    /// The source whose packets go on.
    pub(crate) fn source(&self) -> Option<SourceId> {
        self.stretch.as_ref().map(|stretch| stretch.source)
    }

    /// The latest timestamp used.
    pub(crate) fn latest_timestamp(&self) -> MediaTime {
        self.latest.map(|(_, timestamp)| timestamp).unwrap_or_default()
    }

    /// Lets go of the publisher's wall clock: the next picture is another publisher's.
    pub(crate) const fn forget_clock(&mut self) {
        self.clock = None;
    }

    /// Ends the stretch: the next packet has to begin one.
    pub(crate) fn end_stretch(&mut self) {
        if let Some(stretch) = self.stretch.take() {
            if self.former.len() >= MAX_FORMER {
                self.former.pop_front();
            }
            self.former.push_back(stretch);
        }
    }

    /// Whether this packet goes on with the stretch.
    pub(crate) fn continues(&self, media: &Media<'_>) -> bool {
        self.stretch.as_ref().is_some_and(|stretch| stretch.contains(media))
    }

    /// Begins a stretch with this packet, behind all that was sent.
    pub(crate) fn begin_stretch(&mut self, now: Instant, media: &Media<'_>) {
        let timestamp = media.packet.timestamp();
        let start = self.first_timestamp(now, media);
        let picture = media.numbers.picture_id.map_or(0, |placed| placed.value.number());
        let base = media.numbers.base_layer.map_or(0, |placed| placed.value);
        let frame = media.frame_number().unwrap_or(0);
        self.end_stretch();
        self.stretch = Some(Stretch::new(
            media,
            self.next,
            Offsets {
                timestamp: start.0.wrapping_sub(timestamp.0),
                picture_id: self.picture_id.wrapping_add(1).wrapping_sub(picture),
                base_layer: self.base_layer.wrapping_add(1).wrapping_sub(base),
                frame_number: self.frame_number.wrapping_add(1).wrapping_sub(frame),
            },
        ));
    }

    /// The place of a packet of the stretch, unless it is taken or long past.
    pub(crate) fn place(&mut self, now: Instant, media: &Media<'_>) -> Option<Place> {
        let stretch = self.stretch.as_mut()?;
        stretch.clock = media.clock.or(stretch.clock);
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
        Some(Place::at(number, media, offsets))
    }

    /// Leaves out a packet of the stretch, and closes the gap if nothing behind it was sent.
    ///
    /// Where a gap can be seen already, the place that an empty packet has to fill is returned.
    pub(crate) fn leave_out(&mut self, now: Instant, media: &Media<'_>) -> Option<Place> {
        let stretch = self.stretch.as_mut()?;
        if stretch.close_gap(media.packet.seq()) { None } else { self.place(now, media) }
    }

    /// Where a packet that was sent came from; nothing for a number that was not used lately.
    pub(crate) fn origin(&self, seq: SeqNo) -> Option<Origin> {
        let highest = self.next.checked_sub(1)?;
        let step = seq.distance_from(SeqNo((highest & 0xffff) as u16));
        let number = highest.checked_add_signed(step.into())?;
        if !self.sent.contains(number) {
            return None;
        }
        let stretches = self.stretch.iter().chain(self.former.iter().rev());
        let found = stretches.filter_map(|stretch| Some((stretch, stretch.origin(number)?))).next();
        let (Stretch { source, offsets, .. }, (ssrc, seq)) = found?;
        Some(Origin { number, source: *source, ssrc, seq, offsets: *offsets })
    }

    /// Where the publisher's clock places the first picture of a stretch, or else its arrival.
    fn first_timestamp(&mut self, now: Instant, media: &Media<'_>) -> MediaTime {
        let timestamp = media.packet.timestamp();
        let Some((at, latest)) = self.latest else { return timestamp };
        let passed = ClockRate::VIDEO.ticks_in(now.saturating_duration_since(at));
        let arrived = latest.wrapping_add(passed.max(1));
        let running = self.stretch.as_ref();
        self.clock = self.clock.or(running.and_then(|s| Some((s.clock?, s.offsets.timestamp))));
        let Some((clock, (known, offset))) = media.clock.zip(self.clock) else { return arrived };
        let told = timestamp.wrapping_add(clock.offset_like(known, offset));
        if told.distance_from(arrived).unsigned_abs() > MAX_SKEW {
            return arrived;
        }
        let follows = told.distance_from(latest) > 0;
        if follows { told } else { latest.wrapping_add(1) }
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
        if let Some(number) = media.frame_number() {
            self.frame_number = number.wrapping_add(offsets.frame_number);
        }
    }
}
