//! One worker's turns: receive a batch, carry out orders, fire due timers, drain what changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_meeting::{Meeting, MeetingConfig, SessionId};
use carillon_types::MeetingId;
use mio::{Events, Interest, Poll, Token, Waker};
use rand::{SeedableRng, rngs::StdRng};
use tokio::sync::mpsc;

use super::{Command, WorkerHandle, hosted::Hosted};
use crate::{admission::MeetingEvents, clock, routes::Routes, udp::MediaSocket};

const DATAGRAMS: Token = Token(0);
const COMMANDS: Token = Token(1);

/// How many orders wait for a worker before senders are held back.
/// A socket's task waits with its client's next message, so that a flood slows its sender down; more only adds delay.
const QUEUED_COMMANDS: usize = 1_024;

/// How many batches and orders a turn takes before timers get their chance: about 2 ms of work.
/// Larger turns save system calls and make the mix late under load.
const BATCHES_PER_TURN: usize = 8;
const COMMANDS_PER_TURN: usize = 128;

/// How long a stopping worker goes on, so that clients read that the server is going away.
const FAREWELL: Duration = Duration::from_millis(500);

/// What a worker needs to know.
#[derive(Clone)]
pub(crate) struct WorkerConfig {
    /// The address its socket binds.
    pub(crate) bind: SocketAddr,
    /// What its meetings are told of the world; the candidates are completed with the worker's port.
    pub(crate) meeting: MeetingConfig,
    /// Who hears what happens in its meetings.
    pub(crate) events: Arc<dyn MeetingEvents>,
}

/// The state of a worker's thread.
pub(crate) struct Worker {
    config: WorkerConfig,
    socket: MediaSocket,
    poll: Poll,
    commands: mpsc::Receiver<Command>,
    meetings: BTreeMap<MeetingId, Hosted>,
    /// Deadlines of the meetings, soonest first.
    timers: BTreeSet<(Instant, MeetingId)>,
    routes: Routes,
    rng: StdRng,
    stopping: Option<Instant>,
}

