//! Evens out a network's timing: packets arrive when they may and are played in order, some delay later.

mod config;
mod delay;
mod histogram;
mod numbering;
mod pace;
mod playout;
mod position;
mod repair;
mod ring;

use std::time::{Duration, Instant};

use carillon_frame::{SAMPLE_RATE, SeqNo};

pub use config::JitterConfig;
use delay::DelayEstimator;
use numbering::{Numbering, Verdict};
pub use pace::{Pace, Waiting};
pub use playout::{JitterStats, Playout, TimedPayload};
use position::{FRAME_TICKS, Owed, Position};
use ring::{Content, Held, PacketRing};

/// The shortest span Opus can code or conceal, in ticks of 48 kHz: 2.5 ms.
pub(crate) const SHORTEST_SPAN: u32 = 120;

/// How many numbers before the first packet of a stream are still let in.
const LEAD: u64 = 8;

/// How many consecutive sequence numbers a buffer of fixed delay keeps, padding included.
///
/// 640 ms of 20 ms packets. Fewer would lose packets of 5 ms or a burst after an outage; more only holds what would be too late to hear,
/// at up to one packet of memory each.
const FIXED_SLOTS: u64 = 32;

/// How many one of adaptive delay keeps: 2.5 s of 20 ms packets, twice the largest delay and the burst after an outage.
const ADAPTIVE_SLOTS: u64 = 128;

/// A buffer of bounded depth for one source's packets.
///
/// It is asked whenever sound is needed. While nothing is there it asks for concealment without giving up its place, so a packet that is only late
/// is still heard and the delay grows by what was concealed. A buffer of fixed delay that stays deeper than that skips packets until it is not;
/// one of adaptive delay leaves it to its reader to play faster or slower.
#[derive(Debug)]
pub struct JitterBuffer {
    wait: Wait,
    ring: PacketRing,
    numbering: Numbering,
    /// Nothing before this number is played any more.
    next: u64,
    longest_starvation: u32,
    state: State,
    stats: JitterStats,
}

/// What decides how long sound waits.
#[derive(Debug)]
enum Wait {
    Fixed(Duration),
    Adaptive(DelayEstimator),
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing is expected.
    Idle,
    /// The first packet waits for those after it.
    Filling { since: Instant },
    /// Sound flows.
    Playing(Position),
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admitted {
    /// It waits to be played.
    Kept,
    /// Its place was played.
    Late,
    /// It is there already, or stands for nothing.
    Refused,
}

/// What to do next, decided before anything is lent out.
enum Step {
    Play(Held),
    Repair { from: Held, ticks: u32 },
    Conceal { ticks: u32 },
    Silence,
}

impl JitterBuffer {
    /// Makes an empty buffer.
    #[must_use]
    pub fn new(config: JitterConfig) -> Self {
        let (wait, slots) = match config {
            JitterConfig::Fixed { delay } => (Wait::Fixed(delay), FIXED_SLOTS),
            JitterConfig::Adaptive { floor, ceiling } => {
                (Wait::Adaptive(DelayEstimator::new(floor, ceiling)), ADAPTIVE_SLOTS)
            }
        };
        Self {
            wait,
            ring: PacketRing::new(slots),
            numbering: Numbering::default(),
            next: 0,
            longest_starvation: config.longest_starvation(),
            state: State::Idle,
            stats: JitterStats::default(),
        }
    }

    /// Keeps a packet until its time, unless that has passed or it is there already.
    pub fn push(&mut self, now: Instant, packet: TimedPayload<'_>) {
        let TimedPayload { seq, timestamp, ticks, payload, repeats } = packet;
        let admitted = self.admit(seq, Content::Audio { timestamp, ticks, repeats }, payload);
        // A packet that came too late tells most about how long to wait.
        if matches!(admitted, Admitted::Kept | Admitted::Late)
            && let Wait::Adaptive(delay) = &mut self.wait
        {
            delay.observe(now, timestamp);
            delay.observe_repair(now, if repeats { ticks } else { 0 });
        }
        if admitted == Admitted::Kept && matches!(self.state, State::Idle) {
            self.state = State::Filling { since: now };
        }
    }

    /// Keeps a redundant copy from a packet that began so many ticks later, if its own packet is missing and its time has not passed.
    pub fn push_copy(&mut self, now: Instant, copy: TimedPayload<'_>, behind: u32) {
        let TimedPayload { seq, timestamp, ticks, payload, repeats } = copy;
        if let Wait::Adaptive(delay) = &mut self.wait {
            delay.observe_repair(now, behind.saturating_add(if repeats { ticks } else { 0 }));
        }
        let number = self.numbering.number_of(seq);
        let playable = (self.next..self.next.saturating_add(self.ring.slots())).contains(&number);
        if playable && !self.ring.contains(number) {
            self.ring.insert(number, Content::Audio { timestamp, ticks, repeats }, payload);
            self.stats.restored = self.stats.restored.saturating_add(1);
        }
    }

