//! The client's end of one path, for load tests and simulation.
//!
//! It is the controlling ICE agent and the DTLS client, with one candidate on each side: what a browser does
//! towards a lite server, and nothing more.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::RngCore;
use rand::rngs::StdRng;

use crate::demux::{PacketKind, classify};
use crate::dtls::{Association, HandshakeOptions, Progress};
use crate::handshake::{Allowance, Standing};
use crate::output::Outbox;
use crate::srtp::Srtp;
use crate::stun::{BindingSuccess, NominatingCheck, Transaction};
use crate::{
    CheckError, ClientConfig, CloseReason, DtlsError, Event, Fingerprint, IceCredentials,
    OpenError, Output, Received, SealError, SessionError, Stats, Timeouts,
};

/// How often the server is checked until it answers: as often as a browser does.
const FIRST_CHECKS: Duration = Duration::from_millis(50);
/// How often after that.
const LATER_CHECKS: Duration = Duration::from_millis(2_500);
/// Checks that may be without an answer; older ones count as lost.
const MAX_PENDING: usize = 16;
/// The priority of a host candidate (RFC 8445 section 5.1.2.1).
const HOST_PRIORITY: u32 = 0x7e7f_ffff;

/// A secured media path to a server.
///
/// After each call of a `handle_` method, and of [`ClientSession::close`], the shell calls
/// [`ClientSession::poll_output`] until it says `Timeout`.
#[derive(Debug)]
pub struct ClientSession {
    username: String,
    remote: IceCredentials,
    remote_address: SocketAddr,
    remote_fingerprint: Fingerprint,
    timeouts: Timeouts,
    checks: Checks,
    options: HandshakeOptions,
    allowance: Allowance,
    phase: Phase,
    outbox: Outbox,
    stats: Stats,
}

#[derive(Debug)]
struct Checks {
    rng: StdRng,
    tie_breaker: u64,
    pending: VecDeque<(Transaction, Instant)>,
    next: Instant,
    last_answer: Option<Instant>,
    rtt: Option<Duration>,
    mapped: Option<SocketAddr>,
}

#[derive(Debug)]
enum Phase {
    /// No check was answered yet.
    Checking {
        deadline: Option<Instant>,
    },
    /// DTLS is under way.
    Shaking {
        deadline: Option<Instant>,
        association: Association,
    },
    Secured {
        association: Association,
        srtp: Box<Srtp>,
    },
    Closed,
}

impl ClientSession {
    /// Sends the first check.
    ///
    /// # Errors
    ///
    /// Fails if DTLS cannot be set up with this certificate and these profiles.
    pub fn new(now: Instant, config: ClientConfig, mut rng: StdRng) -> Result<Self, DtlsError> {
        let checks = Checks {
            tie_breaker: rng.next_u64(),
            rng,
            pending: VecDeque::new(),
            next: now,
            last_answer: None,
            rtt: None,
            mapped: None,
        };
        let mut session = Self {
            username: format!("{}:{}", config.remote.ufrag, config.local.ufrag),
            remote: config.remote,
            remote_address: config.remote_address,
            remote_fingerprint: config.remote_fingerprint,
            checks,
            options: config.certificate.identity().client(&config.profiles)?,
            allowance: Allowance::default(),
            phase: Phase::Checking { deadline: now.checked_add(config.timeouts.handshake) },
            timeouts: config.timeouts,
            outbox: Outbox::default(),
            stats: Stats::default(),
        };
        session.check(now);
        Ok(session)
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
        if source != self.remote_address {
            return Err(SessionError::Unvalidated(source));
        }
        match (&mut self.phase, classify(datagram)) {
            (Phase::Closed, _) => Err(SessionError::Closed),
            (_, PacketKind::Unknown) => Err(SessionError::Unrecognised),
            (_, PacketKind::Stun) => self.handle_answer(now, datagram),
            (_, PacketKind::Dtls) => self.handle_dtls(now, datagram),
            (Phase::Secured { srtp, .. }, PacketKind::Rtp) => {
                Ok(srtp.open_rtp(datagram, &mut self.stats)?)
            }
            (Phase::Secured { srtp, .. }, PacketKind::Rtcp) => {
                Ok(srtp.open_rtcp(datagram, &mut self.stats)?)
            }
            (
                Phase::Checking { .. } | Phase::Shaking { .. },
                PacketKind::Rtp | PacketKind::Rtcp,
            ) => Err(SessionError::NotSecured),
        }
    }

