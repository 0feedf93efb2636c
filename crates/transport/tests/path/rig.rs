//! A client and a server with a network between them.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use carillon_testkit::clock::VirtualClock;
use carillon_testkit::network::{Link, LinkConfig};
use carillon_testkit::rng::seeded;
use carillon_transport::{
    Certificate, ClientConfig, ClientSession, Event, IceCredentials, Output, Received, Session,
    SessionConfig, SessionError, SrtpProfile, Timeouts,
};

pub(crate) const BOTH_PROFILES: [SrtpProfile; 2] =
    [SrtpProfile::Aes128CmSha1_80, SrtpProfile::AeadAes128Gcm];

static SERVER_CERTIFICATE: LazyLock<Certificate> = LazyLock::new(certificate);
static CLIENT_CERTIFICATE: LazyLock<Certificate> = LazyLock::new(certificate);

pub(crate) fn certificate() -> Certificate {
    Certificate::generate().expect("the system has randomness")
}

#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) payload: Vec<u8>,
}

/// What one end noticed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    pub(crate) rtp: Vec<Vec<u8>>,
    pub(crate) rtcp: Vec<Vec<u8>>,
    pub(crate) errors: Vec<SessionError>,
}

impl Seen {
    fn note(&mut self, result: Result<Received<'_>, SessionError>) {
        match result {
            Ok(Received::Handled) => {}
            Ok(Received::Rtp(packet)) => self.rtp.push(packet.to_vec()),
            Ok(Received::Rtcp(packet)) => self.rtcp.push(packet.to_vec()),
            Err(error) => self.errors.push(error),
        }
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Secured(_)))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Closed(_)))
    }
}

/// How the two ends are set up.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) link: LinkConfig,
    pub(crate) profiles: Vec<SrtpProfile>,
    pub(crate) server_expects: Certificate,
    pub(crate) client_expects: Certificate,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 1,
            link: LinkConfig { delay: Duration::from_millis(10), ..LinkConfig::default() },
            profiles: BOTH_PROFILES.to_vec(),
            server_expects: CLIENT_CERTIFICATE.clone(),
            client_expects: SERVER_CERTIFICATE.clone(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) clock: VirtualClock,
    pub(crate) server: Session,
    pub(crate) client: ClientSession,
    pub(crate) server_address: SocketAddr,
    pub(crate) client_address: SocketAddr,
    pub(crate) to_server: Link<Datagram>,
    pub(crate) to_client: Link<Datagram>,
    pub(crate) server_seen: Seen,
    pub(crate) client_seen: Seen,
    /// What the server sent, in order.
    pub(crate) server_sent: Vec<Datagram>,
    /// What the client sent, in order.
    pub(crate) client_sent: Vec<Datagram>,
    server_deadline: Option<Instant>,
    client_deadline: Option<Instant>,
}

impl Rig {
    pub(crate) fn new(setup: &Setup) -> Self {
        let clock = VirtualClock::start();
        let mut rng = seeded(setup.seed);
        let server_ice = IceCredentials::generate(&mut rng);
        let client_ice = IceCredentials::generate(&mut rng);
        let server_address = "192.0.2.1:3478".parse().expect("an address");
        let server = SessionConfig {
            certificate: SERVER_CERTIFICATE.clone(),
            local: server_ice.clone(),
            remote: client_ice.clone(),
            remote_fingerprint: setup.server_expects.fingerprint(),
            timeouts: Timeouts::default(),
        };
        let client = ClientConfig {
            certificate: CLIENT_CERTIFICATE.clone(),
            local: client_ice,
            remote: server_ice,
            remote_fingerprint: setup.client_expects.fingerprint(),
            remote_address: server_address,
            profiles: setup.profiles.clone(),
            timeouts: Timeouts::default(),
        };
        let client = ClientSession::new(clock.now(), client, rng).expect("a client");
        let mut rig = Self {
            clock,
            server: Session::new(clock.now(), server),
            client,
            server_address,
            client_address: "198.51.100.7:50000".parse().expect("an address"),
            to_server: Link::new(setup.link, setup.seed),
            to_client: Link::new(setup.link, !setup.seed),
            server_seen: Seen::default(),
            client_seen: Seen::default(),
            server_sent: Vec::new(),
            client_sent: Vec::new(),
            server_deadline: None,
            client_deadline: None,
        };
        rig.drain();
        rig
    }

    /// A rig on which media may flow.
    pub(crate) fn secured(setup: &Setup) -> Self {
        let mut rig = Self::new(setup);
        assert!(rig.run_until(Duration::from_secs(20), Self::is_secured), "{:?}", rig.server_seen);
        rig
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.server_seen.is_secured() && self.client_seen.is_secured()
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets the world run until the condition holds; false if the time is up first.
    pub(crate) fn run_until(&mut self, time: Duration, condition: impl Fn(&Self) -> bool) -> bool {
        let end = self.now() + time;
        while !condition(self) {
            let arrivals = [self.to_server.next_arrival(), self.to_client.next_arrival()];
            let deadlines = [self.server_deadline, self.client_deadline];
            let next = arrivals.into_iter().chain(deadlines).flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.clock.advance(end - self.now());
                return false;
            };
            self.clock.advance(next.saturating_duration_since(self.now()));
            self.step();
        }
        true
    }

