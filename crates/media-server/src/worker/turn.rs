//! One worker's turns: receive a batch, carry out orders, fire due timers, drain what changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_meeting::{Meeting, MeetingConfig};
use carillon_signaling::{Ending, RateExceeded, SentData, refusal_close_code};
use carillon_types::{MeetingId, MeetingLife};
use mio::{Events, Interest, Poll, Token, Waker};
use rand::{SeedableRng, rngs::StdRng};
use tokio::sync::{
    mpsc::{self, error::TryRecvError},
    oneshot,
};

use super::{
    Command, SocketOrder, WorkerHandle,
    hosted::{Hosted, Standing, Surroundings},
    past_lives::PastLives,
};
use crate::{
    admission::MeetingEvents, announcement::Announcement, clock, routes::Routes, stats::Counters,
    udp::MediaSocket,
};

const DATAGRAMS: Token = Token(0);
const COMMANDS: Token = Token(1);

/// How many orders wait for a worker before senders are held back.
/// A socket's task waits with its client's next message, so that a flood slows its sender down. A message has up to
/// 256 KiB, so this is 64 MiB at the very worst; more only adds delay.
const QUEUED_COMMANDS: usize = 256;

/// How many datagrams and orders a turn takes before timers get their chance: about 2 ms of work, and one batch more.
/// Larger turns save system calls and make the mix late under load.
const DATAGRAMS_PER_TURN: usize = 512;
const COMMANDS_PER_TURN: usize = 128;

/// How long a stopping worker goes on at most, so that clients read that the server is going away.
const FAREWELL: Duration = Duration::from_millis(500);

/// The state of a worker's thread.
pub(crate) struct Worker {
    /// What its meetings are told of the world.
    config: Arc<MeetingConfig>,
    socket: MediaSocket,
    poll: Poll,
    commands: mpsc::Receiver<Command>,
    meetings: BTreeMap<MeetingId, Hosted>,
    past_lives: PastLives,
    /// The meetings whose engines may have something to say.
    touched: BTreeSet<MeetingId>,
    /// Deadlines of the meetings, soonest first.
    timers: BTreeSet<(Instant, MeetingId)>,
    routes: Routes,
    rng: StdRng,
    counters: Arc<Counters>,
    /// When the worker ends, once it was told to.
    stopping: Option<Instant>,
}

/// Whether a turn took all that was waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backlog {
    None,
    Some,
}

