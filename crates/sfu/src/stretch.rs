//! An unbroken run of one source's packets, in which the numbers keep their distance.

use std::collections::VecDeque;

use carillon_frame::{SeqExtender, SeqNo, Ssrc};
use carillon_rtp::VideoFormat;

use crate::clock::SenderClock;
use crate::media::Media;
use crate::sent_window::WINDOW;
use crate::source::SourceId;

/// The largest step forward that is loss and not a restart (RFC 3550 appendix A.1).
const MAX_STEP: i32 = 3_000;

/// How many runs of left-out packets one stretch remembers.
///
/// They are a source's padding, or layers that a viewer is not sent, which is one run a picture:
/// two seconds at 30 pictures a second. What lies before the oldest of them can be neither repaired
/// nor sent once more; more costs 24 octets each per subscription.
const MAX_SEGMENTS: usize = 64;

/// What is added to the numbers of a stretch, each wrapping at its own width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offsets {
    pub(crate) timestamp: u32,
    pub(crate) picture_id: u16,
    pub(crate) base_layer: u8,
    pub(crate) frame_number: u16,
}

/// A run of packets.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) source: SourceId,
    pub(crate) offsets: Offsets,
    /// Where the stream's clock stands, once its sender has told.
    pub(crate) clock: Option<SenderClock>,
    /// The first outgoing number.
    start: u64,
    ssrc: Ssrc,
    format: VideoFormat,
    extender: SeqExtender,
    /// In order; the last has no end.
    segments: VecDeque<Segment>,
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
    /// Begins with this packet, which gets the number `next`.
    pub(crate) fn new(media: &Media<'_>, next: u64, offsets: Offsets) -> Self {
        let mut extender = SeqExtender::default();
        let first = extender.extend(media.packet.seq());
        let segment = Segment { first, end: u64::MAX, offset: next.wrapping_sub(first) };
        Self {
            source: media.source,
            offsets,
            clock: media.clock,
            start: next,
            ssrc: media.packet.ssrc(),
            format: media.format,
            extender,
            segments: VecDeque::from([segment]),
        }
    }

    /// Whether this packet belongs to the run.
    pub(crate) fn contains(&self, media: &Media<'_>) -> bool {
        let highest = SeqNo((self.extender.highest().unwrap_or(0) & 0xffff) as u16);
        let step = i32::from(media.packet.seq().distance_from(highest));
        self.source == media.source
            && self.ssrc == media.packet.ssrc()
            && self.format == media.format
            && (-i32::from(WINDOW)..MAX_STEP).contains(&step)
    }

    /// The outgoing number of an incoming one, unless it was left out or is from before.
    pub(crate) fn number(&mut self, seq: SeqNo) -> Option<u64> {
        let seq = self.extender.extend(seq);
        let segment = self.segments.iter().rev().find(|segment| segment.first <= seq)?;
        Some(seq.wrapping_add(segment.offset)).filter(|_| seq < segment.end)
    }

    /// The incoming packet behind an outgoing number, if that is of this run or a later one.
    pub(crate) fn origin(&self, number: u64) -> Option<(Ssrc, SeqNo)> {
        let begins = |segment: &&Segment| segment.first.wrapping_add(segment.offset) <= number;
        let segment = self.segments.iter().rev().find(begins).filter(|_| self.start <= number)?;
        let seq = number.wrapping_sub(segment.offset);
        Some((self.ssrc, SeqNo((seq & 0xffff) as u16)))
    }

    /// Lets the packets behind this one move up by one, if none of them has come yet.
    pub(crate) fn close_gap(&mut self, seq: SeqNo) -> bool {
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
