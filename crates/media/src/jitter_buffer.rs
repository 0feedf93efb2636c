//! Evens out a network's timing: packets arrive when they may and are played in order, some delay later.

mod config;
mod delay;
mod histogram;
mod pace;
mod position;
mod ring;

use std::time::{Duration, Instant};

use carillon_frame::{MediaTime, SAMPLE_RATE, SeqExtender, SeqNo};

pub use config::JitterConfig;
use delay::DelayEstimator;
pub use pace::{Pace, Waiting};
use position::{FRAME_TICKS, Owed, Position};
use ring::{Content, Held, PacketRing};

/// The shortest span Opus can code or conceal, in ticks of 48 kHz: 2.5 ms.
pub(crate) const SHORTEST_SPAN: u32 = 120;

/// How far sequence numbers may jump ahead before two packets in a row must agree (MAX_DROPOUT of RFC 3550 appendix A.1).
const LONGEST_DROPOUT: i16 = 3_000;

/// How far they may fall behind (MAX_MISORDER of RFC 3550 appendix A.1).
const LONGEST_MISORDER: i16 = 100;

/// How many numbers before the first packet of a stream are still let in.
const LEAD: u64 = 8;

/// How many consecutive sequence numbers a buffer of fixed delay keeps, padding included.
///
/// 640 ms of 20 ms packets. Fewer would lose packets of 5 ms or a burst after an outage; more only holds what would be too late to hear,
/// at up to one packet of memory each.
const FIXED_SLOTS: u64 = 32;

/// How many one of adaptive delay keeps: 2.5 s of 20 ms packets, twice the largest delay and the burst after an outage.
const ADAPTIVE_SLOTS: u64 = 128;

/// What an RTP packet carries, and when it is to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedPayload<'a> {
    /// The sequence number of the packet.
    pub seq: SeqNo,
    /// When the sound begins, by the sender's 48 kHz clock.
    pub timestamp: MediaTime,
    /// How long it lasts.
    pub ticks: u32,
    /// The codec's payload.
    pub payload: &'a [u8],
}

/// What is to be played next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playout<'a> {
    /// A payload to decode.
    Packet(TimedPayload<'a>),
    /// A packet is lost, and this payload of the one after it may repeat it.
    Fec {
        /// The payload after the lost one; it comes again as [`Playout::Packet`].
        next_payload: &'a [u8],
        /// How long the lost sound lasted.
        ticks: u32,
    },
    /// Sound is missing: conceal so much of it.
    Conceal {
        /// How long to go on without a packet: 120 to 960.
        ticks: u32,
    },
    /// The sender is silent: nothing to be heard this time.
    Empty,
}

/// What a jitter buffer went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets that came after their place was played.
    pub late: u64,
    /// Packets whose number or time was there already.
    pub duplicates: u64,
    /// Lost packets of which a redundant copy came in time.
    pub restored: u64,
    /// Times that sound was missing when it was to be played, repaired or not.
    pub missing: u64,
    /// Packets left out because the buffer was too deep.
    pub skipped: u64,
    /// Times the sender's numbering began anew.
    pub restarts: u64,
    /// Packets that were taken at all, late ones and duplicates among them.
    pub arrived: u64,
    /// Packets that the sender's numbering promised.
    pub expected: u64,
}

/// A buffer of bounded depth for one source's packets.
///
/// It is asked whenever sound is needed. While nothing is there it asks for concealment without giving up its place, so a packet that is only late
/// is still heard and the delay grows by what was concealed. A buffer of fixed delay that stays deeper than that skips packets until it is not;
/// one of adaptive delay leaves it to its reader to play faster or slower.
#[derive(Debug)]
pub struct JitterBuffer {
    wait: Wait,
    ring: PacketRing,
    extender: SeqExtender,
    /// The number a restarted sender would use next.
    suspect: Option<SeqNo>,
    /// Nothing before this number is played any more.
    next: u64,
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
            extender: SeqExtender::default(),
            suspect: None,
            next: 0,
            state: State::Idle,
            stats: JitterStats::default(),
        }
    }

    /// Keeps a packet until its time, unless that has passed or it is there already.
    pub fn push(&mut self, now: Instant, packet: TimedPayload<'_>) {
        let TimedPayload { seq, timestamp, ticks, payload } = packet;
        let admitted = self.admit(seq, Content::Audio { timestamp, ticks }, payload);
        // A packet that came too late tells most about how long to wait.
        if matches!(admitted, Admitted::Kept | Admitted::Late) {
            self.observe(now, timestamp);
        }
        if admitted == Admitted::Kept && matches!(self.state, State::Idle) {
            self.state = State::Filling { since: now };
        }
    }

    /// Keeps a redundant copy of an earlier packet, if that packet is missing and its time has not passed.
    pub fn push_copy(&mut self, now: Instant, copy: TimedPayload<'_>) {
        let TimedPayload { seq, timestamp, ticks, payload } = copy;
        let mut extender = self.extender;
        let number = extender.extend(seq);
        let playable = (self.next..self.next.saturating_add(self.ring.slots())).contains(&number);
        if playable && !self.ring.contains(number) {
            self.ring.insert(number, Content::Audio { timestamp, ticks }, payload);
            self.stats.restored = self.stats.restored.saturating_add(1);
            // Copies are waited for as packets are, since they are all there is of a lost one.
            self.observe(now, timestamp);
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
        self.extender = SeqExtender::default();
        self.suspect = None;
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
        Pace::of(delay, target)
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

    fn observe(&mut self, now: Instant, timestamp: MediaTime) {
        match &mut self.wait {
            Wait::Fixed(_) => {}
            Wait::Adaptive(delay) => delay.observe(now, timestamp),
        }
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

    /// The extended number, or nothing while a jump is not confirmed by a second packet (RFC 3550 appendix A.1).
    fn number_of(&mut self, seq: SeqNo) -> Option<u64> {
        if let Some(highest) = self.extender.highest() {
            let jump = seq.distance_from(SeqNo((highest & 0xffff) as u16));
            if (-LONGEST_MISORDER..=LONGEST_DROPOUT).contains(&jump) {
                self.suspect = None;
            } else if self.suspect == Some(seq) {
                self.reset();
                self.stats.restarts = self.stats.restarts.saturating_add(1);
            } else {
                self.suspect = Some(seq.next());
                self.stats.late = self.stats.late.saturating_add(1);
                return None;
            }
        }
        let before = self.extender.highest();
        let number = self.extender.extend(seq);
        let highest = self.extender.highest().unwrap_or(number);
        let more = before.map_or(1, |before| highest.saturating_sub(before));
        self.stats.expected = self.stats.expected.saturating_add(more);
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
            if ticks > head.ticks {
                return self.give_up(position, ticks.saturating_sub(head.ticks));
            }
            self.state = State::Playing(position.giving_up(ticks));
            return Step::Repair { from: head, ticks };
        }
        match position.starving() {
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
            payload: self.ring.payload(held.number),
        }
    }
}

#[cfg(test)]
mod tests;
