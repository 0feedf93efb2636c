//! Whether the server at the other end is still there.

use std::time::{Duration, Instant};

use crate::id::PingId;

/// Between two questions: the figure of the browser client, which servers expect.
const INTERVAL: Duration = Duration::from_secs(10);

/// How many questions in a row may stay unanswered. The browser's figure: less mistakes a stalled network for a dead
/// server, more leaves the user talking to nobody.
const MOST_MISSED: u32 = 4;

/// The questions of one socket.
#[derive(Debug)]
pub(super) struct Pings {
    last: u32,
    unanswered: bool,
    missed: u32,
    due: Option<Instant>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Ping,
    Dead,
}

impl Pings {
    pub(super) const fn new() -> Self {
        Self { last: 0, unanswered: false, missed: 0, due: None }
    }

    /// The number of a question that is asked at this moment.
    pub(super) fn next(&mut self, now: Instant) -> PingId {
        self.last = self.last.wrapping_add(1);
        self.unanswered = true;
        self.due = Some(now + INTERVAL);
        PingId(self.last)
    }

    pub(super) fn handle_pong(&mut self, id: PingId) {
        if id.0 == self.last {
            self.unanswered = false;
            self.missed = 0;
        }
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Beat> {
        self.due.filter(|due| *due <= now)?;
        self.missed = self.missed.saturating_add(u32::from(self.unanswered));
        Some(if self.missed >= MOST_MISSED { Beat::Dead } else { Beat::Ping })
    }
}
