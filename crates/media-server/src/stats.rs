//! What the media side has counted, for whoever watches it.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use carillon_types::TranscriptionTurn;

/// How many steps a [`LagHistogram`] has.
pub const LAG_STEPS: usize = 6;

/// The steps by which a late timer is counted, in milliseconds: a mix is late to the ear from 20 ms on, and what a worker
/// can make up for from about 100 ms on is lost.
const LAG_STEPS_MS: [u64; LAG_STEPS] = [1, 5, 10, 20, 50, 100];

/// What all workers and signaling sockets have counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaStats {
    /// Meetings that are alive on a worker.
    pub meetings: u64,
    /// Signaling sockets that are open.
    pub sockets: u64,
    /// Signaling connections that were let in.
    pub sockets_admitted: u64,
    /// Signaling connections that were refused: a bad token, or a meeting that is over.
    pub sockets_refused: u64,
    /// Signaling sockets that were cut because their client did not read, or had opened too many.
    pub sockets_cut: u64,
    /// Messages of clients.
    pub messages_received: u64,
    /// Datagrams that arrived.
    pub datagrams_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Datagrams that belonged to no session.
    pub datagrams_unroutable: u64,
    /// Datagrams that were sent.
    pub datagrams_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Datagrams that the system did not take: its buffers were full, or the destination cannot be reached.
    pub datagrams_unsent: u64,
    /// Meetings that were given up because of a bug.
    pub meetings_broken: u64,
    /// Meetings that an engine listens to.
    pub transcriptions: u64,
    /// How often a transcription was interrupted.
    pub transcriptions_interrupted: u64,
    /// Transcriptions that could not begin or go on.
    pub transcriptions_failed: u64,
    /// How late timers were.
    pub lag: LagHistogram,
}

/// How late workers came to their timers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LagHistogram {
    /// How many timers were late by no more than each step; every step includes those below it.
    pub within: [u64; LAG_STEPS],
    /// All timers.
    pub count: u64,
    /// The sum of all delays.
    pub total: Duration,
}

impl LagHistogram {
    /// Each step with the number of timers that kept to it.
    pub fn steps(&self) -> impl Iterator<Item = (Duration, u64)> {
        LAG_STEPS_MS.into_iter().map(Duration::from_millis).zip(self.within)
    }
}

/// A number that one thread counts and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, amount: usize) {
        self.0.fetch_add(u64::try_from(amount).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn take_off(&self, amount: usize) {
        self.0.fetch_sub(u64::try_from(amount).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// What one worker and the sockets of its meetings count, once a batch and never once a packet.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) meetings: Counter,
    pub(crate) sockets: Counter,
    pub(crate) sockets_admitted: Counter,
    pub(crate) sockets_refused: Counter,
    pub(crate) sockets_cut: Counter,
    pub(crate) messages_received: Counter,
    pub(crate) datagrams_received: Counter,
    pub(crate) bytes_received: Counter,
    pub(crate) datagrams_unroutable: Counter,
    pub(crate) datagrams_sent: Counter,
    pub(crate) bytes_sent: Counter,
    pub(crate) datagrams_unsent: Counter,
    pub(crate) meetings_broken: Counter,
    pub(crate) transcriptions: Counter,
    transcriptions_interrupted: Counter,
    transcriptions_failed: Counter,
    lag_within: [Counter; LAG_STEPS],
    lag_count: Counter,
    lag_micros: Counter,
}

impl Counters {
    /// Notes what became of a transcription.
    pub(crate) fn count_turn(&self, turn: &TranscriptionTurn) {
        match turn {
            TranscriptionTurn::Interrupted(_) => self.transcriptions_interrupted.add(1),
            TranscriptionTurn::Failed(_) => self.transcriptions_failed.add(1),
            TranscriptionTurn::Resumed => {}
        }
    }

    /// Notes how late a timer was.
    pub(crate) fn late_by(&self, lag: Duration) {
        let steps = LAG_STEPS_MS.into_iter().map(Duration::from_millis);
        for (step, within) in steps.zip(&self.lag_within) {
            if lag <= step {
                within.add(1);
            }
        }
        self.lag_count.add(1);
        self.lag_micros.add(usize::try_from(lag.as_micros()).unwrap_or(usize::MAX));
    }

    /// Adds what was counted here to what was counted elsewhere.
    pub(crate) fn add_to(&self, sum: &mut MediaStats) {
        let MediaStats { lag, .. } = sum;
        for (total, counter) in lag.within.iter_mut().zip(&self.lag_within) {
            *total = total.saturating_add(counter.get());
        }
        lag.total = lag.total.saturating_add(Duration::from_micros(self.lag_micros.get()));
        for (total, counter) in [
            (&mut sum.lag.count, &self.lag_count),
            (&mut sum.meetings, &self.meetings),
            (&mut sum.sockets, &self.sockets),
            (&mut sum.sockets_admitted, &self.sockets_admitted),
            (&mut sum.sockets_refused, &self.sockets_refused),
            (&mut sum.sockets_cut, &self.sockets_cut),
            (&mut sum.messages_received, &self.messages_received),
            (&mut sum.datagrams_received, &self.datagrams_received),
            (&mut sum.bytes_received, &self.bytes_received),
            (&mut sum.datagrams_unroutable, &self.datagrams_unroutable),
            (&mut sum.datagrams_sent, &self.datagrams_sent),
            (&mut sum.bytes_sent, &self.bytes_sent),
            (&mut sum.datagrams_unsent, &self.datagrams_unsent),
            (&mut sum.meetings_broken, &self.meetings_broken),
            (&mut sum.transcriptions, &self.transcriptions),
            (&mut sum.transcriptions_interrupted, &self.transcriptions_interrupted),
            (&mut sum.transcriptions_failed, &self.transcriptions_failed),
        ] {
            *total = total.saturating_add(counter.get());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_timer_counts_in_every_step_that_it_keeps_to() {
        let counters = Counters::default();
        for lag in [0, 5, 70, 3_000] {
            counters.late_by(Duration::from_millis(lag));
        }
        let mut stats = MediaStats::default();
        counters.add_to(&mut stats);
        assert_eq!(stats.lag.within, [1, 2, 2, 2, 2, 3]);
        assert_eq!((stats.lag.count, stats.lag.total), (4, Duration::from_millis(3_075)));
    }

    #[test]
    fn workers_add_up() {
        let mut stats = MediaStats::default();
        for packets in [3, 4] {
            let counters = Counters::default();
            counters.datagrams_sent.add(packets);
            counters.sockets.add(2);
            counters.sockets.take_off(1);
            counters.add_to(&mut stats);
        }
        assert_eq!((stats.datagrams_sent, stats.sockets), (7, 2));
    }
}
