//! Trying whether more goes through: a short run of padding faster than what is sent otherwise.
//!
//! Whoever sends less than a path takes learns nothing about its limit, and pictures that are held back would never come.

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;

use super::arrival_clock::ArrivalTime;
use super::sent_packets::SentPacket;

/// How long a run lasts.
///
/// Shorter runs hide in the bursts that shapers let through, longer ones delay the sound behind them.
const DURATION: Duration = Duration::from_millis(40);

/// Between two portions of a run.
const SLICE: Duration = Duration::from_millis(5);

/// How much more than the estimate a run tries, in hundredths.
const BOLDNESS: u32 = 200;

/// How long feedback about a run is waited for beyond the round trip.
const PATIENCE: Duration = Duration::from_millis(500);

/// After a run that found more, the next may follow soon; after one that did not, the pauses double up to the longest.
///
/// A path that recovers is noticed within the longest; a shorter one would disturb paths that stay as they are.
const NEXT_PAUSE: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How long after a run its queue still shows in the trend.
///
/// Longer would overlook a path that has become slower meanwhile.
const AFTERMATH: Duration = Duration::from_millis(400);

/// How long a rate that a run has found has to hold before the next pauses are short again.
///
/// A queue shows within less; a run that was taken in by a shaper's burst is not believed as soon again.
const PROVEN_AFTER: Duration = Duration::from_secs(3);

/// The share of a run that has to arrive for it to mean anything, in hundredths.
const NEEDED: u64 = 80;

/// A run that arrives slower than this share of how it was sent has met the limit, in hundredths.
const UNDISTURBED: u32 = 90;

/// How much below the limit that a run has met is safe, in hundredths.
const BELOW_LIMIT: u32 = 95;

#[derive(Clone, Debug)]
enum State {
    Idle { not_before: Option<Instant> },
    Sending { run: Run, next: Instant, until: Instant },
    Awaiting { run: Run, end: u64, deadline: Instant },
}

/// The packets of one run, padding or not, by their numbers.
#[derive(Clone, Copy, Debug)]
struct Run {
    padding: Bitrate,
    first: u64,
    sent: Option<Span<Instant>>,
    arrived: Option<Span<ArrivalTime>>,
}

/// The first and last of some packets, and how much came with the last and before it.
#[derive(Clone, Copy, Debug)]
struct Span<T> {
    first: T,
    last: T,
    octets: u64,
    octets_at_edge: u64,
}

/// Tries now and then whether a path takes more.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    state: State,
    pause: Duration,
    /// When a run has found more.
    found_at: Option<Instant>,
    /// Until when a queue may be the last run's.
    disturbs_until: Option<Instant>,
}