    /// Takes note of a packet of padding only, so that its number is not mistaken for loss.
    pub fn push_padding(&mut self, seq: SeqNo) {
        self.admit(seq, Content::Padding, &[]);
    }

    /// What to play next.
    pub fn pop(&mut self, now: Instant) -> Playout<'_> {
        let step = match self.state {
            State::Idle => Step::Silence,
            State::Filling { since } if self.is_too_early(now, since) => Step::Silence,
            State::Filling { .. } => self.start(),
            State::Playing(position) => self.step(position),
        };
        match step {
            Step::Play(held) => Playout::Packet(self.timed(held)),
            Step::Repair { from, ticks } => {
                Playout::Fec { next_payload: self.ring.payload(from.number), ticks }
            }
            Step::Conceal { ticks } => Playout::Conceal { ticks },
            Step::Silence => Playout::Empty,
        }
    }

    /// Forgets all packets and numbers, as before the first packet.
    pub fn reset(&mut self) {
        self.ring.clear();
        self.numbering = Numbering::default();
        self.next = 0;
        self.state = State::Idle;
        if let Wait::Adaptive(delay) = &mut self.wait {
            delay.restart();
        }
    }

    /// What the buffer went through so far.
    #[must_use]
    pub const fn stats(&self) -> JitterStats {
        self.stats
    }

    /// How fast to play what waits beside `queued` samples that are decoded; always even where the delay is fixed.
    #[must_use]
    pub fn pace(&self, now: Instant, queued: usize) -> Pace {
        let Some((delay, target)) = self.waited(now, queued) else { return Pace::Even };
        Pace::of(delay, target, self.spare(now, queued))
    }

    /// How long the sound played at `now` waits in front of `queued` samples that are decoded.
    #[must_use]
    pub fn waiting(&self, now: Instant, queued: usize) -> Waiting {
        let span = |ticks: i64| SAMPLE_RATE.span_of(u32::try_from(ticks).unwrap_or(0));
        match (&self.wait, self.waited(now, queued)) {
            (Wait::Fixed(delay), _) => Waiting { delay: *delay, target: *delay },
            (Wait::Adaptive(_), Some((delay, target))) => {
                Waiting { delay: span(delay), target: span(target) }
            }
            (Wait::Adaptive(delay), None) => {
                Waiting { delay: Duration::ZERO, target: span(delay.target()) }
            }
        }
    }

