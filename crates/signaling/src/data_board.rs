//! The messages of one meeting's applications: taken in, passed on, and kept for those who come later.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use carillon_types::AttendeeId;

use crate::{
    data_message::{Arrival, MessageSender, ReceivedData, SentData},
    ending::Ending,
    epoch::{Epoch, UnixNanos},
    identity::{Identity, Modality},
    join::AudioSessionId,
    rate_limit::{Allowance, RateExceeded},
};

/// Messages that a meeting keeps, the hosted service's figure; one more makes it forget the oldest. With 2 KiB of
/// content each they take 2.5 MiB, so raising it multiplies by the meetings of a server.
pub const MAX_KEPT_MESSAGES: usize = 1_024;

/// The longest that a message is kept, whatever its sender wished, the hosted service's figure. Longer would tell
/// latecomers more and fill the board with what nobody reads.
pub const MAX_DATA_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Messages a second that one meeting passes on for long, and at once after a pause. Each is copied to everybody, so the
/// cost is this times the size of the meeting. These and the next four figures are the hosted service's, and
/// applications are written to them.
const PASSED_PER_SECOND: u32 = 100;
const PASSED_BURST: u32 = 200;

/// Messages a second of the server itself, and at once after a pause: as many as of everybody else, of whom neither can
/// leave the other without a word. More at once would fill the queues of sockets, whose clients then lose them.
const ANNOUNCED_PER_SECOND: u32 = PASSED_PER_SECOND;
const ANNOUNCED_BURST: u32 = PASSED_BURST;

/// Messages a second with which an attendee loses its connection, passed on or not, and at once after a pause.
const ATTENDEE_PER_SECOND: u32 = 200;
const ATTENDEE_BURST: u32 = 2_000;

/// Messages a second with which whoever speaks next loses its connection, and at once after a pause.
const MEETING_PER_SECOND: u32 = 500;
const MEETING_BURST: u32 = 10_000;

/// Between two messages that arrive at once. Browsers hold nanoseconds since 1970 to the nearest 256, and applications
/// tell messages apart by them.
const TIE_NANOS: u64 = 1_000;

/// Attendees on record from which on those without need of one are looked for: few enough to go through in a
/// microsecond or two, enough for most meetings never to look.
const TIDY_FROM: usize = 64;

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posting {
    /// Send it to every session that [it is for](ReceivedData::is_for).
    Deliver(ReceivedData),
    /// Hand it back to its sender alone, who finds the mark of the throttled on it.
    Throttled(ReceivedData),
    /// Drop it and end its sender's session in this way.
    Abusive(Ending),
}

/// The message board of one meeting.
#[derive(Debug)]
pub struct DataBoard {
    epoch: Epoch,
    latest: UnixNanos,
    /// In the order of arrival.
    kept: VecDeque<Kept>,
    passed: Allowance,
    announced: Allowance,
    posted: Allowance,
    posted_by: BTreeMap<AttendeeId, Allowance>,
    seen: BTreeMap<AttendeeId, Seen>,
}

#[derive(Debug)]
struct Kept {
    since: Instant,
    until: Instant,
    message: ReceivedData,
}

/// How far a client got that may come back.
#[derive(Debug)]
struct Seen {
    client: AudioSessionId,
    until: Instant,
}

