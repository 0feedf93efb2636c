//! What a session hands to its shell, and the queue in which it waits.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use crate::SrtpProfile;

/// What the shell must do next; `Timeout` means drained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this datagram.
    Transmit(Transmit),
    /// Note what happened.
    Event(Event),
    /// Call `handle_timeout` at this time, or never; nothing else is left to do.
    Timeout(Option<Instant>),
}

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Where it goes.
    pub destination: SocketAddr,
    /// What it holds.
    pub payload: Bytes,
}

/// What happened on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An authenticated check came from this address: what else comes from it belongs to this session.
    AddressValidated(SocketAddr),
    /// Nothing from this address is accepted any longer but another check.
    AddressAbandoned(SocketAddr),
    /// The peer proved the fingerprint of its offer and keys are in place: media may flow.
    Secured(SrtpProfile),
    /// The path is over and accepts nothing more: drop the session.
    Closed(CloseReason),
}

/// Why a path is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// No authenticated check came for the time of consent: the peer is gone or cut off, and may join again.
    ConsentLost,
    /// Media could not flow within the time for the handshake: the peer may join again.
    HandshakeTimeout,
    /// The handshake broke off, by a fatal alert or by a peer that cannot agree with us.
    HandshakeFailed,
    /// The peer showed another certificate than its offer named: someone may sit in the middle.
    FingerprintMismatch,
    /// The peer said goodbye.
    PeerClosed,
    /// The keys have protected as many packets or streams as they may: the peer may join again, and gets others.
    KeysUsedUp,
}

/// What a datagram turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// It was for the session itself; poll for what followed from it.
    Handled,
    /// An RTP packet, opened in place.
    Rtp(&'a mut [u8]),
    /// A compound RTCP packet, opened in place.
    Rtcp(&'a mut [u8]),
}

/// What waits for `poll_output`: datagrams first, then events.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

impl Outbox {
    /// Datagrams that wait at most.
    ///
    /// One input yields a flight of at most a few datagrams, so a shell that drains never meets the limit; one
    /// that does not loses the rest as if the network had, instead of growing.
    const MAX_TRANSMITS: usize = 64;

    pub(crate) fn transmit(&mut self, destination: SocketAddr, payload: Bytes) {
        if self.transmits.len() < Self::MAX_TRANSMITS {
            self.transmits.push_back(Transmit { destination, payload });
        }
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(crate) fn pop(&mut self) -> Option<Output> {
        let transmit = self.transmits.pop_front().map(Output::Transmit);
        transmit.or_else(|| self.events.pop_front().map(Output::Event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_that_never_drains_loses_datagrams_and_no_memory() {
        let mut outbox = Outbox::default();
        let destination = SocketAddr::from(([192, 0, 2, 1], 1));
        for number in 0..1_000_u16 {
            outbox.transmit(destination, number.to_be_bytes().to_vec().into());
        }
        outbox.event(Event::AddressValidated(destination));
        let out: Vec<_> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(out.len(), Outbox::MAX_TRANSMITS + 1);
        let first = Transmit { destination, payload: Bytes::from_static(&[0, 0]) };
        assert_eq!(out.first(), Some(&Output::Transmit(first)));
    }
}
