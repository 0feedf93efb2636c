//! Takes the events of one target out of the outbox and spreads them over its lanes.

use std::sync::Arc;

use carillon_control::{ControlError, Postbox, Posting, PostingNumber, Search, TargetName};
use carillon_types::MeetingId;
use tokio::sync::{Notify, mpsc};

use super::lane::{PAUSE, WAITING};

/// Who brings events to the lanes of one target.
///
/// A lane that is held up is passed over, and goes on later from where it was: what one meeting tells does not wait for
/// what another does.
#[derive(Debug)]
pub(crate) struct Courier {
    target: TargetName,
    postbox: Postbox,
    tracks: Vec<Track>,
    freed: Arc<Notify>,
}

/// How far a lane is.
#[derive(Debug)]
struct Track {
    entrance: mpsc::Sender<Posting>,
    /// Everything up to here was given to the lane, or is another lane's.
    last: PostingNumber,
    full: bool,
}

/// What a round has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// There may be more.
    More,
    /// There is nothing more, or no room for it.
    Over,
}

impl Courier {
    /// Serves lanes by their entrances; whenever one of them has more room, `freed` is told.
    pub(crate) fn new(
        target: TargetName,
        postbox: Postbox,
        entrances: Vec<mpsc::Sender<Posting>>,
        freed: Arc<Notify>,
    ) -> Self {
        let track = |entrance| Track { entrance, last: PostingNumber::default(), full: false };
        Self { target, postbox, tracks: entrances.into_iter().map(track).collect(), freed }
    }

    /// Works until the control plane or the lanes end.
    ///
    /// What is given to a lane and not delivered stays in the outbox, so this may be dropped at any time.
    pub(crate) async fn run(mut self) {
        let mut news = self.postbox.news();
        loop {
            // What is posted from here on is seen by this round, or makes another one.
            news.mark_unchanged();
            match self.round().await {
                Ok(Round::More) => {}
                Ok(Round::Over) => tokio::select! {
                    more = news.changed() => if more.is_err() { return },
                    () = self.freed.notified(), if self.tracks.iter().any(|track| track.full) => {}
                },
                Err(ControlError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "events cannot be read");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Reads some events and gives to the lanes what finds room.
    async fn round(&mut self) -> Result<Round, ControlError> {
        for track in &mut self.tracks {
            // Not for a single place: each round is a read.
            track.full = track.entrance.capacity() < WAITING / 2;
        }
        let Some(after) = self.tracks.iter().filter(|track| !track.full).map(|t| t.last).min()
        else {
            return Ok(Round::Over);
        };
        // As many as find room when all lanes are empty.
        let most = self.tracks.len().saturating_mul(WAITING);
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let numbers = after.next()..=PostingNumber::LAST;
        let search = Search { target: self.target.clone(), meeting: None, numbers, most };
        let page = self.postbox.read(search).await?;
        let Some(last) = page.last().map(|posting| posting.number) else {
            return Ok(Round::Over);
        };
        let whole = page.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        for posting in page {
            self.hand_over(posting)?;
        }
        for track in self.tracks.iter_mut().filter(|track| !track.full) {
            track.last = track.last.max(last);
        }
        Ok(if whole { Round::More } else { Round::Over })
    }

    /// Gives an event to the lane of its meeting, unless it has it or has no room.
    fn hand_over(&mut self, posting: Posting) -> Result<(), ControlError> {
        let lane = lane_of(posting.meeting, self.tracks.len());
        let Some(track) = self.tracks.get_mut(lane) else { return Ok(()) };
        let number = posting.number;
        if track.full || number <= track.last {
            return Ok(());
        }
        match track.entrance.try_send(posting) {
            Ok(()) => track.last = number,
            Err(mpsc::error::TrySendError::Full(_)) => track.full = true,
            // The lane has ended, as everything does.
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(ControlError::Closed),
        }
        Ok(())
    }
}

/// Chooses the lane of a meeting, always the same.
fn lane_of(meeting: MeetingId, lanes: usize) -> usize {
    let lanes = u128::try_from(lanes).unwrap_or(1);
    meeting.as_u128().checked_rem(lanes).and_then(|lane| lane.try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_keeps_its_lane_and_meetings_use_all_lanes() {
        let lane = |bits: u128| lane_of(MeetingId::from_random(bits), 8);
        let used: std::collections::BTreeSet<_> = (0..100).map(lane).collect();
        assert_eq!(used, (0..8).collect());
        assert_eq!(lane(5), lane(5));
        assert_eq!(lane_of(MeetingId::from_random(5), 1), 0);
    }
}