impl DataBoard {
    /// Makes the board of a meeting that begins.
    #[must_use]
    pub const fn new(now: Instant, epoch: Epoch) -> Self {
        Self {
            epoch,
            latest: UnixNanos(0),
            kept: VecDeque::new(),
            passed: Allowance::new(now, PASSED_PER_SECOND, PASSED_BURST),
            announced: Allowance::new(now, ANNOUNCED_PER_SECOND, ANNOUNCED_BURST),
            posted: Allowance::new(now, MEETING_PER_SECOND, MEETING_BURST),
            posted_by: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Takes in what an attendee says.
    pub fn post(&mut self, now: Instant, sender: MessageSender, data: SentData) -> Posting {
        if let Some(ending) = self.charge(now, sender.identity.attendee) {
            return Posting::Abusive(ending);
        }
        if self.passed.take(now, 1).is_err() {
            let SentData { topic, data, lifetime: _ } = data;
            let sender = Some(sender);
            return Posting::Throttled(ReceivedData {
                topic,
                data,
                sender,
                arrival: Arrival::Throttled,
            });
        }
        Posting::Deliver(self.take_in(now, Some(sender), data))
    }

    /// Takes in what the server itself says, on a reserved topic for instance.
    ///
    /// Send it to every session that [it is for](ReceivedData::is_for).
    ///
    /// # Errors
    /// When it says too much at once: say it again a little later.
    pub fn announce(&mut self, now: Instant, data: SentData) -> Result<ReceivedData, RateExceeded> {
        self.announced.take(now, 1)?;
        Ok(self.take_in(now, None, data))
    }

    /// What a client has missed that joins with this identity; to be asked for once its first index is sent.
    ///
    /// A client that has been here before, and comes back as the same client object, still shows what it saw then and what
    /// it said itself: it gets the others' messages since. Any other client starts with nothing and gets all of them,
    /// those of its own attendee too.
    #[must_use]
    pub fn replay(
        &self,
        now: Instant,
        listener: Identity,
        client: Option<AudioSessionId>,
    ) -> Vec<ReceivedData> {
        if listener.modality == Modality::Content {
            return Vec::new();
        }
        let seen = self.seen.get(&listener.attendee).filter(|seen| client == Some(seen.client));
        let missed = |kept: &&Kept| {
            kept.until > now
                && seen.is_none_or(|seen| kept.since > seen.until && kept.message.is_for(listener))
        };
        self.kept.iter().filter(missed).map(|kept| kept.message.clone()).collect()
    }

    /// Notes how far a client got whose session is over, in whatever way, as
    /// [`ServerSession::data_seen_until`](crate::ServerSession::data_seen_until) tells it.
    pub fn detach(
        &mut self,
        now: Instant,
        listener: Identity,
        client: Option<AudioSessionId>,
        seen_until: Option<Instant>,
    ) {
        let (Some(client), Some(until)) = (client, seen_until) else { return };
        if listener.modality == Modality::Content {
            return;
        }
        if self.seen.len() >= TIDY_FROM {
            // Whoever comes back later has seen nothing of what is kept.
            self.seen
                .retain(|_, seen| now.saturating_duration_since(seen.until) < MAX_DATA_LIFETIME);
        }
        self.seen.insert(listener.attendee, Seen { client, until });
    }

    /// Counts a message against the limits whose breach costs the connection. An attendee beyond its own floods on purpose
    /// and is turned away; beyond the meeting's it may be anybody's fault, and whoever spoke may come back.
    fn charge(&mut self, now: Instant, attendee: AttendeeId) -> Option<Ending> {
        if self.posted_by.len() >= TIDY_FROM {
            self.posted_by.retain(|_, allowance| !allowance.is_full(now));
        }
        let fresh = || Allowance::new(now, ATTENDEE_PER_SECOND, ATTENDEE_BURST);
        if self.posted_by.entry(attendee).or_insert_with(fresh).take(now, 1).is_err() {
            return Some(Ending::ProtocolViolation);
        }
        self.posted.take(now, 1).is_err().then_some(Ending::ServerGoingAway)
    }

    fn take_in(
        &mut self,
        now: Instant,
        sender: Option<MessageSender>,
        SentData { topic, data, lifetime }: SentData,
    ) -> ReceivedData {
        let earliest = UnixNanos(self.latest.0.saturating_add(TIE_NANOS));
        self.latest = self.epoch.unix_nanos(now).max(earliest);
        let message = ReceivedData { topic, data, sender, arrival: Arrival::At(self.latest) };
        if let Some(lifetime) = lifetime.filter(|lifetime| !lifetime.is_zero()) {
            self.make_room(now);
            let until = now + lifetime.min(MAX_DATA_LIFETIME);
            self.kept.push_back(Kept { since: now, until, message: message.clone() });
        }
        message
    }

    fn make_room(&mut self, now: Instant) {
        if self.kept.len() >= MAX_KEPT_MESSAGES {
            self.kept.retain(|kept| kept.until > now);
        }
        if self.kept.len() >= MAX_KEPT_MESSAGES {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
