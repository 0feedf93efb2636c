//! A whole meeting in one thread and in virtual time: clients, the engine, and a network between them.
//!
//! It drives the engine as the media server's workers do, routing included, and holds it to what they rely on:
//! draining ends, and what is due at a time is done at that time.

#![expect(
    clippy::missing_panics_doc,
    reason = "a promise that is broken ends the test, and each expectation names its promise"
)]

mod joining;
mod routes;
mod seat;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use carillon_meeting::{
    Attendee, Meeting, MeetingConfig, MeetingEvent, MeetingEventKind, Output, SessionId,
};
use carillon_signaling::{Epoch, Identity, Mid, StreamId};
use carillon_transport::Certificate;
use carillon_types::{TranscriptionTurn, WallTime};

pub use self::joining::{Joining, attendee_id, identity};
use self::routes::Routes;
use self::seat::{Down, Seat, Up};
use crate::alloc::held_by;
use crate::client::{Client, ClientConfig, Seen};
use crate::clock::VirtualClock;
use crate::ear::Heard;
use crate::network::LinkConfig;
use crate::rng::seeded;

/// The identity of every server: making one costs more than a meeting of two.
static CERTIFICATE: LazyLock<Certificate> =
    LazyLock::new(|| Certificate::generate().expect("the system has randomness"));

/// How many things an engine may want done after one input: far more than a meeting of 25 has to say.
const MOST_OUTPUTS: usize = 20_000;

/// How long tones have to sound to be told apart.
const LISTENING: Duration = Duration::from_millis(300);

/// One client of a rig, by the order of joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(usize);

impl ClientId {
    /// The client that joined at this place, counted from 0.
    #[must_use]
    pub const fn nth(number: usize) -> Self {
        Self(number)
    }
}

/// A meeting, its clients and the network between them.
#[derive(Debug)]
pub struct MeetingRig {
    /// The engine.
    pub meeting: Meeting,
    /// What the engine told its shell.
    pub events: Vec<MeetingEvent>,
    /// What became of its transcription.
    pub turns: Vec<TranscriptionTurn>,
    /// Whenever it changed: whether something was shared that nobody watched.
    pub unwatched: Vec<bool>,
    clock: VirtualClock,
    epoch: Epoch,
    seed: u64,
    server: SocketAddr,
    deadline: Option<Instant>,
    routes: Routes,
    seats: Vec<Seat>,
    /// The seats at which something is going to happen: many a client has come and gone.
    busy: BTreeSet<usize>,
}

