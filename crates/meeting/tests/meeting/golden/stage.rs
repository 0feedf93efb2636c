//! The engine with recorded clients before it: their messages as they were, and media paths that connect.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, Instant},
};

use carillon_meeting::{Attendee, Meeting, MeetingConfig, Output, SessionId};
use carillon_signaling::{
    ClientMessage, Epoch, Identity, Sdp, ServerMessage, decode_client, decode_server,
};
use carillon_testkit::{clock::VirtualClock, rng::seeded};
use carillon_transport::{
    Certificate, ClientConfig, ClientSession, IceCredentials, Output as Transported, SrtpProfile,
    Timeouts,
};
use carillon_types::{AttendeeCapabilities, MeetingFeatures, WallTime};

use super::{
    recording::{Recording, Step},
    transcript::Transcript,
};

/// The identity of the clients, in place of the browser's, whose key stayed with it.
static CLIENT: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().unwrap());
static SERVER: LazyLock<Certificate> = LazyLock::new(|| Certificate::generate().unwrap());

/// How long the engine goes on after the last recorded step: sockets that nobody closes end by then.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// The length of `AA:BB:…` for 32 bytes.
const FINGERPRINT_CHARS: usize = 95;

/// The engine, its clients' ends of media, and what was said.
pub(super) struct Stage {
    meeting: Meeting,
    clock: VirtualClock,
    deadline: Option<Instant>,
    server: SocketAddr,
    seats: BTreeMap<u64, Seat>,
    transcript: Transcript,
}

/// One recorded socket.
#[derive(Default)]
struct Seat {
    is_open: bool,
    ice: Option<IceCredentials>,
    path: Option<ClientSession>,
    deadline: Option<Instant>,
}

impl Stage {
    /// Plays a recording and returns the conversation.
    pub(super) fn play(recording: &Recording) -> Transcript {
        let mut stage = Self::new(recording);
        let start = stage.clock.now();
        let first = recording.steps.first().map_or(Duration::ZERO, |(at, _, _)| *at);
        for (at, socket, step) in &recording.steps {
            stage.run_until(start + (*at - first));
            stage.take(*socket, step);
        }
        stage.run_until(stage.clock.now() + AFTERWARDS);
        stage.transcript
    }

    fn new(recording: &Recording) -> Self {
        let clock = VirtualClock::start();
        let server = SocketAddr::from(([192, 0, 2, 1], 3_478));
        let epoch = Epoch::new(clock.now(), WallTime::from_millis(1_750_000_000_000));
        let mut config = MeetingConfig::new(SERVER.clone(), epoch);
        config.candidates.push(server);
        Self {
            meeting: Meeting::new(clock.now(), config, seeded(1)),
            clock,
            deadline: None,
            server,
            seats: BTreeMap::new(),
            transcript: Transcript::new(recording),
        }
    }

    fn take(&mut self, socket: u64, step: &Step) {
        let (now, session) = (self.clock.now(), SessionId(socket));
        match step {
            Step::Open(identity) => {
                self.transcript.opened(socket, *identity);
                self.seats.insert(socket, Seat { is_open: true, ..Seat::default() });
                let attendee = Attendee {
                    identity: *identity,
                    external_user_id: self.transcript.name(Identity::main(identity.attendee)),
                    capabilities: AttendeeCapabilities::ALL,
                    features: MeetingFeatures::default(),
                };
                self.meeting.open_session(now, session, attendee);
            }
            Step::Say(frame) => {
                self.transcript.said(socket, frame);
                let frame = self.prepare(socket, frame);
                self.meeting.handle_signal(now, session, &frame);
            }
            Step::Close => self.close(socket),
        }
        self.settle();
    }

    /// Puts a certificate of ours into an offer and remembers its secret; anything else stays as it was, to the byte.
    fn prepare(&mut self, socket: u64, frame: &[u8]) -> Vec<u8> {
        let mut frame = frame.to_vec();
        let message = decode_client(&frame).unwrap().map(|frame| frame.content);
        if let Some(ClientMessage::Subscribe(subscribe)) = message
            && let Sdp::Plain(offer) = &subscribe.offer
            && let Some(seat) = self.seats.get_mut(&socket)
        {
            let value = |prefix: &str| value_of(offer, prefix).unwrap().to_owned();
            let (ufrag, pwd) = (value("a=ice-ufrag:"), value("a=ice-pwd:"));
            seat.ice = Some(IceCredentials { ufrag, pwd });
            let (theirs, ours) =
                (value("a=fingerprint:sha-256 "), CLIENT.fingerprint().to_string());
            replace(&mut frame, theirs.as_bytes(), ours.as_bytes());
        }
        frame
    }

    /// The client is gone, and its media with it.
    fn close(&mut self, socket: u64) {
        let now = self.clock.now();
        let Some(seat) = self.seats.get_mut(&socket) else { return };
        if std::mem::take(&mut seat.is_open) {
            self.transcript.closed(socket);
            self.meeting.handle_socket_closed(now, SessionId(socket));
        }
        if let Some(path) = &mut seat.path {
            path.close(now);
        }
    }