    fn handle_answer<'a>(
        &mut self,
        now: Instant,
        datagram: &[u8],
    ) -> Result<Received<'a>, SessionError> {
        let answer = BindingSuccess::authenticate(datagram, &self.remote.pwd)?;
        let mut pending = self.checks.pending.iter();
        let asked = pending.position(|(transaction, _)| *transaction == answer.transaction);
        let asked = asked.and_then(|position| self.checks.pending.remove(position));
        let (_, sent) = asked.ok_or(CheckError::Unexpected)?;
        self.stats.checks = self.stats.checks.saturating_add(1);
        self.checks.rtt = Some(now.saturating_duration_since(sent));
        self.checks.mapped = Some(answer.mapped);
        if self.checks.last_answer.replace(now).is_none() {
            self.checks.next = after(now, LATER_CHECKS);
        }
        if let Phase::Checking { deadline } = self.phase {
            let association = Association::client(now, &self.options)?;
            self.phase = Phase::Shaking { deadline, association };
            self.flush();
        }
        Ok(Received::Handled)
    }

    fn handle_dtls<'a>(
        &mut self,
        now: Instant,
        datagram: &[u8],
    ) -> Result<Received<'a>, SessionError> {
        let (association, standing) = match &mut self.phase {
            Phase::Shaking { association, .. } => (association, Standing::Handshaking),
            Phase::Secured { association, .. } => (association, Standing::Established),
            Phase::Checking { .. } | Phase::Closed => return Err(DtlsError::OutOfTurn.into()),
        };
        self.allowance.charge_datagram(datagram, standing)?;
        let result = association.read(now, datagram);
        self.flush();
        match result {
            Ok(Progress::Pending) => {}
            Ok(Progress::Complete) => self.secure(now)?,
            Ok(Progress::Closed) => self.end(now, CloseReason::PeerClosed),
            Err(error) => {
                self.end(now, CloseReason::HandshakeFailed);
                return Err(error.into());
            }
        }
        Ok(Received::Handled)
    }

    fn secure(&mut self, now: Instant) -> Result<(), DtlsError> {
        let Phase::Shaking { association, .. } = std::mem::replace(&mut self.phase, Phase::Closed)
        else {
            return Ok(());
        };
        let reason = match association.agreement() {
            Some(agreement) if agreement.peer == self.remote_fingerprint => {
                let keys = agreement.keys;
                let srtp = Srtp::new(agreement.profile, &keys.client, &keys.server)?;
                self.phase = Phase::Secured { association, srtp: Box::new(srtp) };
                self.outbox.event(Event::Secured(agreement.profile));
                return Ok(());
            }
            Some(_) => CloseReason::FingerprintMismatch,
            None => CloseReason::HandshakeFailed,
        };
        self.end(now, reason);
        Err(DtlsError::Failed)
    }

    /// Lets time pass; too early a call does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.own_deadline().is_some_and(|deadline| deadline <= now) {
            let reason = match self.phase {
                Phase::Checking { .. } | Phase::Shaking { .. } => CloseReason::HandshakeTimeout,
                Phase::Secured { .. } | Phase::Closed => CloseReason::ConsentLost,
            };
            return self.end(now, reason);
        }
        if !matches!(self.phase, Phase::Closed) && self.checks.next <= now {
            self.check(now);
        }
        let result = match &mut self.phase {
            Phase::Shaking { association, .. } | Phase::Secured { association, .. } => {
                association.handle_timeout(now)
            }
            Phase::Checking { .. } | Phase::Closed => Ok(()),
        };
        self.flush();
        if result.is_err() {
            self.end(now, CloseReason::HandshakeFailed);
        }
    }

    /// What the shell must do next.
    pub fn poll_output(&mut self) -> Output {
        self.outbox.pop().unwrap_or_else(|| Output::Timeout(self.deadline()))
    }

    fn deadline(&self) -> Option<Instant> {
        let flight = match &self.phase {
            Phase::Shaking { association, .. } | Phase::Secured { association, .. } => {
                association.poll_timeout()
            }
            Phase::Checking { .. } => None,
            Phase::Closed => return None,
        };
        [Some(self.checks.next), self.own_deadline(), flight].into_iter().flatten().min()
    }

    /// When the server has taken too long.
    fn own_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Checking { deadline } | Phase::Shaking { deadline, .. } => deadline,
            Phase::Secured { .. } => {
                self.checks.last_answer.and_then(|last| last.checked_add(self.timeouts.consent))
            }
            Phase::Closed => None,
        }
    }

    /// Seals an RTP packet in place and returns where to send it.
    ///
    /// # Errors
    ///
    /// Fails if the packet must not be sent; what it holds is then unspecified.
    pub fn seal_rtp(&mut self, packet: &mut Vec<u8>) -> Result<SocketAddr, SealError> {
        let Phase::Secured { srtp, .. } = &mut self.phase else {
            return Err(SealError::NotSecured);
        };
        let sealed = srtp.seal_rtp(packet, &mut self.stats);
        if sealed == Err(SealError::KeysUsedUp) {
            self.give_up_keys();
        }
        sealed.map(|()| self.remote_address)
    }

    /// Seals a compound RTCP packet in place and returns where to send it.
    ///
    /// # Errors
    ///
    /// Fails if the packet must not be sent; what it holds is then unspecified.
    pub fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<SocketAddr, SealError> {
        let Phase::Secured { srtp, .. } = &mut self.phase else {
            return Err(SealError::NotSecured);
        };
        let sealed = srtp.seal_rtcp(packet, &mut self.stats);
        if sealed == Err(SealError::KeysUsedUp) {
            self.give_up_keys();
        }
        sealed.map(|()| self.remote_address)
    }

    /// Ends the path and says goodbye to the server; no event follows.
    pub fn close(&mut self, now: Instant) {
        self.stop(now);
        self.flush();
        self.phase = Phase::Closed;
    }

    /// How long the last answered check took.
    #[must_use]
    pub const fn rtt(&self) -> Option<Duration> {
        self.checks.rtt
    }

    /// Where the server sees this end.
    #[must_use]
    pub const fn mapped_address(&self) -> Option<SocketAddr> {
        self.checks.mapped
    }

    /// Counts what the path did so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    fn check(&mut self, now: Instant) {
        let mut transaction = Transaction::default();
        self.checks.rng.fill_bytes(&mut transaction);
        if self.checks.pending.len() >= MAX_PENDING {
            self.checks.pending.pop_front();
        }
        self.checks.pending.push_back((transaction, now));
        let pause = if self.checks.last_answer.is_some() { LATER_CHECKS } else { FIRST_CHECKS };
        self.checks.next = after(now, pause);
        let check = NominatingCheck {
            transaction,
            username: &self.username,
            pwd: &self.remote.pwd,
            priority: HOST_PRIORITY,
            tie_breaker: self.checks.tie_breaker,
        };
        self.outbox.transmit(self.remote_address, check.encode());
    }

    fn flush(&mut self) {
        if let Phase::Shaking { association, .. } | Phase::Secured { association, .. } =
            &mut self.phase
        {
            for payload in association.drain() {
                self.outbox.transmit(self.remote_address, payload);
            }
        }
    }

    fn stop(&mut self, now: Instant) {
        if let Phase::Shaking { association, .. } | Phase::Secured { association, .. } =
            &mut self.phase
        {
            association.stop(now);
        }
    }

    /// Ends the path because its keys must not be used any more; others come with the next path.
    fn give_up_keys(&mut self) {
        self.phase = Phase::Closed;
        self.outbox.event(Event::Closed(CloseReason::KeysUsedUp));
    }

    fn end(&mut self, now: Instant, reason: CloseReason) {
        self.stop(now);
        self.phase = Phase::Closed;
        self.outbox.event(Event::Closed(reason));
    }
}

/// A time far enough ahead never comes.
fn after(now: Instant, pause: Duration) -> Instant {
    now.checked_add(pause).unwrap_or(now)
}