impl MeetingRig {
    /// A meeting that nobody has joined; everything that happens follows from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(seed, |config| config)
    }

    /// A meeting that is configured differently.
    #[must_use]
    pub fn with(seed: u64, change: impl FnOnce(MeetingConfig) -> MeetingConfig) -> Self {
        let clock = VirtualClock::start();
        let epoch = Epoch::new(clock.now(), WallTime::from_millis(1_750_000_000_000));
        let server = SocketAddr::from(([192, 0, 2, 1], 3_478));
        let mut config = MeetingConfig::new(CERTIFICATE.clone(), epoch);
        config.candidates.push(server);
        Self {
            meeting: Meeting::new(clock.now(), change(config), seeded(seed)),
            events: Vec::new(),
            turns: Vec::new(),
            unwatched: Vec::new(),
            clock,
            epoch,
            seed,
            server,
            deadline: None,
            routes: Routes::default(),
            seats: Vec::new(),
            busy: BTreeSet::new(),
        }
    }

    /// A meeting in which everybody is connected and heard.
    #[must_use]
    pub fn of(people: u8, seed: u64) -> (Self, Vec<ClientId>) {
        let mut rig = Self::new(seed);
        let ids: Vec<ClientId> = (0..people).map(|person| rig.join(Joining::of(person))).collect();
        rig.run(Duration::from_secs(1));
        (rig, ids)
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.clock.now()
    }

    /// When the engine wants to be called.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Lets a client open a socket and join; its tone follows from its number.
    pub fn join(&mut self, joining: Joining) -> ClientId {
        let id = self.open(joining);
        self.with_client(id, |client, now| client.join(now));
        id
    }

    /// Lets a client open a socket and say nothing.
    pub fn open(&mut self, joining: Joining) -> ClientId {
        let number = self.seats.len();
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(number as u64);
        let config = ClientConfig {
            identity: joining.identity,
            object: joining.object,
            hertz: tone_of(number),
            epoch: self.epoch,
            seed,
        };
        let attendee = Attendee {
            identity: joining.identity,
            external_user_id: format!("person {number}"),
            capabilities: joining.capabilities,
            features: joining.features,
        };
        self.seats.push(Seat::new(Client::new(config), joining.link, number, seed));
        let session = SessionId(number as u64);
        self.meeting.open_session(self.clock.now(), session, attendee);
        self.drain();
        ClientId(number)
    }

    /// Lets a client vanish without a word; the server hears of its socket only if `socket_dies` says so.
    pub fn cut(&mut self, id: ClientId, socket: SocketFate) {
        let seat = self.seat(id);
        seat.cut();
        if socket == SocketFate::Dies {
            let now = self.clock.now();
            self.meeting.handle_socket_closed(now, SessionId(id.0 as u64));
            self.drain();
        }
    }

    /// Changes what the network does to a client's datagrams from here on.
    pub fn relink(&mut self, id: ClientId, link: LinkConfig) {
        self.seat(id).relink(link);
    }

    /// Lets a client do something.
    pub fn with_client<T>(
        &mut self,
        id: ClientId,
        work: impl FnOnce(&mut Client, Instant) -> T,
    ) -> T {
        let now = self.clock.now();
        let seat = self.seat(id);
        let result = work(&mut seat.client, now);
        seat.drain(now);
        result
    }

    /// Lets the engine be told something by its shell.
    pub fn with_meeting(&mut self, work: impl FnOnce(&mut Meeting, Instant)) {
        work(&mut self.meeting, self.clock.now());
        self.drain();
    }

    /// Sends a datagram from an address of one's own, past the network.
    pub fn inject(&mut self, source: SocketAddr, mut datagram: Vec<u8>) {
        let now = self.clock.now();
        if let Some(session) = self.routes.find(source, &datagram) {
            self.meeting.handle_datagram(now, session, source, &mut datagram);
            self.drain();
        }
    }

    /// A client.
    #[must_use]
    pub fn client(&self, id: ClientId) -> &Client {
        &self.seats.get(id.0).expect("ids come from this rig").client
    }

    /// The address a client sends from.
    #[must_use]
    pub fn address(&self, id: ClientId) -> SocketAddr {
        self.seats.get(id.0).expect("ids come from this rig").address
    }

    /// How many ways from datagrams to sessions there are.
    #[must_use]
    pub fn routes(&self) -> usize {
        self.routes.len()
    }

    /// How much memory the meeting holds, which is over with this question.
    #[must_use]
    pub fn into_held_memory(self) -> i64 {
        held_by(self.meeting)
    }

    /// The tones a client has heard lately.
    #[must_use]
    pub fn hears(&self, id: ClientId) -> Vec<u32> {
        self.heard(id).tones()
    }

    /// What a client has heard lately of everybody's tones.
    #[must_use]
    pub fn heard(&self, id: ClientId) -> Heard {
        let tones: Vec<u32> = self.seats.iter().map(|seat| seat.client.voice.hertz).collect();
        self.client(id).hearing.heard(self.clock.now(), LISTENING, &tones)
    }

    /// The tones of some clients, as [`Self::hears`] lists them.
    #[must_use]
    pub fn tones(&self, ids: &[ClientId]) -> Vec<u32> {
        ids.iter().map(|id| self.client(*id).voice.hertz).collect()
    }

    /// What a client has seen since a moment.
    #[must_use]
    pub fn seen_since(&self, id: ClientId, since: Instant) -> Vec<&Seen> {
        self.client(id).seen.iter().filter(|seen| seen.at >= since).collect()
    }

    /// The one video that a client is told of somebody.
    #[must_use]
    pub fn stream_of(&self, told: ClientId, owner: Identity) -> Option<StreamId> {
        let index = self.client(told).told.index()?;
        index.sources.iter().find(|source| source.owner == owner).map(|source| source.stream_id)
    }

    /// What happened to somebody, in order.
    #[must_use]
    pub fn story_of(&self, who: Identity) -> Vec<MeetingEventKind> {
        self.events.iter().filter(|event| event.who == who).map(|event| event.kind).collect()
    }

    /// Lets the world run for a while.
    pub fn run(&mut self, time: Duration) {
        self.run_until(time, |_| false);
    }

    /// Lets the world run until the condition holds; false if the time is up first.
    pub fn run_until(&mut self, time: Duration, condition: impl Fn(&Self) -> bool) -> bool {
        let end = self.clock.now() + time;
        while !condition(self) {
            let client_side = self.busy.iter().filter_map(|number| self.seats.get(*number)?.next());
            let next = client_side.chain(self.deadline).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.clock.advance_to(end);
                return false;
            };
            self.clock.advance_to(next);
            self.step();
        }
        true
    }

    /// Lets time pass in which the server does nothing, as on a machine that is busy with something else.
    pub fn stall(&mut self, time: Duration) {
        self.clock.advance(time);
        self.step();
    }

    fn step(&mut self) {
        let now = self.clock.now();
        let busy: Vec<usize> = self.busy.iter().copied().collect();
        for number in busy {
            self.deliver(now, number);
            if self.seats.get(number).is_none_or(|seat| seat.next().is_none()) {
                self.busy.remove(&number);
            }
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.meeting.handle_timeout(now);
            self.drain();
            let again = self.deadline.is_some_and(|deadline| deadline <= now);
            assert!(!again, "a shell would spin: what is due was not done");
        }
    }

    /// Gives both sides of a seat what has arrived for them.
    fn deliver(&mut self, now: Instant, number: usize) {
        let session = SessionId(number as u64);
        let Some(seat) = self.seats.get_mut(number) else { return };
        seat.receive(now, self.server);
        let address = seat.address;
        while let Some(up) = self.seats.get_mut(number).and_then(|seat| seat.up(now)) {
            match up {
                Up::Message(message) => self.meeting.handle_signal(now, session, &message),
                Up::Close => self.meeting.handle_socket_closed(now, session),
                Up::Datagram(mut datagram) => {
                    let Some(session) = self.routes.find(address, &datagram) else { continue };
                    self.meeting.handle_datagram(now, session, address, &mut datagram);
                }
            }
            self.drain();
        }
    }

    /// Performs everything the engine asks for and sends its datagrams.
    fn drain(&mut self) {
        let now = self.clock.now();
        for _ in 0..MOST_OUTPUTS {
            match self.meeting.poll_output() {
                Output::Signal { session, message } => {
                    self.send_down(session, Down::Message(message));
                }
                Output::CloseSocket { session, code } => {
                    self.send_down(session, Down::Close(code));
                }
                Output::Expect { session, ufrag } => self.routes.expect(session, ufrag),
                Output::Validated { session, address } => self.routes.validate(session, address),
                Output::Abandoned { session, address } => self.routes.abandon(session, address),
                Output::Forget(session) => self.routes.forget(session),
                Output::Unwatched(is_unwatched) => self.unwatched.push(is_unwatched),
                Output::Event(event) => self.events.push(event),
                Output::Transcription { turn, .. } => self.turns.push(turn),
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    return self.send_datagrams(now);
                }
            }
        }
        panic!("draining does not end");
    }

    fn send_down(&mut self, session: SessionId, down: Down) {
        let now = self.clock.now();
        let number = usize::try_from(session.0).expect("sessions are seats");
        self.seat(ClientId(number)).down(now, down);
    }

    fn send_datagrams(&mut self, now: Instant) {
        let datagrams = self.meeting.datagrams();
        for (destination, datagram) in datagrams.iter() {
            let number = seat::number_at(destination);
            let seat = number.and_then(|number| self.seats.get_mut(number));
            if let Some((number, seat)) = number.zip(seat) {
                seat.down(now, Down::Datagram(datagram.to_vec()));
                self.busy.insert(number);
            }
        }
        datagrams.clear();
    }

    /// A seat at which something is about to happen.
    fn seat(&mut self, id: ClientId) -> &mut Seat {
        self.busy.insert(id.0);
        self.seats.get_mut(id.0).expect("ids come from this rig")
    }
}

/// What the server notices of a client that vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketFate {
    /// Its socket breaks.
    Dies,
    /// Nothing: its socket stays open, and silent.
    Hangs,
}

/// The tag of the section in which a client receives its `number`th video.
#[must_use]
pub fn receive_mid(number: usize) -> Mid {
    (number + 2).to_string().parse().expect("a number is a tag")
}

/// The tone of the client of a number: 100 Hz apart, so that an ear of 300 ms tells them apart.
fn tone_of(number: usize) -> u32 {
    u32::try_from(number).map_or(0, |number| 430 + 110 * (number % 30))
}
