//! The server's side of the DTLS handshake, made fit for lossy paths and hostile peers.
//!
//! The association behind it forgets its retransmission timer when a hello is repeated, cannot prefer one SRTP
//! profile, answers every fragment of a hello, and reassembles fragments recursively without a useful limit.
//! Therefore each ClientHello is assembled here and fed once, whole; a repeated one is answered with the flight
//! that it already got; and all that an unauthenticated peer can make the association do is rationed.
//!
//! Flights are repeated byte by byte. A client that has seen the records drops them as replays, whereas records
//! under fresh numbers make clients of the same library forget their own timer: if their next flight was lost,
//! neither side would ever send again.

mod allowance;
mod client_hello;
mod record;

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::dtls::{Agreement, Association, Progress};
use crate::{Certificate, DtlsError};

pub(crate) use allowance::{Allowance, Standing};
use client_hello::{Assembled, Assembler};

/// How long the server waits before it first repeats a flight of its own accord; each wait doubles the next
/// (RFC 6347 section 4.2.4.1).
///
/// A client that repeats its hello is answered at once, so this only helps when what the client sends is lost, or
/// when it waits longer than us. Less sends more to clients that are merely slow.
const FIRST_REPETITION: Duration = Duration::from_secs(1);

/// The server's side of one association.
#[derive(Debug)]
pub(crate) struct ServerHandshake {
    certificate: Certificate,
    association: Association,
    allowance: Allowance,
    assembler: Assembler,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    AwaitingHello,
    Answered(Answer),
    Complete,
}

/// What was answered to a hello, for when it has to be said again.
#[derive(Debug)]
struct Answer {
    /// The message number of the hello.
    hello: u16,
    flight: Vec<Bytes>,
    /// When to repeat the flight unasked.
    repetition: Option<Instant>,
    /// How long that waits.
    wait: Duration,
}

impl Answer {
    fn repeat(&mut self, now: Instant) -> &[Bytes] {
        self.repetition = now.checked_add(self.wait);
        &self.flight
    }
}

impl ServerHandshake {
    pub(crate) fn new(certificate: Certificate) -> Self {
        Self {
            certificate,
            association: Association::server(),
            allowance: Allowance::default(),
            assembler: Assembler::default(),
            stage: Stage::AwaitingHello,
        }
    }

    /// Handles a datagram and appends what is to be sent to `flight`, which holds alerts also after an error.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &[u8],
        flight: &mut Vec<Bytes>,
    ) -> Result<Progress, DtlsError> {
        let records = record::parse(datagram)?;
        self.allowance.charge(&records, self.standing())?;
        let has_hello = records.iter().any(record::Record::is_client_hello);
        match (&self.stage, has_hello) {
            (Stage::AwaitingHello | Stage::Answered(_), true) => {
                self.handle_hello(now, &records, flight)
            }
            (Stage::AwaitingHello, false) | (Stage::Complete, true) => Err(DtlsError::OutOfTurn),
            (Stage::Answered(_) | Stage::Complete, false) => self.feed(now, datagram, flight),
        }
    }

    const fn standing(&self) -> Standing {
        match self.stage {
            Stage::AwaitingHello | Stage::Answered(_) => Standing::Handshaking,
            Stage::Complete => Standing::Established,
        }
    }

    fn handle_hello(
        &mut self,
        now: Instant,
        records: &[record::Record<'_>],
        flight: &mut Vec<Bytes>,
    ) -> Result<Progress, DtlsError> {
        let mut progress = Progress::Pending;
        for record in records.iter().filter(|record| record.is_client_hello()) {
            let fragment = record.fragment()?;
            if let Stage::Answered(answer) = &mut self.stage
                && fragment.message_seq <= answer.hello
            {
                // The first fragment stands for the whole repetition, so that it is answered once.
                if fragment.message_seq == answer.hello && fragment.offset == 0 {
                    flight.extend_from_slice(answer.repeat(now));
                }
                continue;
            }
            if let Some(hello) = self.assembler.add(record.sequence, &fragment)? {
                progress = self.answer(now, &hello, flight)?;
            }
        }
        Ok(progress)
    }

    fn answer(
        &mut self,
        now: Instant,
        hello: &Assembled,
        flight: &mut Vec<Bytes>,
    ) -> Result<Progress, DtlsError> {
        let profile = client_hello::preferred_profile(&hello.body)?;
        self.association.conduct(self.certificate.identity().server(profile));
        self.stage = Stage::Answered(Answer {
            hello: hello.message_seq,
            flight: Vec::new(),
            repetition: None,
            wait: FIRST_REPETITION,
        });
        self.feed(now, &hello.to_record(), flight)
    }

    fn feed(
        &mut self,
        now: Instant,
        datagram: &[u8],
        flight: &mut Vec<Bytes>,
    ) -> Result<Progress, DtlsError> {
        let result = self.association.read(now, datagram);
        if result == Ok(Progress::Complete) {
            self.stage = Stage::Complete;
        }
        let sent = self.association.drain();
        if let Stage::Answered(answer) = &mut self.stage
            && !sent.is_empty()
        {
            answer.flight.clone_from(&sent);
            answer.repeat(now);
        }
        flight.extend(sent);
        result
    }

    /// When to call `handle_timeout`.
    pub(crate) const fn poll_timeout(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Answered(answer) => answer.repetition,
            Stage::AwaitingHello | Stage::Complete => None,
        }
    }

    /// The flight that is due to be repeated, if one is.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Bytes> {
        let is_due = self.poll_timeout().is_some_and(|due| due <= now);
        match &mut self.stage {
            Stage::Answered(answer) if is_due => {
                answer.wait = answer.wait.saturating_mul(2);
                answer.repeat(now).to_vec()
            }
            Stage::Answered(_) | Stage::AwaitingHello | Stage::Complete => Vec::new(),
        }
    }

    /// What was agreed on, once complete; `None` if it lacks a certificate or SRTP.
    pub(crate) fn agreement(&self) -> Option<Agreement> {
        self.association.agreement()
    }

    /// Ends the association and returns the farewell.
    pub(crate) fn stop(&mut self, now: Instant) -> Vec<Bytes> {
        self.association.stop(now);
        self.association.drain()
    }
}

#[cfg(test)]
mod tests;
