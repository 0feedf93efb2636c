//! The server's end of one path.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

use crate::demux::{PacketKind, classify};
use crate::dtls::Progress;
use crate::handshake::ServerHandshake;
use crate::ice_lite::IceLite;
use crate::output::Outbox;
use crate::srtp::Srtp;
use crate::{
    CloseReason, DtlsError, Event, Fingerprint, OpenError, Output, Received, SealError,
    SessionConfig, SessionError, Stats, Timeouts,
};

/// A secured media path to one peer, which is the controlling, dialling side of it.
///
/// After each call of a `handle_` method, and of [`Session::close`], the shell calls
/// [`Session::poll_output`] until it says `Timeout`.
///
/// A shell that serves many sessions on one socket hands binding requests to the session whose user name
/// fragment they name ([`demux::binding_request_ufrag`](crate::demux::binding_request_ufrag)), and all else to
/// the session that last said [`Event::AddressValidated`] of the source.
#[derive(Debug)]
pub struct Session {
    remote_fingerprint: Fingerprint,
    timeouts: Timeouts,
    path: IceLite,
    handshake: ServerHandshake,
    phase: Phase,
    outbox: Outbox,
    stats: Stats,
}

#[derive(Debug)]
enum Phase {
    /// Media cannot flow yet, and must within this time.
    Connecting {
        deadline: Option<Instant>,
    },
    Secured(Box<Srtp>),
    Closed,
}

impl Session {
    /// Waits for the peer's first check.
    #[must_use]
    pub fn new(now: Instant, config: SessionConfig) -> Self {
        Self {
            remote_fingerprint: config.remote_fingerprint,
            path: IceLite::new(config.local, &config.remote),
            handshake: ServerHandshake::new(config.certificate),
            phase: Phase::Connecting { deadline: now.checked_add(config.timeouts.handshake) },
            timeouts: config.timeouts,
            outbox: Outbox::default(),
            stats: Stats::default(),
        }
    }