    /// Whether the next sound is there and follows at once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let State::Playing(position) = self.state else { return false };
        self.ring
            .first_from(self.next)
            .is_some_and(|(head, complete)| position.owed_before(head, complete) == Owed::Nothing)
    }

    /// How long sound waits and how long it should, while it flows.
    fn waited(&self, now: Instant, queued: usize) -> Option<(i64, i64)> {
        let (Wait::Adaptive(delay), State::Playing(position)) = (&self.wait, self.state) else {
            return None;
        };
        let queued = u32::try_from(queued).unwrap_or(u32::MAX);
        let playing = position.end().wrapping_add(0_u32.wrapping_sub(queued));
        Some((delay.waited(now, playing)?, delay.target()))
    }

    /// How much longer than repair takes the next packet will have waited when it is decided what is heard of it, while repair is waited for.
    fn spare(&self, now: Instant, queued: usize) -> Option<i64> {
        let Wait::Adaptive(delay) = &self.wait else { return None };
        let repair = delay.repair()?;
        // It is decided as soon as less than a frame is decoded: the part of a frame that waits beyond whole ones gains no time.
        let whole = queued.saturating_sub(queued % FRAME_TICKS as usize);
        let (waited, _) = self.waited(now, whole)?;
        Some(waited.saturating_sub(repair))
    }

    /// Whether the first packet of a talk spurt has to wait on.
    fn is_too_early(&self, now: Instant, since: Instant) -> bool {
        match &self.wait {
            Wait::Fixed(delay) => now.saturating_duration_since(since) < *delay,
            Wait::Adaptive(delay) => self
                .ring
                .first_from(self.next)
                .and_then(|(head, _)| delay.waited(now, head.timestamp))
                .is_some_and(|waited| waited < delay.target()),
        }
    }

    /// Keeps what is neither late nor there already.
    fn admit(&mut self, seq: SeqNo, content: Content, payload: &[u8]) -> Admitted {
        let Some(number) = self.number_of(seq) else { return Admitted::Refused };
        self.stats.arrived = self.stats.arrived.saturating_add(1);
        if number < self.next {
            self.stats.late = self.stats.late.saturating_add(1);
            return Admitted::Late;
        }
        if self.ring.contains(number) {
            self.stats.duplicates = self.stats.duplicates.saturating_add(1);
            return Admitted::Refused;
        }
        if number >= self.next.saturating_add(self.ring.slots()) {
            self.ring.clear();
            self.next = self.next.max(number.saturating_sub(LEAD));
            self.state = State::Idle;
        }
        self.ring.insert(number, content, payload);
        Admitted::Kept
    }

    /// The extended number, or nothing while a jump is not confirmed.
    fn number_of(&mut self, seq: SeqNo) -> Option<u64> {
        match self.numbering.judge(seq) {
            Verdict::Follows => {}
            Verdict::Restarts => {
                self.reset();
                self.stats.restarts = self.stats.restarts.saturating_add(1);
            }
            Verdict::Strays => {
                self.stats.late = self.stats.late.saturating_add(1);
                return None;
            }
        }
        let (number, promised) = self.numbering.extend(seq);
        self.stats.expected = self.stats.expected.saturating_add(promised);
        if let Wait::Adaptive(delay) = &mut self.wait {
            delay.observe_number(number);
        }
        Some(number)
    }

    fn start(&mut self) -> Step {
        match self.ring.first_from(self.next) {
            Some((head, _)) => self.step(Position::at(head.timestamp)),
            None => Step::Silence,
        }
    }

    fn step(&mut self, mut position: Position) -> Step {
        self.limit_depth(&mut position);
        while let Some((head, complete)) = self.ring.first_from(self.next) {
            let ticks = match position.owed_before(head, complete) {
                Owed::Nothing => {
                    self.next = head.number.saturating_add(1);
                    self.state = State::Playing(position.after(head));
                    return Step::Play(head);
                }
                Owed::Past => {
                    self.stats.duplicates = self.stats.duplicates.saturating_add(1);
                    self.next = head.number.saturating_add(1);
                    continue;
                }
                Owed::Pause(ticks) => return self.give_up(position, ticks),
                Owed::Loss(ticks) => ticks,
            };
            self.stats.missing = self.stats.missing.saturating_add(1);
            let unrepaired = if head.repeats { ticks.saturating_sub(head.ticks) } else { ticks };
            if unrepaired > 0 {
                return self.give_up(position, unrepaired);
            }
            self.state = State::Playing(position.giving_up(ticks));
            return Step::Repair { from: head, ticks };
        }
        match position.starving(self.longest_starvation) {
            Some(starved) => {
                self.stats.missing = self.stats.missing.saturating_add(1);
                self.state = State::Playing(starved);
                Step::Conceal { ticks: FRAME_TICKS }
            }
            None => {
                self.state = State::Idle;
                Step::Silence
            }
        }
    }

    fn give_up(&mut self, position: Position, owed: u32) -> Step {
        let ticks = owed.clamp(SHORTEST_SPAN, FRAME_TICKS);
        self.state = State::Playing(position.giving_up(ticks));
        Step::Conceal { ticks }
    }

    /// Skips the oldest sound when a burst or the sender's clock has made the buffer too deep.
    fn limit_depth(&mut self, position: &mut Position) {
        let Some(newest) = self.ring.last_from(self.next) else { return };
        let allowed = match &self.wait {
            Wait::Fixed(delay) => {
                position.allowed_depth(newest.end(), SAMPLE_RATE.ticks_in(*delay))
            }
            Wait::Adaptive(delay) => position.longest_depth(newest.end(), delay.ceiling()),
        };
        let Some(allowed) = allowed else { return };
        while let Some((head, _)) = self.ring.first_from(self.next) {
            let depth = newest.end().distance_from(head.timestamp);
            if head.number == newest.number || i64::from(depth) <= i64::from(allowed) {
                return;
            }
            self.next = head.number.saturating_add(1);
            self.stats.skipped = self.stats.skipped.saturating_add(1);
            *position = position.after(head);
        }
    }

    fn timed(&self, held: Held) -> TimedPayload<'_> {
        TimedPayload {
            seq: SeqNo((held.number & 0xffff) as u16),
            timestamp: held.timestamp,
            ticks: held.ticks,
            repeats: held.repeats,
            payload: self.ring.payload(held.number),
        }
    }
}

#[cfg(test)]
mod tests;
