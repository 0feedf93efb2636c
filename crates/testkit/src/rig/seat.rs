//! One client with its network.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use carillon_signaling::CloseCode;

use crate::client::{Client, Output};
use crate::network::{Link, LinkConfig};

/// What travels to the server.
#[derive(Clone, Debug)]
pub(super) enum Up {
    Message(Bytes),
    Close,
    Datagram(Vec<u8>),
}

/// What travels to the client.
#[derive(Clone, Debug)]
pub(super) enum Down {
    Message(Bytes),
    Close(CloseCode),
    Datagram(Vec<u8>),
}

/// A client, and the four ways between it and the server.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) client: Client,
    pub(super) address: SocketAddr,
    deadline: Option<Instant>,
    /// Datagrams suffer what the network does, messages over TCP only its delay.
    datagrams_up: Link<Up>,
    datagrams_down: Link<Down>,
    messages_up: Link<Up>,
    messages_down: Link<Down>,
    is_cut: bool,
}

impl Seat {
    pub(super) fn new(client: Client, link: LinkConfig, number: usize, seed: u64) -> Self {
        Self {
            client,
            address: address_of(number),
            deadline: None,
            datagrams_up: Link::new(link, seed),
            datagrams_down: Link::new(link, !seed),
            messages_up: Link::new(reliable(link), seed),
            messages_down: Link::new(reliable(link), seed),
            is_cut: false,
        }
    }

    /// When something arrives at either end, or the client has something to do.
    pub(super) fn next(&self) -> Option<Instant> {
        let arrivals = [
            self.datagrams_up.next_arrival(),
            self.datagrams_down.next_arrival(),
            self.messages_up.next_arrival(),
            self.messages_down.next_arrival(),
            self.deadline,
        ];
        arrivals.into_iter().flatten().min()
    }

    /// Loses everything that travels and will be sent.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
        self.deadline = None;
        let nothing = LinkConfig::default();
        self.datagrams_up = Link::new(nothing, 0);
        self.datagrams_down = Link::new(nothing, 0);
        self.messages_up = Link::new(nothing, 0);
        self.messages_down = Link::new(nothing, 0);
    }

    pub(super) const fn relink(&mut self, link: LinkConfig) {
        self.datagrams_up.reconfigure(link);
        self.datagrams_down.reconfigure(link);
        self.messages_up.reconfigure(reliable(link));
        self.messages_down.reconfigure(reliable(link));
    }

    /// Lets the server send something.
    pub(super) fn down(&mut self, now: Instant, down: Down) {
        if self.is_cut {
            return;
        }
        match down {
            Down::Datagram(ref datagram) => {
                let octets = on_wire(datagram);
                self.datagrams_down.send_sized(now, down, octets);
            }
            Down::Message(_) | Down::Close(_) => self.messages_down.send(now, down),
        }
    }

    /// The next thing that has arrived at the server.
    pub(super) fn up(&mut self, now: Instant) -> Option<Up> {
        self.messages_up.receive(now).or_else(|| self.datagrams_up.receive(now))
    }

    /// Gives the client what has arrived for it and is due.
    pub(super) fn receive(&mut self, now: Instant, server: SocketAddr) {
        if self.next().is_none_or(|next| next > now) {
            return;
        }
        let (messages, datagrams) = (&mut self.messages_down, &mut self.datagrams_down);
        while let Some(down) = messages.receive(now).or_else(|| datagrams.receive(now)) {
            match down {
                Down::Message(message) => self.client.handle_message(now, &message),
                Down::Close(code) => {
                    self.client.handle_close(code);
                    self.messages_up.send(now, Up::Close);
                }
                Down::Datagram(mut datagram) => {
                    self.client.handle_datagram(now, server, &mut datagram);
                }
            }
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.client.handle_timeout(now);
        }
        self.drain(now);
    }

    /// Sends what the client wants sent.
    pub(super) fn drain(&mut self, now: Instant) {
        if self.is_cut {
            return;
        }
        self.deadline = loop {
            match self.client.poll_output() {
                Output::Message(message) => self.messages_up.send(now, Up::Message(message)),
                Output::Datagram(_, datagram) => {
                    let octets = on_wire(&datagram);
                    self.datagrams_up.send_sized(now, Up::Datagram(datagram), octets);
                }
                Output::CloseSocket => self.messages_up.send(now, Up::Close),
                Output::Timeout(deadline) => break deadline,
            }
        };
    }
}

/// What a datagram takes with the headers of IP and UDP.
const fn on_wire(datagram: &[u8]) -> usize {
    datagram.len() + 28
}

/// The address of the client of a number.
fn address_of(number: usize) -> SocketAddr {
    let [high, low] = u16::try_from(number).expect("a meeting has few clients").to_be_bytes();
    SocketAddr::from(([198, 51, high, low], 50_000))
}

/// The number of the client at an address, if it is one's.
pub(super) fn number_at(address: SocketAddr) -> Option<usize> {
    match address {
        SocketAddr::V4(v4) => match v4.ip().octets() {
            [198, 51, high, low] => Some(u16::from_be_bytes([high, low]).into()),
            _ => None,
        },
        SocketAddr::V6(_) => None,
    }
}

const fn reliable(link: LinkConfig) -> LinkConfig {
    let LinkConfig { delay, jitter, .. } = link;
    LinkConfig { delay, jitter, loss: 0.0, reordering: 0.0, duplication: 0.0, bottleneck: None }
}
