//! A meeting on its worker: the engine, its deadline, and the sockets of its sessions.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use carillon_meeting::{Meeting, Output, SessionId};
use carillon_signaling::FirstNumber;
use carillon_types::{AttendeeId, MeetingId};
use tokio::sync::mpsc;
use tracing::Span;

use super::SocketOrder;
use crate::{admission::MeetingEvents, routes::Routes, stats::Counters, udp::MediaSocket};

/// How many sockets one attendee may have; the oldest makes room.
/// Voice and content share are two, and each may be there twice while its client reconnects; the rest are tabs that were
/// forgotten. More lets the holder of one token fill a server.
const SOCKETS_PER_ATTENDEE: usize = 8;

/// How long a meeting waits that wants to be called again for a time at which it was called already.
/// That is a bug of the engine; without a pause it would keep the worker busy, a longer one would be heard.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// A meeting and what the worker holds for it.
#[derive(Debug)]
pub(crate) struct Hosted {
    id: MeetingId,
    meeting: Meeting,
    health: Health,
    fate: Fate,
    /// When the engine next wants to be called, as it stands in the worker's timers.
    pub(crate) deadline: Option<Instant>,
    /// When the engine was called because of its deadline, if nothing has reached it since.
    called: Option<Instant>,
    sockets: BTreeMap<SessionId, Socket>,
    /// Whether it counts among the meetings that are transcribed.
    is_transcribed: bool,
    span: Span,
}

#[derive(Debug)]
struct Socket {
    attendee: AttendeeId,
    orders: mpsc::Sender<SocketOrder>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Good,
    /// It works, but asks to be called for times that are over.
    Hasty,
    /// The engine has panicked: nothing of it can be relied on.
    Broken,
}

/// Whether a meeting can come to life again once nobody takes part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It can.
    Open,
    /// The control plane has ended it for good.
    Ended,
}

/// What is to become of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It goes on and wants to be called then.
    Waiting(Option<Instant>),
    /// Nobody takes part any more.
    Over,
    /// It cannot go on: its clients have to come back to a new one.
    Broken,
}

/// What a meeting needs of its worker to perform what it asks for.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) routes: &'a mut Routes,
    pub(crate) socket: &'a MediaSocket,
    pub(crate) counters: &'a Counters,
}

impl Hosted {
    pub(crate) fn new(id: MeetingId, meeting: Meeting) -> Self {
        Self {
            id,
            meeting,
            health: Health::Good,
            fate: Fate::Open,
            deadline: None,
            called: None,
            sockets: BTreeMap::new(),
            is_transcribed: false,
            span: tracing::info_span!("meeting", %id),
        }
    }

    /// Lets the engine work.
    ///
    /// A panic is a bug of the engine. It ends this meeting and no other: whatever brought it about came from this
    /// meeting's clients, and nobody else shall suffer for it.
    pub(crate) fn work(&mut self, work: impl FnOnce(&mut Meeting)) {
        if self.health == Health::Broken {
            return;
        }
        self.called = None;
        let _entered = self.span.enter();
        if catch_unwind(AssertUnwindSafe(|| work(&mut self.meeting))).is_err() {
            self.health = Health::Broken;
        }
    }

    /// Lets the engine do what is due.
    pub(crate) fn call(&mut self, now: Instant) {
        self.work(|meeting| meeting.handle_timeout(now));
        self.called = Some(now);
    }

    /// Ends the meeting for good.
    pub(crate) fn end(&mut self, now: Instant) {
        self.fate = Fate::Ended;
        self.work(|meeting| meeting.end(now));
    }

    /// Where a later life of the meeting starts numbering, if it can have one.
    pub(crate) fn numbered_until(&self) -> Option<FirstNumber> {
        match self.fate {
            Fate::Open => Some(self.meeting.numbered_until()),
            Fate::Ended => None,
        }
    }

    /// Counts it no more, because it is dropped.
    pub(crate) fn count_off(&self, counters: &Counters) {
        counters.meetings.take_off(1);
        counters.transcriptions.take_off(usize::from(self.is_transcribed));
    }

    /// Keeps the way to a session's socket.
    pub(crate) fn attach(
        &mut self,
        session: SessionId,
        attendee: AttendeeId,
        orders: mpsc::Sender<SocketOrder>,
        counters: &Counters,
    ) {
        let own = self.sockets.iter().filter(|(_, socket)| socket.attendee == attendee);
        let own: Vec<SessionId> = own.map(|(session, _)| *session).collect();
        if own.len() >= SOCKETS_PER_ATTENDEE
            && let Some(oldest) = own.first()
        {
            self.cut(*oldest, "an attendee has opened too many sockets", counters);
        }
        self.sockets.insert(session, Socket { attendee, orders });
    }