impl Worker {
    /// Binds the worker's socket; returns the worker and the way to it.
    pub(crate) fn bind(config: WorkerConfig) -> io::Result<(Self, WorkerHandle)> {
        let mut socket = MediaSocket::bind(config.bind)?;
        let poll = Poll::new()?;
        poll.registry().register(socket.source(), DATAGRAMS, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), COMMANDS)?);
        let (sender, commands) = mpsc::channel(QUEUED_COMMANDS);
        let worker = Self {
            config,
            socket,
            poll,
            commands,
            meetings: BTreeMap::new(),
            timers: BTreeSet::new(),
            routes: Routes::default(),
            rng: StdRng::from_os_rng(),
            stopping: None,
        };
        Ok((worker, WorkerHandle::new(sender, waker)))
    }

    /// The address of the worker's socket.
    pub(crate) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_address()
    }

    /// Sets the addresses that clients are told.
    pub(crate) fn advertise(&mut self, candidates: Vec<SocketAddr>) {
        self.config.meeting.candidates = candidates;
    }

    /// Works until told to stop.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(8);
        let mut more_waiting = false;
        loop {
            let timeout = if more_waiting { Some(Duration::ZERO) } else { self.until_deadline() };
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "a media worker cannot wait for its socket");
                return;
            }
            more_waiting = self.turn();
            if self.stopping.is_some_and(|deadline| clock::now() >= deadline) {
                return;
            }
        }
    }

    fn until_deadline(&self) -> Option<Duration> {
        let now = clock::now();
        let timer = self.timers.first().map(|(deadline, _)| *deadline);
        let soonest = [timer, self.stopping].into_iter().flatten().min()?;
        Some(soonest.saturating_duration_since(now))
    }

    /// One turn; returns whether work was left for the next.
    fn turn(&mut self) -> bool {
        let mut touched = BTreeSet::new();
        let more_datagrams = self.receive(&mut touched);
        let more_commands = self.carry_out(&mut touched);
        self.fire_timers(&mut touched);
        for id in touched {
            self.drain(id);
        }
        more_datagrams || more_commands
    }

    fn receive(&mut self, touched: &mut BTreeSet<MeetingId>) -> bool {
        let (routes, meetings) = (&self.routes, &mut self.meetings);
        let now = clock::now();
        for _ in 0..BATCHES_PER_TURN {
            let received = self.socket.receive(|source, datagram| {
                let Some((id, session)) = routes.find(source, datagram) else { return };
                if let Some(hosted) = meetings.get_mut(&id) {
                    hosted.meeting.handle_datagram(now, session, source, datagram);
                    touched.insert(id);
                }
            });
            match received {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "receiving failed");
                    return false;
                }
            }
        }
        true
    }

    fn carry_out(&mut self, touched: &mut BTreeSet<MeetingId>) -> bool {
        for _ in 0..COMMANDS_PER_TURN {
            let Ok(command) = self.commands.try_recv() else { return false };
            self.perform(command, touched);
        }
        true
    }

    fn perform(&mut self, command: Command, touched: &mut BTreeSet<MeetingId>) {
        let now = clock::now();
        match command {
            Command::Open { meeting, session, attendee, socket } => {
                let hosted = self.host(now, meeting);
                hosted.attach(session, socket);
                hosted.meeting.open_session(now, session, attendee);
                touched.insert(meeting);
            }
            Command::Message { meeting, session, message } => {
                self.within(meeting, touched, |hosted| {
                    hosted.meeting.handle_signal(now, session, &message);
                });
            }
            Command::SocketClosed { meeting, session } => {
                self.within(meeting, touched, |hosted| {
                    hosted.detach(session);
                    hosted.meeting.handle_socket_closed(now, session);
                });
            }
            Command::EndMeeting(meeting) => {
                self.within(meeting, touched, |hosted| hosted.meeting.end(now));
            }
            Command::RemoveAttendee(meeting, attendee) => {
                self.within(meeting, touched, |hosted| {
                    hosted.meeting.remove_attendee(now, attendee);
                });
            }
            Command::UpdateCapabilities(meeting, attendee, capabilities) => {
                self.within(meeting, touched, |hosted| {
                    hosted.meeting.update_capabilities(now, attendee, capabilities);
                });
            }
            Command::Stop => self.say_farewell(now, touched),
        }
    }

    /// The meeting, brought to life when its first client opens a socket.
    fn host(&mut self, now: Instant, id: MeetingId) -> &mut Hosted {
        let (config, rng) = (&self.config.meeting, &mut self.rng);
        self.meetings.entry(id).or_insert_with(|| {
            tracing::info!(meeting = %id, "meeting comes to life");
            let seed = StdRng::from_rng(rng);
            Hosted::new(id, Meeting::new(now, config.clone(), seed))
        })
    }

    fn within(
        &mut self,
        id: MeetingId,
        touched: &mut BTreeSet<MeetingId>,
        work: impl FnOnce(&mut Hosted),
    ) {
        if let Some(hosted) = self.meetings.get_mut(&id) {
            work(hosted);
            touched.insert(id);
        }
    }

    fn fire_timers(&mut self, touched: &mut BTreeSet<MeetingId>) {
        let now = clock::now();
        while let Some(&(deadline, id)) = self.timers.first()
            && deadline <= now
        {
            self.timers.pop_first();
            if let Some(hosted) = self.meetings.get_mut(&id) {
                hosted.deadline = None;
                hosted.meeting.handle_timeout(now);
                touched.insert(id);
            }
        }
    }

    fn drain(&mut self, id: MeetingId) {
        let Some(hosted) = self.meetings.get_mut(&id) else { return };
        if let Some(deadline) = hosted.deadline {
            self.timers.remove(&(deadline, id));
        }
        let events = &self.config.events;
        hosted.drain(&mut self.routes, &self.socket, |meeting, event| events.record(meeting, event));
        match hosted.deadline {
            _ if hosted.meeting.is_over() => {
                tracing::info!(meeting = %id, "meeting has nobody left");
                self.meetings.remove(&id);
            }
            Some(deadline) => {
                self.timers.insert((deadline, id));
            }
            None => {}
        }
    }

    fn say_farewell(&mut self, now: Instant, touched: &mut BTreeSet<MeetingId>) {
        self.stopping = now.checked_add(FAREWELL);
        for (id, hosted) in &mut self.meetings {
            hosted.meeting.go_away(now);
            touched.insert(*id);
        }
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("meetings", &self.meetings.len()).finish_non_exhaustive()
    }
}

/// Hands out session numbers: one sequence for the process, so that no two sessions share a number.
#[derive(Debug, Default)]
pub(crate) struct SessionNumbers(std::sync::atomic::AtomicU64);

impl SessionNumbers {
    pub(crate) fn next(&self) -> SessionId {
        SessionId(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }
}