impl Probe {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Idle { not_before: None },
            pause: FIRST_PAUSE,
            found_at: None,
            disturbs_until: None,
        }
    }

    /// Begins a run if it is time to; `sent` is what goes out anyway, `goal` the most that would be of use.
    pub(super) fn consider(
        &mut self,
        now: Instant,
        estimate: Bitrate,
        sent: Bitrate,
        goal: Bitrate,
        next: u64,
    ) {
        let State::Idle { not_before } = self.state else { return };
        if goal <= estimate || not_before.is_some_and(|at| now < at) {
            return;
        }
        let target = estimate.percent(BOLDNESS).min(goal.percent(120));
        let padding = target.saturating_sub(sent);
        let until = now.checked_add(DURATION).unwrap_or(now);
        let run = Run { padding, first: next, sent: None, arrived: None };
        self.state = State::Sending { run, next: now, until };
    }

    /// Whether a queue may be that of a run.
    pub(super) fn disturbs(&self, now: Instant) -> bool {
        match self.state {
            State::Sending { .. } | State::Awaiting { .. } => true,
            State::Idle { .. } => self.disturbs_until.is_some_and(|until| now < until),
        }
    }

    /// When the next portion is due.
    pub(super) const fn timeout(&self) -> Option<Instant> {
        match self.state {
            State::Sending { next, .. } => Some(next),
            State::Awaiting { deadline, .. } => Some(deadline),
            State::Idle { .. } => None,
        }
    }

    /// Gives up waiting for what nobody tells.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let State::Awaiting { deadline, .. } = self.state
            && now >= deadline
        {
            self.state = State::Idle { not_before: self.put_off(now) };
        }
    }

    /// How many octets of padding are due; `next` is the number that the next packet will have.
    pub(super) fn poll_padding(
        &mut self,
        now: Instant,
        next_number: u64,
        round_trip: Duration,
    ) -> Option<u64> {
        let State::Sending { run, next, until } = &mut self.state else { return None };
        if *next > now {
            return None;
        }
        if now >= *until {
            let deadline = now.checked_add(round_trip.saturating_add(PATIENCE)).unwrap_or(now);
            self.state = State::Awaiting { run: *run, end: next_number, deadline };
            return None;
        }
        let late = now.saturating_duration_since(*next);
        *next = now.checked_add(SLICE).unwrap_or(now);
        Some(run.padding.octets_in(SLICE.saturating_add(late)))
    }

    /// Takes note of a packet that has arrived.
    pub(super) fn handle_arrival(
        &mut self,
        number: u64,
        packet: &SentPacket,
        arrival: ArrivalTime,
    ) {
        let (run, end) = match &mut self.state {
            State::Sending { run, .. } => (run, u64::MAX),
            State::Awaiting { run, end, .. } => (run, *end),
            State::Idle { .. } => return,
        };
        if (run.first..end).contains(&number) {
            let octets = packet.octets.into();
            extend(&mut run.sent, packet.at, octets, Edge::Last);
            extend(&mut run.arrived, arrival, octets, Edge::First);
        }
    }

    /// What the run has found, once everything of it has been told or it is too late.
    pub(super) fn poll_result(
        &mut self,
        now: Instant,
        told: u64,
        estimate: Bitrate,
    ) -> Option<Bitrate> {
        let State::Awaiting { run, end, deadline } = &self.state else { return None };
        if told.saturating_add(1) < *end && now < *deadline {
            return None;
        }
        self.disturbs_until = now.checked_add(AFTERMATH);
        let found = run.result().filter(|found| *found > estimate);
        let not_before = if found.is_some() {
            if self.found_at.replace(now).is_some_and(|at| is_proven(now, at)) {
                self.pause = FIRST_PAUSE;
            }
            now.checked_add(NEXT_PAUSE)
        } else {
            self.put_off(now)
        };
        self.state = State::Idle { not_before };
        found
    }

    /// Gives up for a while, because the path has shown that it takes less.
    pub(super) fn cancel(&mut self, now: Instant) {
        let was_wrong = self.found_at.take().is_some_and(|at| !is_proven(now, at));
        let not_before = match self.state {
            State::Idle { .. } if !was_wrong => now.checked_add(self.pause),
            State::Idle { .. } | State::Sending { .. } | State::Awaiting { .. } => {
                self.put_off(now)
            }
        };
        self.state = State::Idle { not_before };
    }

    /// When to try again after a run in vain; the next one waits longer.
    fn put_off(&mut self, now: Instant) -> Option<Instant> {
        let pause = self.pause;
        self.pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        now.checked_add(pause)
    }
}

fn is_proven(now: Instant, found_at: Instant) -> bool {
    now.saturating_duration_since(found_at) >= PROVEN_AFTER
}

impl Run {
    /// The rate at which the run went through; nothing for one that says nothing.
    fn result(&self) -> Option<Bitrate> {
        let (sent, arrived) = (self.sent?, self.arrived?);
        let expected = self.padding.octets_in(DURATION);
        if sent.octets.saturating_mul(100) < expected.saturating_mul(NEEDED) {
            return None;
        }
        let span = sent.last.saturating_duration_since(sent.first);
        let left = Bitrate::of(sent.octets.saturating_sub(sent.octets_at_edge), span)?;
        let ticks = u64::try_from(arrived.last.ticks_since(arrived.first)).ok()?;
        let span = Duration::from_micros(ticks.saturating_mul(250));
        let came = Bitrate::of(arrived.octets.saturating_sub(arrived.octets_at_edge), span);
        let came = came.unwrap_or(left);
        if came < left.percent(UNDISTURBED) {
            Some(came.percent(BELOW_LIMIT))
        } else {
            Some(came.min(left))
        }
    }
}

/// Which end of a span its own octets say nothing about: the time of the last packet after it left, and that of the
/// first before it arrived, is not known.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

fn extend<T: Copy + Ord>(span: &mut Option<Span<T>>, at: T, octets: u64, edge: Edge) {
    let known = span.get_or_insert(Span { first: at, last: at, octets: 0, octets_at_edge: 0 });
    known.octets = known.octets.saturating_add(octets);
    let (is_edge, is_beyond) = match edge {
        Edge::First => (at == known.first, at < known.first),
        Edge::Last => (at == known.last, at > known.last),
    };
    if is_beyond {
        known.octets_at_edge = octets;
    } else if is_edge {
        known.octets_at_edge = known.octets_at_edge.saturating_add(octets);
    }
    known.first = known.first.min(at);
    known.last = known.last.max(at);
}
