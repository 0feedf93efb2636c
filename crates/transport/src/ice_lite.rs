//! Which addresses belong to the peer, and which of them it wants to be sent to (RFC 8445, lite role).
//!
//! A lite end sends no checks of its own: it answers those of the peer, follows the peer's nominations, and
//! takes the checks as the peer's consent to be sent to (RFC 7675).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::stun::{BindingRequest, Role, Transaction};
use crate::{CheckError, IceCredentials};

/// Addresses of one peer that are accepted at the same time.
///
/// A browser checks from each of its interfaces and through each NAT binding, rarely from more than four;
/// fewer would break calls on hosts with many interfaces, more lets one peer fill the shell's routes.
const MAX_ADDRESSES: usize = 8;

/// Transactions remembered, so that a check that somebody recorded moves nothing when sent again.
///
/// A peer sends about one check in 2.5 s and 20 a second at the start; a longer memory costs 12 bytes each.
const MAX_TRANSACTIONS: usize = 32;

/// The peer's addresses.
#[derive(Debug)]
pub(crate) struct IceLite {
    /// What checks to this end must name: our fragment, a colon, the peer's.
    username: String,
    local: IceCredentials,
    addresses: Vec<ValidatedAddress>,
    path: Path,
    transactions: VecDeque<Transaction>,
    last_check: Option<Instant>,
}

#[derive(Debug)]
struct ValidatedAddress {
    address: SocketAddr,
    heard: Instant,
}

/// Where the peer is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Unknown,
    /// Nothing is nominated: browsers start DTLS at once after the first answered check.
    Provisional(SocketAddr),
    Nominated(SocketAddr),
}

/// What followed from an authenticated check.
#[derive(Debug, Default)]
pub(crate) struct CheckOutcome {
    /// The answer, for the address that the check came from.
    pub(crate) answer: Bytes,
    /// The address that the check came from, if it was not validated before.
    pub(crate) validated: Option<SocketAddr>,
    /// Addresses that are accepted no longer.
    pub(crate) abandoned: Vec<SocketAddr>,
    /// Whether the peer moved from one nominated address to another.
    pub(crate) moved: bool,
}

impl IceLite {
    pub(crate) fn new(local: IceCredentials, remote: &IceCredentials) -> Self {
        Self {
            username: format!("{}:{}", local.ufrag, remote.ufrag),
            local,
            addresses: Vec::new(),
            path: Path::Unknown,
            transactions: VecDeque::new(),
            last_check: None,
        }
    }

    /// Where datagrams for the peer go.
    pub(crate) const fn destination(&self) -> Option<SocketAddr> {
        match self.path {
            Path::Unknown => None,
            Path::Provisional(address) | Path::Nominated(address) => Some(address),
        }
    }

    /// Whether an authenticated check has come from this address.
    pub(crate) fn is_validated(&self, source: SocketAddr) -> bool {
        self.addresses.iter().any(|known| known.address == source)
    }

    /// When the last authenticated check came.
    pub(crate) const fn last_check(&self) -> Option<Instant> {
        self.last_check
    }

    /// Takes a DTLS datagram as a hint where the peer is, while it has nominated nothing.
    pub(crate) fn prefer_until_nominated(&mut self, source: SocketAddr) {
        if let Path::Provisional(current) = &mut self.path {
            *current = source;
        }
    }

    /// Handles a check; `memory` is how long a silent address stays accepted.
    pub(crate) fn handle_check(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &[u8],
        memory: Duration,
    ) -> Result<CheckOutcome, CheckError> {
        let request = BindingRequest::authenticate(datagram, &self.username, &self.local.pwd)?;
        if request.role == Role::Controlled {
            let answer = request.role_conflict(&self.local.pwd);
            return Ok(CheckOutcome { answer, ..CheckOutcome::default() });
        }
        let repeated = self.transactions.contains(&request.transaction);
        if repeated && !self.is_validated(source) {
            return Err(CheckError::Unauthentic);
        }
        let answer = request.success(source, &self.local.pwd);
        let mut outcome = CheckOutcome { answer, ..CheckOutcome::default() };
        if !repeated {
            self.remember(request.transaction);
            self.last_check = Some(now);
            outcome.validated = self.validate(now, source);
            outcome.moved = self.follow(source, request.nominates);
            outcome.abandoned = self.forget(now, memory);
        }
        Ok(outcome)
    }

    fn remember(&mut self, transaction: Transaction) {
        if self.transactions.len() >= MAX_TRANSACTIONS {
            self.transactions.pop_front();
        }
        self.transactions.push_back(transaction);
    }

    fn validate(&mut self, now: Instant, source: SocketAddr) -> Option<SocketAddr> {
        if let Some(known) = self.addresses.iter_mut().find(|known| known.address == source) {
            known.heard = now;
            return None;
        }
        self.addresses.push(ValidatedAddress { address: source, heard: now });
        Some(source)
    }

    /// Follows the check to its source if it nominates that, or if nothing was nominated before.
    fn follow(&mut self, source: SocketAddr, nominates: bool) -> bool {
        let before = self.path;
        if nominates {
            self.path = Path::Nominated(source);
        } else if before == Path::Unknown {
            self.path = Path::Provisional(source);
        }
        matches!(before, Path::Nominated(_)) && self.path != before
    }

    /// Drops addresses that were silent for too long, and the most silent one when there are too many.
    fn forget(&mut self, now: Instant, memory: Duration) -> Vec<SocketAddr> {
        let destination = self.destination();
        let is_stale = |known: &ValidatedAddress| {
            Some(known.address) != destination
                && now.saturating_duration_since(known.heard) > memory
        };
        let mut abandoned: Vec<_> =
            self.addresses.extract_if(.., |known| is_stale(known)).map(|old| old.address).collect();
        if self.addresses.len() > MAX_ADDRESSES {
            let others = self.addresses.iter().filter(|known| Some(known.address) != destination);
            let silent = others.min_by_key(|known| known.heard).map(|known| known.address);
            self.addresses.retain(|known| Some(known.address) != silent);
            abandoned.extend(silent);
        }
        abandoned
    }
}

#[cfg(test)]
mod tests;
