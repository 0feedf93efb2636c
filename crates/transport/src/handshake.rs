//! The server's side of the DTLS handshake, made fit for lossy paths and hostile peers.
//!
//! The association behind it forgets its retransmission timer when a hello is repeated, cannot prefer one SRTP
//! profile, answers every fragment of a hello, and reassembles fragments recursively without a useful limit.
//! Therefore each ClientHello is assembled here and fed once, whole; a repeated one is answered with the flight
//! that it already got; and all that an unauthenticated peer can make the association do is rationed.

mod allowance;
mod client_hello;
mod record;

use std::time::Instant;

use bytes::Bytes;

use crate::dtls::{Agreement, Association, Progress};
use crate::{Certificate, DtlsError};

pub(crate) use allowance::{Allowance, Standing};
use client_hello::{Assembled, Assembler};

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
    /// The hello of this message number was fed, and answered with this flight.
    Answered {
        hello: u16,
        flight: Vec<Bytes>,
    },
    Complete,
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
            (Stage::AwaitingHello | Stage::Answered { .. }, true) => {
                self.handle_hello(now, &records, flight)
            }
            (Stage::AwaitingHello, false) | (Stage::Complete, true) => Err(DtlsError::OutOfTurn),
            (Stage::Answered { .. } | Stage::Complete, false) => self.feed(now, datagram, flight),
        }
    }

    const fn standing(&self) -> Standing {
        match self.stage {
            Stage::AwaitingHello | Stage::Answered { .. } => Standing::Handshaking,
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
            if let Stage::Answered { hello, flight: kept } = &self.stage
                && fragment.message_seq <= *hello
            {
                // The first fragment stands for the whole repetition, so that it is answered once.
                if fragment.message_seq == *hello && fragment.offset == 0 {
                    flight.extend(kept.iter().cloned());
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
        self.stage = Stage::Answered { hello: hello.message_seq, flight: Vec::new() };
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
        self.collect(flight);
        result
    }

    /// Takes what the association wants sent, and keeps it for a repeated hello.
    fn collect(&mut self, flight: &mut Vec<Bytes>) {
        let sent = self.association.drain();
        if let Stage::Answered { flight: kept, .. } = &mut self.stage
            && !sent.is_empty()
        {
            kept.clone_from(&sent);
        }
        flight.extend(sent);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.association.poll_timeout()
    }

    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        flight: &mut Vec<Bytes>,
    ) -> Result<(), DtlsError> {
        let result = self.association.handle_timeout(now);
        self.collect(flight);
        result
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