    /// Gives up the way to a session's socket.
    pub(crate) fn detach(&mut self, session: SessionId) {
        self.sockets.remove(&session);
    }

    /// Performs everything the engine asks for and sends its datagrams.
    pub(crate) fn drain(
        &mut self,
        mut surroundings: Surroundings<'_>,
        events: &dyn MeetingEvents,
    ) -> Standing {
        let span = self.span.clone();
        let _entered = span.enter();
        let draining = AssertUnwindSafe(|| self.perform(&mut surroundings, events));
        match catch_unwind(draining) {
            _ if self.health == Health::Broken => Standing::Broken,
            Err(_) => Standing::Broken,
            Ok(_) if self.meeting.is_over() => Standing::Over,
            Ok(deadline) => Standing::Waiting(deadline.map(|wanted| self.sane(wanted))),
        }
    }

    fn perform(
        &mut self,
        Surroundings { routes, socket, counters }: &mut Surroundings<'_>,
        events: &dyn MeetingEvents,
    ) -> Option<Instant> {
        let deadline = loop {
            match self.meeting.poll_output() {
                Output::Signal { session, message } => {
                    self.instruct(session, SocketOrder::Send(message), counters);
                }
                Output::CloseSocket { session, code } => {
                    self.instruct(session, SocketOrder::Close(code), counters);
                    self.detach(session);
                }
                Output::Expect { session, ufrag } => routes.expect((self.id, session), ufrag),
                Output::Validated { session, address } => {
                    routes.validate((self.id, session), address);
                }
                Output::Abandoned { session, address } => {
                    routes.abandon((self.id, session), address);
                }
                Output::Forget(session) => routes.forget(session),
                Output::Unwatched(is_unwatched) => events.unwatched(self.id, is_unwatched),
                Output::Event(event) => events.record(self.id, &event),
                Output::Transcription { configuration, turn } => {
                    counters.count_turn(&turn);
                    events.transcription(self.id, configuration, turn);
                }
                Output::Timeout(deadline) => break deadline,
            }
        };
        let datagrams = self.meeting.datagrams();
        socket.send(datagrams, counters);
        datagrams.clear();
        self.count_transcription(counters);
        deadline
    }

    fn count_transcription(&mut self, counters: &Counters) {
        let is_transcribed = self.meeting.is_transcribed();
        match (std::mem::replace(&mut self.is_transcribed, is_transcribed), is_transcribed) {
            (false, true) => counters.transcriptions.add(1),
            (true, false) => counters.transcriptions.take_off(1),
            (true, true) | (false, false) => {}
        }
    }

    /// The time asked for, unless the engine was called for it already.
    fn sane(&mut self, wanted: Instant) -> Instant {
        let Some(called) = self.called.filter(|called| wanted <= *called) else { return wanted };
        if self.health == Health::Good {
            self.health = Health::Hasty;
            tracing::warn!("a meeting asks to be called for a time that is over");
        }
        called.checked_add(SHORTEST_WAIT).unwrap_or(called)
    }

    /// Passes an order to a session's socket.
    ///
    /// A socket whose queue is full belongs to a client that does not read: it loses the connection and may come back.
    fn instruct(&mut self, session: SessionId, order: SocketOrder, counters: &Counters) {
        let Some(socket) = self.sockets.get(&session) else { return };
        if socket.orders.try_send(order).is_err() {
            self.cut(session, "a signaling client does not read", counters);
        }
    }

    fn cut(&mut self, session: SessionId, reason: &'static str, counters: &Counters) {
        tracing::info!(session = session.0, reason, "signaling socket is cut");
        counters.sockets_cut.add(1);
        self.detach(session);
    }
}

#[cfg(test)]
mod tests {
    use carillon_meeting::MeetingConfig;
    use carillon_transport::Certificate;
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::clock;

    #[test]
    fn a_meeting_that_asks_for_a_time_it_was_called_for_is_called_a_little_later() {
        let now = clock::now();
        let config = MeetingConfig::new(Certificate::generate().unwrap(), clock::epoch());
        let meeting = Meeting::new(now, config, StdRng::seed_from_u64(1));
        let mut hosted = Hosted::new(MeetingId::from_random(1), meeting);
        let later = now + Duration::from_millis(20);
        hosted.call(now);
        hosted.work(|_| {});
        assert_eq!((hosted.sane(now), hosted.health), (now, Health::Good));
        hosted.call(now);
        assert_eq!((hosted.sane(now), hosted.health), (now + SHORTEST_WAIT, Health::Hasty));
        assert_eq!(hosted.sane(later), later);
    }
}