impl Worker {
    /// Makes a worker of its socket; returns it and the way to it.
    pub(crate) fn new(
        mut socket: MediaSocket,
        config: MeetingConfig,
    ) -> io::Result<(Self, WorkerHandle)> {
        let poll = Poll::new()?;
        poll.registry().register(socket.source(), DATAGRAMS, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), COMMANDS)?);
        let (sender, commands) = mpsc::channel(QUEUED_COMMANDS);
        let counters = Arc::new(Counters::default());
        let worker = Self {
            config: Arc::new(config),
            socket,
            poll,
            commands,
            meetings: BTreeMap::new(),
            past_lives: PastLives::default(),
            touched: BTreeSet::new(),
            timers: BTreeSet::new(),
            routes: Routes::default(),
            rng: StdRng::from_os_rng(),
            counters: Arc::clone(&counters),
            stopping: None,
        };
        Ok((worker, WorkerHandle::new(sender, waker, counters)))
    }

    /// Works until told to stop, or until nobody is left who could.
    pub(crate) fn run(mut self, meeting_events: &dyn MeetingEvents) {
        let mut events = Events::with_capacity(8);
        let mut backlog = Backlog::None;
        while !self.is_done(clock::now()) {
            let timeout = match backlog {
                Backlog::Some => Some(Duration::ZERO),
                Backlog::None => self.until_deadline(clock::now()),
            };
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "a media worker cannot wait for its socket");
                return;
            }
            backlog = self.turn(meeting_events);
        }
    }

    fn is_done(&self, now: Instant) -> bool {
        self.stopping.is_some_and(|deadline| now >= deadline || self.meetings.is_empty())
    }

    fn until_deadline(&self, now: Instant) -> Option<Duration> {
        let timer = self.timers.first().map(|(deadline, _)| *deadline);
        let soonest = [timer, self.stopping].into_iter().flatten().min()?;
        Some(soonest.saturating_duration_since(now))
    }

    fn turn(&mut self, events: &dyn MeetingEvents) -> Backlog {
        let datagrams = self.receive(events);
        let commands = self.carry_out(clock::now());
        self.fire_timers(clock::now());
        self.drain_touched(events);
        if datagrams == Backlog::None { commands } else { Backlog::Some }
    }

    /// Takes what has arrived, and passes on after each batch what follows from it: a meeting's datagrams out are many
    /// times those that come in, so they are not left to pile up over a turn.
    fn receive(&mut self, events: &dyn MeetingEvents) -> Backlog {
        let mut taken: usize = 0;
        while taken < DATAGRAMS_PER_TURN {
            match self.receive_batch(clock::now()) {
                Ok(0) => return Backlog::None,
                Ok(count) => taken = taken.saturating_add(count),
                Err(error) => {
                    tracing::debug!(%error, "receiving failed");
                    return Backlog::None;
                }
            }
            self.drain_touched(events);
        }
        Backlog::Some
    }

    fn receive_batch(&mut self, now: Instant) -> io::Result<usize> {
        let (routes, meetings, touched) = (&self.routes, &mut self.meetings, &mut self.touched);
        let (mut bytes, mut unroutable): (usize, usize) = (0, 0);
        let count = self.socket.receive(|source, datagram| {
            bytes = bytes.saturating_add(datagram.len());
            let place = routes.find(source, datagram);
            let hosted = place.and_then(|(id, _)| meetings.get_mut(&id));
            let Some(((id, session), hosted)) = place.zip(hosted) else {
                unroutable = unroutable.saturating_add(1);
                return;
            };
            hosted.work(|meeting| meeting.handle_datagram(now, session, source, datagram));
            touched.insert(id);
        })?;
        self.counters.datagrams_received.add(count);
        self.counters.bytes_received.add(bytes);
        self.counters.datagrams_unroutable.add(unroutable);
        Ok(count)
    }

    fn carry_out(&mut self, now: Instant) -> Backlog {
        for _ in 0..COMMANDS_PER_TURN {
            match self.commands.try_recv() {
                Ok(command) => self.perform(now, command),
                Err(TryRecvError::Empty) => return Backlog::None,
                Err(TryRecvError::Disconnected) => {
                    self.say_farewell(now);
                    return Backlog::None;
                }
            }
        }
        Backlog::Some
    }

    fn perform(&mut self, now: Instant, command: Command) {
        match command {
            Command::Open { meeting, life, session, attendee, socket } => {
                if self.stopping.is_some() {
                    turn_away(&socket);
                    return;
                }
                let counters = Arc::clone(&self.counters);
                let hosted = self.host(now, meeting, life);
                hosted.attach(session, attendee.identity.attendee, socket, &counters);
                hosted.work(|meeting| meeting.open_session(now, session, attendee));
                self.touched.insert(meeting);
            }
            Command::Message { meeting, session, message } => {
                self.counters.messages_received.add(1);
                self.within(meeting, |hosted| {
                    hosted.work(|meeting| meeting.handle_signal(now, session, &message));
                });
            }
            Command::SocketClosed { meeting, session } => {
                self.within(meeting, |hosted| {
                    hosted.detach(session);
                    hosted.work(|meeting| meeting.handle_socket_closed(now, session));
                });
            }
            Command::EndMeeting(meeting) => {
                self.past_lives.forget(meeting);
                self.within(meeting, |hosted| hosted.end(now));
            }
            Command::RemoveAttendee(meeting, attendee) => {
                self.within(meeting, |hosted| {
                    hosted.work(|meeting| meeting.remove_attendee(now, attendee));
                });
            }
            Command::UpdateCapabilities(meeting, attendee, capabilities) => {
                self.within(meeting, |hosted| {
                    hosted.work(|meeting| meeting.update_capabilities(now, attendee, capabilities));
                });
            }
            Command::Announce(meeting, data, answer) => {
                tell(answer, self.announce(now, meeting, data));
            }
            Command::Transcribe(meeting, configuration) => {
                self.within(meeting, |hosted| {
                    hosted.work(|meeting| meeting.transcribe(now, configuration));
                });
            }
            Command::Silence(meeting, attendee, is_silenced, answer) => {
                let mut is_there = false;
                self.within(meeting, |hosted| {
                    hosted.work(|meeting| {
                        is_there = meeting.silence(now, attendee, is_silenced);
                    });
                });
                tell(answer, is_there);
            }
            Command::Present(meeting, answer) => {
                let mut present = Vec::new();
                self.within(meeting, |hosted| hosted.work(|meeting| present = meeting.present()));
                tell(answer, present);
            }
            Command::Measure(meeting, attendee, answer) => {
                let mut metrics = None;
                self.within(meeting, |hosted| {
                    hosted.work(|meeting| metrics = meeting.client_metrics(attendee).cloned());
                });
                tell(answer, metrics);
            }
            Command::Stop => self.say_farewell(now),
        }
    }

    fn announce(&mut self, now: Instant, meeting: MeetingId, data: SentData) -> Announcement {
        let mut result = Announcement::NobodyThere;
        self.within(meeting, |hosted| {
            hosted.work(|meeting| {
                result = match meeting.announce(now, data) {
                    Ok(recipients) => Announcement::Delivered { recipients },
                    Err(RateExceeded) => Announcement::TooMany,
                };
            });
        });
        result
    }

    /// The meeting, brought to life when its first client opens a socket.
    fn host(&mut self, now: Instant, id: MeetingId, life: MeetingLife) -> &mut Hosted {
        let Self { config, rng, counters, past_lives, .. } = self;
        self.meetings.entry(id).or_insert_with(|| {
            tracing::info!(meeting = %id, "meeting comes to life");
            counters.meetings.add(1);
            let (seed, first) = (StdRng::from_rng(rng), past_lives.first_number(id, life));
            Hosted::new(id, Meeting::new(now, Arc::clone(config), seed).numbered_from(first))
        })
    }

    fn within(&mut self, id: MeetingId, work: impl FnOnce(&mut Hosted)) {
        if let Some(hosted) = self.meetings.get_mut(&id) {
            work(hosted);
            self.touched.insert(id);
        }
    }

    fn fire_timers(&mut self, now: Instant) {
        while let Some(&(deadline, id)) = self.timers.first()
            && deadline <= now
        {
            self.timers.pop_first();
            self.counters.late_by(now.saturating_duration_since(deadline));
            self.within(id, |hosted| {
                hosted.deadline = None;
                hosted.call(now);
            });
        }
    }

    fn drain_touched(&mut self, events: &dyn MeetingEvents) {
        while let Some(id) = self.touched.pop_first() {
            self.drain(id, events);
        }
    }

    fn drain(&mut self, id: MeetingId, events: &dyn MeetingEvents) {
        let Some(hosted) = self.meetings.get_mut(&id) else { return };
        if let Some(deadline) = hosted.deadline.take() {
            self.timers.remove(&(deadline, id));
        }
        let (routes, socket, counters) = (&mut self.routes, &self.socket, &*self.counters);
        let surroundings = Surroundings { routes, socket, counters };
        match hosted.drain(surroundings, events) {
            Standing::Waiting(deadline) => {
                hosted.deadline = deadline;
                self.timers.extend(deadline.map(|deadline| (deadline, id)));
            }
            Standing::Over => {
                tracing::info!(meeting = %id, "meeting has nobody left");
                self.give_up(id);
            }
            Standing::Broken => {
                tracing::error!(meeting = %id, "meeting is broken: its clients have to come back");
                self.counters.meetings_broken.add(1);
                events.lost(id);
                self.give_up(id);
            }
        }
    }

    /// Drops a meeting and all that leads to it; sockets it still had are cut.
    fn give_up(&mut self, id: MeetingId) {
        if let Some(hosted) = self.meetings.remove(&id) {
            hosted.count_off(&self.counters);
            if let Some(until) = hosted.numbered_until() {
                self.past_lives.remember(clock::now(), id, until);
            }
        }
        self.routes.forget_meeting(id);
    }

    fn say_farewell(&mut self, now: Instant) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = now.checked_add(FAREWELL);
        for (id, hosted) in &mut self.meetings {
            hosted.work(|meeting| meeting.go_away(now));
            self.touched.insert(*id);
        }
    }
}

/// Answers somebody who may have gone away.
fn tell<T>(asker: oneshot::Sender<T>, answer: T) {
    if asker.send(answer).is_err() {
        tracing::debug!("nobody waited for a worker's answer");
    }
}

/// Tells a client that came too late to come back elsewhere.
fn turn_away(socket: &mpsc::Sender<SocketOrder>) {
    let code = refusal_close_code(Ending::ServerGoingAway);
    if socket.try_send(SocketOrder::Close(code)).is_err() {
        tracing::debug!("a client was gone before it could be turned away");
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("meetings", &self.meetings.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
