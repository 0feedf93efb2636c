//! Where a source's latest key frame begins, also when its first packet comes late.

use std::time::{Duration, Instant};

use carillon_frame::{ClockRate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::payload::is_first_for_sure;

use crate::keyframe::MIN_INTERVAL;
use crate::media::Media;

/// How far behind the latest picture a packet can be late, in ticks: five seconds.
///
/// Less would take a repair for the start of a picture, more would take a clock that was set back
/// for repairs.
const MAX_LATE: i32 = 450_000;

/// How old a key frame may be for a viewer to begin with it.
///
/// It is as long as another one cannot be asked for; a viewer has to catch up with what is older.
const MAX_AGE: Duration = MIN_INTERVAL;

/// Watches one source for the starts of its key frames.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyStart {
    newest: Option<Newest>,
    /// Where the latest key frame begins, as long as all since then is kept.
    latest: Option<Beginning>,
    /// Where it begins if nothing of it was lost in front.
    unsure: Option<Beginning>,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    ssrc: Ssrc,
    /// The highest packet.
    seq: SeqNo,
    /// The latest picture.
    timestamp: MediaTime,
}

/// The first packet of a key frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) ssrc: Ssrc,
    pub(crate) seq: SeqNo,
    timestamp: MediaTime,
    /// When it came, or would have if it had not been lost.
    at: Instant,
}

impl Beginning {
    /// When a picture behind it came, by its timestamp.
    pub(crate) fn moment_of(&self, timestamp: MediaTime) -> Instant {
        let ticks = u32::try_from(timestamp.distance_from(self.timestamp)).unwrap_or(0);
        self.at.checked_add(ClockRate::VIDEO.span_of(ticks)).unwrap_or(self.at)
    }

    /// Whether another packet belongs to the same picture.
    fn shares_picture_with(&self, other: &Self) -> bool {
        (self.ssrc, self.timestamp) == (other.ssrc, other.timestamp)
    }

    fn is_behind(&self, other: &Self) -> bool {
        self.ssrc == other.ssrc && self.seq.distance_from(other.seq) > 0
    }
}

impl KeyStart {
    /// Takes note of a packet, and adds to it whether it opens a picture and starts a key frame.
    ///
    /// Several packets of one H.264 key frame look like its start, and the first of any key frame
    /// can come late: whoever waits has then missed a part of the picture, and can begin only with
    /// what was kept.
    pub(crate) fn handle_packet(&mut self, now: Instant, media: &mut Media<'_>) {
        let (ssrc, seq) = (media.packet.ssrc(), media.packet.seq());
        let timestamp = media.packet.timestamp();
        let known = self.newest.filter(|newest| newest.ssrc == ssrc);
        let late = known.map(|newest| timestamp.distance_from(newest.timestamp));
        media.opens_picture = late.is_none_or(|late| !(-MAX_LATE..=0).contains(&late));
        let looks_like_start = std::mem::take(&mut media.starts_key_frame);
        let here = Beginning { ssrc, seq, timestamp, at: now };
        if media.opens_picture {
            let follows = known.is_none_or(|newest| newest.seq.next() == seq);
            let sure = follows || is_first_for_sure(media.format, media.packet.payload());
            media.starts_key_frame = looks_like_start && sure;
            match (looks_like_start, sure) {
                (true, true) => (self.latest, self.unsure) = (Some(here), None),
                (true, false) => self.unsure = Some(here),
                (false, _) => {}
            }
        } else if known.is_some_and(|newest| seq.distance_from(newest.seq) < 0) {
            let behind = ClockRate::VIDEO.span_of(late.unwrap_or(0).unsigned_abs());
            let at = now.checked_sub(behind).unwrap_or(now);
            self.handle_late(Beginning { at, ..here }, looks_like_start);
        }
        self.note_newest(known, &here, media.opens_picture);
    }

    /// Where the latest key frame begins, if that is recent and all of it is kept.
    pub(crate) fn latest(&self, now: Instant) -> Option<Beginning> {
        self.latest.filter(|latest| now.saturating_duration_since(latest.at) <= MAX_AGE)
    }

    /// Notes that a packet was not kept: nobody can begin in front of it.
    pub(crate) const fn forget(&mut self) {
        (self.latest, self.unsure) = (None, None);
    }

    fn handle_late(&mut self, here: Beginning, looks_like_start: bool) {
        let unsure = self.unsure.filter(|unsure| unsure.ssrc == here.ssrc);
        if looks_like_start {
            let in_front = |known: Option<Beginning>| {
                known.is_none_or(|known| match here.shares_picture_with(&known) {
                    true => known.is_behind(&here),
                    false => here.is_behind(&known),
                })
            };
            if in_front(self.latest) && in_front(unsure) {
                (self.latest, self.unsure) = (Some(here), None);
            }
        } else if let Some(unsure) = unsure
            && here.seq.next() == unsure.seq
            && !here.shares_picture_with(&unsure)
        {
            (self.latest, self.unsure) = (Some(unsure), None);
        }
    }

    fn note_newest(&mut self, known: Option<Newest>, here: &Beginning, opens_picture: bool) {
        let Beginning { ssrc, seq, timestamp, .. } = *here;
        let Some(mut newest) = known else {
            self.newest = Some(Newest { ssrc, seq, timestamp });
            return;
        };
        if seq.distance_from(newest.seq) > 0 {
            newest.seq = seq;
        }
        if opens_picture {
            newest.timestamp = timestamp;
        }
        self.newest = Some(newest);
    }
}
