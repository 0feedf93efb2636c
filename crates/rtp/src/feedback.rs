//! When packets arrived, told back to their sender, which is what lets its bandwidth estimate grow
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use carillon_frame::{SeqExtender, SeqNo, Ssrc};

use crate::rtcp::{ArrivalDelta, TransportFeedback};

/// How long arrivals are collected before they are told.
///
/// Browsers tell theirs every 50 to 250 ms; less costs packets, more slows the sender's estimate.
pub const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);

/// The most packets one feedback covers.
///
/// It keeps a feedback with the widest deltas inside 1,200 octets and a recorder inside 8 KiB;
/// less would hide arrivals of a burst above 10,000 packets a second.
const MAX_COVERED: u16 = 512;

/// How many told packets are remembered below the first untold one, in packets.
///
/// A packet reordered further than that stays reported as lost; more would make each feedback about
/// a late packet longer.
const REORDER_WINDOW: u16 = 64;

/// After such a silence the next number starts a fresh count.
///
/// A gap of half the number space would otherwise look like a step back; a late packet of before
/// such a silence is of no use to the sender's estimate.
const FORGET_AFTER: Duration = Duration::from_secs(5);

/// What a delta counts in, in microseconds.
const TICK_MICROSECONDS: u128 = 250;

/// What the reference time counts in, in ticks: 64 ms.
///
/// Its 24 bits of 256 ticks wrap where 32 bits of ticks do.
const TICKS_PER_REFERENCE: u32 = 256;

/// Collects when the packets of one transport arrived, and yields feedback about them.
#[derive(Clone, Debug)]
pub struct FeedbackRecorder {
    sender: Ssrc,
    extender: SeqExtender,
    /// What ticks count from: the first arrival of all.
    epoch: Option<Instant>,
    last_arrival: Option<(Instant, Ssrc)>,
    /// When each packet from `base` on arrived, in ticks since the epoch, wrapping.
    arrivals: VecDeque<Option<u32>>,
    base: u64,
    /// The first packet that the sender has not been told about.
    untold: u64,
    due: Option<Instant>,
    count: u8,
}

impl FeedbackRecorder {
    /// A recorder whose feedback names `sender` as its origin.
    #[must_use]
    pub fn new(sender: Ssrc) -> Self {
        Self {
            sender,
            extender: SeqExtender::default(),
            epoch: None,
            last_arrival: None,
            arrivals: VecDeque::new(),
            base: 0,
            untold: 0,
            due: None,
            count: 0,
        }
    }

    /// Records that the packet of stream `media` with this transport-wide number arrived.
    pub fn handle_packet(&mut self, now: Instant, media: Ssrc, seq: SeqNo) {
        let last = self.last_arrival.replace((now, media));
        if last.is_some_and(|(at, _)| now.saturating_duration_since(at) > FORGET_AFTER) {
            self.extender = SeqExtender::default();
            self.arrivals.clear();
            self.due = None;
        }
        let seq = self.extender.extend(seq);
        if self.arrivals.is_empty() {
            self.base = seq;
            self.untold = seq;
        }
        self.make_room(seq);
        self.record(now, seq);
    }

    /// When [`poll_feedback`](Self::poll_feedback) has something to say, if arrivals are untold.
    #[must_use]
    pub const fn timeout(&self) -> Option<Instant> {
        self.due
    }

    /// The feedback that is due; call again until there is none.
    pub fn poll_feedback(&mut self, now: Instant) -> Option<TransportFeedback> {
        self.due.filter(|due| *due <= now)?;
        let (_, media) = self.last_arrival?;
        let (reference_time, arrivals) = self.untold_arrivals();
        let base = SeqNo((self.untold & 0xffff) as u16);
        self.mark_told(arrivals.len());
        let reference_time = reference_time?;
        let count = self.count;
        self.count = count.wrapping_add(1);
        Some(TransportFeedback {
            sender: self.sender,
            media,
            base,
            reference_time,
            count,
            arrivals,
        })
    }

    /// The number behind the last recorded one.
    fn end(&self) -> u64 {
        self.base.saturating_add(self.arrivals.len() as u64)
    }

    /// Stretches the window up to `seq`, and lets go of what lies too far below it.
    fn make_room(&mut self, seq: u64) {
        let lowest = seq.saturating_add(1).saturating_sub(MAX_COVERED.into());
        self.untold = self.untold.max(lowest);
        self.drop_below(self.untold.saturating_sub(REORDER_WINDOW.into()));
        while self.end() <= seq {
            self.arrivals.push_back(None);
        }
    }

    fn drop_below(&mut self, lowest: u64) {
        while self.base < lowest && self.arrivals.pop_front().is_some() {
            self.base = self.base.saturating_add(1);
        }
        if self.arrivals.is_empty() {
            self.base = self.base.max(lowest);
        }
    }

    fn record(&mut self, now: Instant, seq: u64) {
        let epoch = *self.epoch.get_or_insert(now);
        let ticks = now.saturating_duration_since(epoch).as_micros() / TICK_MICROSECONDS;
        let place = seq.checked_sub(self.base).and_then(|place| usize::try_from(place).ok());
        let Some(slot) = place.and_then(|place| self.arrivals.get_mut(place)) else { return };
        if slot.is_none() {
            *slot = Some((ticks & 0xffff_ffff) as u32);
            self.untold = self.untold.min(seq);
            self.due = self.due.or(now.checked_add(FEEDBACK_INTERVAL));
        }
    }

    /// The reference time and deltas from the first untold packet on, as far as deltas can express.
    fn untold_arrivals(&self) -> (Option<u32>, Vec<Option<ArrivalDelta>>) {
        let mut reference: Option<u32> = None;
        let mut previous = 0_u32;
        let mut deltas = Vec::new();
        let told = usize::try_from(self.untold.saturating_sub(self.base)).unwrap_or(usize::MAX);
        for arrival in self.arrivals.iter().skip(told).take(MAX_COVERED.into()) {
            let Some(ticks) = *arrival else {
                deltas.push(None);
                continue;
            };
            if reference.is_none() {
                reference = Some(ticks / TICKS_PER_REFERENCE);
                previous = ticks.wrapping_sub(ticks % TICKS_PER_REFERENCE);
            }
            let Ok(delta) = i16::try_from(ticks.wrapping_sub(previous).cast_signed()) else {
                break;
            };
            deltas.push(Some(ArrivalDelta(delta)));
            previous = ticks;
        }
        (reference, deltas)
    }

    fn mark_told(&mut self, told: usize) {
        self.untold = self.untold.saturating_add(told as u64);
        if self.untold >= self.end() {
            self.due = None;
        }
        self.drop_below(self.untold.saturating_sub(REORDER_WINDOW.into()));
    }
}

#[cfg(test)]
mod tests;
