//! Who wants to know, and how often, how active everybody is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use carillon_signaling::Identity;

use crate::active_speaker::TICK;
use crate::shared::lock;
use crate::subscription::Subscription;

/// How active everybody is, from 0 on.
pub(crate) type Scores = BTreeMap<Identity, f32>;

/// What is called with the scores.
pub(crate) type Callback = Arc<dyn Fn(&Scores) + Send + Sync>;

struct Subscriber {
    number: u64,
    interval: Duration,
    told_at: Option<Instant>,
    callback: Callback,
}

#[derive(Default)]
struct Board {
    subscribers: Vec<Subscriber>,
    made: u64,
}

/// Everybody who wants to know.
#[derive(Clone, Default)]
pub(crate) struct ScoreBoard(Arc<Mutex<Board>>);

impl ScoreBoard {
    pub(crate) fn subscribe(&self, interval: Duration, callback: Callback) -> Subscription {
        let number = {
            let mut board = lock(&self.0);
            board.made = board.made.saturating_add(1);
            let number = board.made;
            board.subscribers.push(Subscriber { number, interval, told_at: None, callback });
            number
        };
        let board = Arc::downgrade(&self.0);
        Subscription::new(move || {
            if let Some(board) = board.upgrade() {
                lock(&board).subscribers.retain(|known| known.number != number);
            }
        })
    }

    /// Who is to be told at this tick: an interval counts as over half a tick early, or it would be a whole one late.
    pub(crate) fn due(&self, now: Instant) -> Vec<Callback> {
        let mut board = lock(&self.0);
        let mut due = Vec::new();
        for subscriber in &mut board.subscribers {
            let waited = |at| now.saturating_duration_since(at).saturating_add(TICK / 2);
            if subscriber.told_at.is_none_or(|at| waited(at) >= subscriber.interval) {
                subscriber.told_at = Some(now);
                due.push(Arc::clone(&subscriber.callback));
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn everybody_is_told_at_the_own_interval_until_the_subscription_goes() {
        let board = ScoreBoard::default();
        let mut now = Instant::now();
        let count = |now| board.due(now).len();
        let often = board.subscribe(TICK, Arc::new(|_| {}));
        let seldom = board.subscribe(Duration::from_secs(1), Arc::new(|_| {}));
        let mut told = Vec::new();
        for _ in 0..7 {
            told.push(count(now));
            // Ticks are never quite on time.
            now += TICK - Duration::from_millis(1);
        }
        assert_eq!(told, [2, 1, 1, 1, 1, 2, 1]);
        drop(often);
        assert_eq!(count(now + TICK), 0);
        seldom.detach();
        assert_eq!(count(now + Duration::from_secs(1)), 1);
    }
}