    fn run_until(&mut self, end: Instant) {
        loop {
            let media = self.seats.values().filter_map(|seat| seat.deadline);
            let next = media.chain(self.deadline).min().filter(|next| *next <= end);
            let Some(next) = next else { break };
            self.clock.advance_to(next);
            for path in
                self.seats.values_mut().filter(|seat| seat.deadline.is_some_and(|d| d <= next))
            {
                path.path.as_mut().unwrap().handle_timeout(next);
            }
            if self.deadline.is_some_and(|deadline| deadline <= next) {
                self.meeting.handle_timeout(next);
            }
            self.settle();
        }
        self.clock.advance_to(end);
    }

    /// Lets everything that is under way arrive: the network has no delay here.
    fn settle(&mut self) {
        loop {
            let (down, up) = (self.drain_meeting(), self.drain_seats());
            if down.is_empty() && up.is_empty() {
                return;
            }
            let now = self.clock.now();
            for (to, mut datagram) in down {
                let seat = self.seats.iter_mut().find(|(socket, _)| address_of(**socket) == to);
                if let Some(path) = seat.and_then(|(_, seat)| seat.path.as_mut()) {
                    // What comes after the end of a path is refused.
                    drop(path.handle_datagram(now, self.server, &mut datagram).map(drop));
                }
            }
            for (socket, mut datagram) in up {
                let from = address_of(socket);
                self.meeting.handle_datagram(now, SessionId(socket), from, &mut datagram);
            }
        }
    }

    fn drain_meeting(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut closed = VecDeque::new();
        loop {
            match self.meeting.poll_output() {
                Output::Signal { session, message } => self.hear(session.0, &message),
                Output::CloseSocket { session, code } => {
                    self.transcript.closed_by_server(session.0, code);
                    closed.push_back(session.0);
                }
                Output::Expect { .. }
                | Output::Validated { .. }
                | Output::Abandoned { .. }
                | Output::Forget(_)
                | Output::Unwatched(_)
                | Output::Event(_)
                | Output::Transcription { .. } => {}
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    let Some(socket) = closed.pop_front() else { break };
                    self.seats.get_mut(&socket).unwrap().is_open = false;
                    self.meeting.handle_socket_closed(self.clock.now(), SessionId(socket));
                }
            }
        }
        let datagrams = self.meeting.datagrams();
        let down = datagrams.iter().map(|(to, datagram)| (to, datagram.to_vec())).collect();
        datagrams.clear();
        down
    }

    fn drain_seats(&mut self) -> Vec<(u64, Vec<u8>)> {
        let mut up = Vec::new();
        for (socket, seat) in &mut self.seats {
            let Some(path) = &mut seat.path else { continue };
            seat.deadline = loop {
                match path.poll_output() {
                    Transported::Transmit(transmit) => {
                        up.push((*socket, transmit.payload.to_vec()));
                    }
                    Transported::Event(_) => {}
                    Transported::Timeout(deadline) => break deadline,
                }
            };
        }
        up
    }

    fn hear(&mut self, socket: u64, frame: &[u8]) {
        self.transcript.heard(socket, frame);
        let message = decode_server(frame).unwrap().map(|frame| frame.content.message);
        if let Some(ServerMessage::SubscribeAck(ack)) = message
            && let Sdp::Plain(answer) = &ack.answer
        {
            self.connect(socket, answer);
        }
    }

    /// Connects the media of a socket to where its first answer says.
    fn connect(&mut self, socket: u64, answer: &str) {
        let now = self.clock.now();
        let Some(seat) = self.seats.get_mut(&socket).filter(|seat| seat.path.is_none()) else {
            return;
        };
        let value = |prefix: &str| value_of(answer, prefix).unwrap().to_owned();
        let config = ClientConfig {
            certificate: CLIENT.clone(),
            local: seat.ice.clone().unwrap(),
            remote: IceCredentials { ufrag: value("a=ice-ufrag:"), pwd: value("a=ice-pwd:") },
            remote_fingerprint: value("a=fingerprint:sha-256 ").parse().unwrap(),
            remote_address: self.server,
            profiles: vec![SrtpProfile::AeadAes128Gcm],
            timeouts: Timeouts::default(),
        };
        seat.path = Some(ClientSession::new(now, config, seeded(socket)).unwrap());
    }
}

/// The address from which the media of a socket comes.
fn address_of(socket: u64) -> SocketAddr {
    let port = u16::try_from(50_000 + socket).unwrap();
    SocketAddr::from(([198, 51, 100, 1], port))
}

/// Replaces a text wherever it stands by one of the same length, which leaves the frame's own lengths true.
fn replace(frame: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!((old.len(), new.len()), (FINGERPRINT_CHARS, FINGERPRINT_CHARS));
    for at in 0..frame.len().saturating_sub(old.len()) {
        if frame[at..].starts_with(old) {
            frame[at..at + old.len()].copy_from_slice(new);
        }
    }
}

/// The rest of the first line that begins so.
fn value_of<'a>(sdp: &'a str, prefix: &str) -> Option<&'a str> {
    sdp.lines().find_map(|line| line.strip_prefix(prefix))
}