    /// Lets the world run for a while.
    pub(crate) fn run(&mut self, time: Duration) {
        self.run_until(time, |_| false);
    }

    fn step(&mut self) {
        let now = self.now();
        while let Some(datagram) = self.to_server.receive(now) {
            self.give_server(datagram.source, datagram.payload);
        }
        while let Some(datagram) = self.to_client.receive(now) {
            // What goes to an address that the client has left is lost.
            if datagram.destination == self.client_address {
                self.give_client(datagram.payload);
            }
        }
        if self.server_deadline.is_some_and(|deadline| deadline <= now) {
            self.server.handle_timeout(now);
        }
        if self.client_deadline.is_some_and(|deadline| deadline <= now) {
            self.client.handle_timeout(now);
        }
        self.drain();
    }

    /// Hands a datagram to the server, past the network.
    pub(crate) fn give_server(&mut self, source: SocketAddr, mut payload: Vec<u8>) {
        let now = self.now();
        let result = self.server.handle_datagram(now, source, &mut payload);
        self.server_seen.note(result);
        self.drain();
    }

    /// Hands a datagram of the server's to the client, past the network.
    pub(crate) fn give_client(&mut self, mut payload: Vec<u8>) {
        let (now, source) = (self.now(), self.server_address);
        let result = self.client.handle_datagram(now, source, &mut payload);
        self.client_seen.note(result);
        self.drain();
    }

    /// Sends what both ends want sent.
    pub(crate) fn drain(&mut self) {
        let now = self.now();
        self.server_deadline = loop {
            match self.server.poll_output() {
                Output::Transmit(transmit) => {
                    let (destination, payload) = (transmit.destination, transmit.payload.to_vec());
                    let datagram = Datagram { source: self.server_address, destination, payload };
                    self.server_sent.push(datagram.clone());
                    self.to_client.send(now, datagram);
                }
                Output::Event(event) => self.server_seen.events.push(event),
                Output::Timeout(deadline) => break deadline,
            }
        };
        self.client_deadline = loop {
            match self.client.poll_output() {
                Output::Transmit(transmit) => {
                    let payload = transmit.payload.to_vec();
                    self.client_sends(transmit.destination, payload);
                }
                Output::Event(event) => self.client_seen.events.push(event),
                Output::Timeout(deadline) => break deadline,
            }
        };
    }

    fn client_sends(&mut self, destination: SocketAddr, payload: Vec<u8>) {
        let datagram = Datagram { source: self.client_address, destination, payload };
        self.client_sent.push(datagram.clone());
        self.to_server.send(self.now(), datagram);
    }

    /// Seals a packet at the client, sends it, and returns what went over the wire.
    pub(crate) fn client_rtp(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        let destination = self.client.seal_rtp(&mut packet).expect("sealed");
        self.client_sends(destination, packet.clone());
        packet
    }

    /// Seals a compound RTCP packet at the client, sends it, and returns what went over the wire.
    pub(crate) fn client_rtcp(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        let destination = self.client.seal_rtcp(&mut packet).expect("sealed");
        self.client_sends(destination, packet.clone());
        packet
    }

    /// Seals a packet at the server, sends it, and returns what went over the wire.
    pub(crate) fn server_rtp(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        let destination = self.server.seal_rtp(&mut packet).expect("sealed");
        let datagram =
            Datagram { source: self.server_address, destination, payload: packet.clone() };
        self.to_client.send(self.now(), datagram);
        packet
    }

    /// Seals a compound RTCP packet at the server, sends it, and returns what went over the wire.
    pub(crate) fn server_rtcp(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        let destination = self.server.seal_rtcp(&mut packet).expect("sealed");
        let datagram =
            Datagram { source: self.server_address, destination, payload: packet.clone() };
        self.to_client.send(self.now(), datagram);
        packet
    }
}

/// Whether a datagram holds DTLS records.
pub(crate) fn is_dtls(datagram: &Datagram) -> bool {
    datagram.payload.first().is_some_and(|first| (20..64).contains(first))
}

/// An RTP packet with a one-byte header extension and a payload of its own.
pub(crate) fn rtp(ssrc: u32, seq: u16) -> Vec<u8> {
    let mut packet = vec![0x90, 111];
    packet.extend(seq.to_be_bytes());
    packet.extend(960_u32.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0xbe, 0xde, 0, 1, 0x10, 0x2a, 0, 0]);
    packet.extend((0..100).map(|position: u16| position.wrapping_add(seq).to_le_bytes()[0]));
    packet
}

/// A receiver report without blocks.
pub(crate) fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 2];
    packet.extend(ssrc.to_be_bytes());
    packet.extend([7; 4]);
    packet
}
