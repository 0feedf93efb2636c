//! Where playout stands in the sender's time, and what it owes before the next sound.

use carillon_frame::{FRAME_SAMPLES, MediaTime};

use super::SHORTEST_SPAN;
use super::ring::Held;

/// One frame in ticks: concealment is handed out in such pieces.
pub(super) const FRAME_TICKS: u32 = 960;
const _: () = assert!(FRAME_TICKS as usize == FRAME_SAMPLES);

/// A gap in timestamps longer than this is no loss: the sender paused or set its clock, and playout goes on behind it at once.
///
/// 200 ms: concealment has long faded to nothing by then, and a smaller value would swallow pauses between words.
const LONGEST_GAP: u32 = 10 * FRAME_TICKS;

/// How much deeper than its delay the buffer may get before the oldest sound is skipped.
///
/// 160 ms is what a burst after an outage may add; less skips more often, more lets everybody wait.
const BURST_SLACK: u32 = 8 * FRAME_TICKS;

/// How many steps are watched before the buffer is called too deep, for instance because the sender's clock runs fast.
///
/// One second of 20 ms packets: less mistakes jitter for drift, more lets delay stay.
const DRIFT_WINDOW: u32 = 50;

/// How much deeper than its delay the buffer must have been at every step of the window.
///
/// 40 ms: a buffer is one packet deeper than its delay by itself, and up to another where the requests fall late.
const DRIFT_SLACK: u32 = 2 * FRAME_TICKS;

/// What stands between playout and the next sound that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// The sound follows.
    Nothing,
    /// The sound was played already, under another number.
    Past,
    /// The sender left out so many ticks.
    Pause(u32),
    /// So many ticks are lost.
    Loss(u32),
}

/// A place in the sender's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// Where the sound played or given up last ended.
    end: MediaTime,
    /// For how many frames in a row nothing was there, each of them concealed without moving on.
    starved: u32,
    /// The smallest depth of the drift window, and how many steps it has seen.
    shallowest: u32,
    watched: u32,
}

impl Position {
    /// A position where the sound of `timestamp` is next.
    pub(super) const fn at(timestamp: MediaTime) -> Self {
        Self { end: timestamp, starved: 0, shallowest: u32::MAX, watched: 0 }
    }

    /// What must be played before `head`; `complete` when no number before it is missing.
    pub(super) fn owed_before(self, head: Held, complete: bool) -> Owed {
        let gap = head.timestamp.distance_from(self.end);
        let Ok(ahead) = u32::try_from(gap) else {
            let behind = gap.unsigned_abs();
            let heard = behind <= LONGEST_GAP && behind >= head.ticks;
            return if heard { Owed::Past } else { Owed::Nothing };
        };
        let owed = ahead.saturating_sub(self.starved.saturating_mul(FRAME_TICKS));
        if ahead > LONGEST_GAP || owed < SHORTEST_SPAN {
            Owed::Nothing
        } else if complete {
            Owed::Pause(owed)
        } else {
            Owed::Loss(owed)
        }
    }

    /// The position behind `head`, be it played or left out.
    pub(super) const fn after(self, head: Held) -> Self {
        Self { end: head.end(), starved: 0, ..self }
    }

    /// The position once `ticks` are given up: what belongs there is too late from here on.
    pub(super) const fn giving_up(self, ticks: u32) -> Self {
        let covered = self.starved.saturating_mul(FRAME_TICKS).saturating_add(ticks);
        Self { end: self.end.wrapping_add(covered), starved: 0, ..self }
    }

    /// The position when nothing is there, or none when that has lasted too long.
    pub(super) fn starving(self, longest: u32) -> Option<Self> {
        (self.starved < longest).then_some(Self { starved: self.starved.saturating_add(1), ..self })
    }

    /// Where the sound played or given up last ended.
    pub(super) const fn end(self) -> MediaTime {
        self.end
    }

    /// How deep the buffer may be at `ceiling` if it is deeper even by more than a burst.
    pub(super) fn longest_depth(self, newest_end: MediaTime, ceiling: i64) -> Option<u32> {
        let depth = i64::from(newest_end.distance_from(self.end));
        (depth > ceiling.saturating_add(BURST_SLACK.into()))
            .then(|| u32::try_from(ceiling).unwrap_or(u32::MAX))
    }

    /// How deep the buffer may be if it is too deep, given where its newest sound ends.
    pub(super) fn allowed_depth(&mut self, newest_end: MediaTime, target: u32) -> Option<u32> {
        let depth = u32::try_from(newest_end.distance_from(self.end)).unwrap_or(0);
        if depth > target.saturating_add(BURST_SLACK) {
            return Some(target);
        }
        self.shallowest = self.shallowest.min(depth);
        self.watched = self.watched.saturating_add(1);
        if self.watched < DRIFT_WINDOW {
            return None;
        }
        let drifted = self.shallowest > target.saturating_add(DRIFT_SLACK);
        (self.watched, self.shallowest) = (0, u32::MAX);
        drifted.then_some(depth.saturating_sub(1))
    }
}