    /// Handles a datagram, opening it in place if it is media.
    ///
    /// # Errors
    ///
    /// Fails if the datagram is refused; the session goes on unless an [`Event::Closed`] follows.
    pub fn handle_datagram<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &'a mut [u8],
    ) -> Result<Received<'a>, SessionError> {
        let result = self.receive(now, source, datagram);
        self.stats.count_refusal(&result);
        if matches!(result, Err(SessionError::Open(OpenError::TooManyStreams))) {
            self.give_up_keys();
        }
        result
    }

    fn receive<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &'a mut [u8],
    ) -> Result<Received<'a>, SessionError> {
        let kind = classify(datagram);
        match (&mut self.phase, kind) {
            (Phase::Closed, _) => Err(SessionError::Closed),
            (_, PacketKind::Unknown) => Err(SessionError::Unrecognised),
            (_, PacketKind::Stun) => self.handle_check(now, source, datagram),
            (_, PacketKind::Dtls | PacketKind::Rtp | PacketKind::Rtcp)
                if !self.path.is_validated(source) =>
            {
                Err(SessionError::Unvalidated(source))
            }
            (_, PacketKind::Dtls) => self.handle_dtls(now, source, datagram),
            (Phase::Connecting { .. }, PacketKind::Rtp | PacketKind::Rtcp) => {
                Err(SessionError::NotSecured)
            }
            (Phase::Secured(srtp), PacketKind::Rtp) => {
                Ok(srtp.open_rtp(datagram, &mut self.stats)?)
            }
            (Phase::Secured(srtp), PacketKind::Rtcp) => {
                Ok(srtp.open_rtcp(datagram, &mut self.stats)?)
            }
        }
    }

    fn handle_check<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &[u8],
    ) -> Result<Received<'a>, SessionError> {
        let outcome = self.path.handle_check(now, source, datagram, self.timeouts.consent)?;
        self.stats.checks = self.stats.checks.saturating_add(1);
        self.outbox.transmit(source, outcome.answer);
        if let Some(address) = outcome.validated {
            self.outbox.event(Event::AddressValidated(address));
        }
        for address in outcome.abandoned {
            self.outbox.event(Event::AddressAbandoned(address));
        }
        if outcome.moved {
            tracing::debug!(%source, "the peer moved");
            self.stats.address_changes = self.stats.address_changes.saturating_add(1);
        }
        Ok(Received::Handled)
    }

    fn handle_dtls<'a>(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &[u8],
    ) -> Result<Received<'a>, SessionError> {
        self.path.prefer_until_nominated(source);
        let mut flight = Vec::new();
        match self.handshake.handle_datagram(now, datagram, &mut flight) {
            Ok(Progress::Pending) => self.transmit(flight),
            Ok(Progress::Complete) => self.secure(now, flight)?,
            Ok(Progress::Closed) => {
                self.transmit(flight);
                self.end(now, CloseReason::PeerClosed);
            }
            Err(error @ DtlsError::Failed) => {
                self.transmit(flight);
                self.end(now, self.failure());
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Received::Handled)
    }

    /// Puts keys in place if the peer is who its offer said; the last flight is only sent if so.
    fn secure(&mut self, now: Instant, flight: Vec<Bytes>) -> Result<(), DtlsError> {
        let Some(agreement) = self.handshake.agreement() else {
            self.end(now, CloseReason::HandshakeFailed);
            return Err(DtlsError::Failed);
        };
        if agreement.peer != self.remote_fingerprint {
            self.end(now, CloseReason::FingerprintMismatch);
            return Err(DtlsError::Failed);
        }
        let keys = agreement.keys;
        let srtp = Srtp::new(agreement.profile, &keys.server, &keys.client)?;
        self.transmit(flight);
        self.phase = Phase::Secured(Box::new(srtp));
        self.outbox.event(Event::Secured(agreement.profile));
        Ok(())
    }

    const fn failure(&self) -> CloseReason {
        match self.phase {
            Phase::Connecting { .. } => CloseReason::HandshakeFailed,
            Phase::Secured(_) | Phase::Closed => CloseReason::PeerClosed,
        }
    }

    /// Lets time pass; too early a call does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        match self.phase {
            Phase::Closed => return,
            Phase::Connecting { deadline } if is_due(deadline) => {
                return self.end(now, CloseReason::HandshakeTimeout);
            }
            Phase::Secured(_) if is_due(self.consent_deadline()) => {
                return self.end(now, CloseReason::ConsentLost);
            }
            Phase::Connecting { .. } | Phase::Secured(_) => {}
        }
        let flight = self.handshake.handle_timeout(now);
        self.transmit(flight);
    }

    /// What the shell must do next.
    pub fn poll_output(&mut self) -> Output {
        self.outbox.pop().unwrap_or_else(|| Output::Timeout(self.deadline()))
    }

    fn deadline(&self) -> Option<Instant> {
        let own = match self.phase {
            Phase::Connecting { deadline } => deadline,
            Phase::Secured(_) => self.consent_deadline(),
            Phase::Closed => return None,
        };
        [own, self.handshake.poll_timeout()].into_iter().flatten().min()
    }

    fn consent_deadline(&self) -> Option<Instant> {
        self.path.last_check()?.checked_add(self.timeouts.consent)
    }

    /// Seals an RTP packet in place and returns where to send it.
    ///
    /// # Errors
    ///
    /// Fails if the packet must not be sent; what it holds is then unspecified.
    pub fn seal_rtp(&mut self, packet: &mut Vec<u8>) -> Result<SocketAddr, SealError> {
        let destination = self.path.destination().ok_or(SealError::NotSecured)?;
        let Phase::Secured(srtp) = &mut self.phase else { return Err(SealError::NotSecured) };
        let sealed = srtp.seal_rtp(packet, &mut self.stats);
        if sealed == Err(SealError::KeysUsedUp) {
            self.give_up_keys();
        }
        sealed.map(|()| destination)
    }

    /// Seals a compound RTCP packet in place and returns where to send it.
    ///
    /// # Errors
    ///
    /// Fails if the packet must not be sent; what it holds is then unspecified.
    pub fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<SocketAddr, SealError> {
        let destination = self.path.destination().ok_or(SealError::NotSecured)?;
        let Phase::Secured(srtp) = &mut self.phase else { return Err(SealError::NotSecured) };
        let sealed = srtp.seal_rtcp(packet, &mut self.stats);
        if sealed == Err(SealError::KeysUsedUp) {
            self.give_up_keys();
        }
        sealed.map(|()| destination)
    }

    /// Ends the path and says goodbye to the peer; no event follows.
    pub fn close(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Closed) {
            let farewell = self.handshake.stop(now);
            self.transmit(farewell);
            self.phase = Phase::Closed;
        }
    }

    /// Where media for the peer goes, once a check has come.
    #[must_use]
    pub const fn destination(&self) -> Option<SocketAddr> {
        self.path.destination()
    }

    /// Counts what the path did so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Ends the path without a word: the peer is gone, or has been sent an alert.
    fn end(&mut self, now: Instant, reason: CloseReason) {
        tracing::debug!(?reason, "path closed");
        drop(self.handshake.stop(now));
        self.phase = Phase::Closed;
        self.outbox.event(Event::Closed(reason));
    }

    /// Ends the path because its keys must not be used any more; others come with the peer's next path.
    fn give_up_keys(&mut self) {
        tracing::debug!("keys used up");
        self.phase = Phase::Closed;
        self.outbox.event(Event::Closed(CloseReason::KeysUsedUp));
    }

    fn transmit(&mut self, flight: Vec<Bytes>) {
        let Some(destination) = self.path.destination() else { return };
        for payload in flight {
            self.outbox.transmit(destination, payload);
        }
    }
}
