//! What a peer may make a DTLS association do without having proved anything.

use super::record::{self, Record};
use crate::DtlsError;

/// Datagrams that may need work without authentication, over the life of an association.
///
/// 64 were enough for a join over a path that lost 40 of 100; fewer would fail such joins, more lets a stranger
/// who forges the peer's address cause more work, and collect more repeated flights of about 1 KB.
const MAX_DATAGRAMS: u32 = 64;

/// Bytes of handshake messages other than hellos over the life of an association, authenticated or not.
///
/// The association reassembles fragments by recursion and in quadratic time: 60,000 fragments overflow a
/// stack of 2 MiB and abort the process. 32 KiB hold at most 2,520, which cost a few milliseconds. A flight of a
/// browser takes 0.6 to 1.5 KiB, so it may be repeated 20 times.
const MAX_HANDSHAKE_BYTES: usize = 32 * 1024;

/// How far a peer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Every datagram is charged.
    Handshaking,
    /// Datagrams are free if all of them is protected and no part of a handshake.
    Established,
}

/// What is left to one peer; it is never refilled.
#[derive(Debug)]
pub(crate) struct Allowance {
    datagrams: u32,
    handshake_bytes: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { datagrams: MAX_DATAGRAMS, handshake_bytes: MAX_HANDSHAKE_BYTES }
    }
}

impl Allowance {
    /// Charges a datagram that was not parsed yet.
    pub(crate) fn charge_datagram(
        &mut self,
        datagram: &[u8],
        standing: Standing,
    ) -> Result<(), DtlsError> {
        self.charge(&record::parse(datagram)?, standing)
    }

    /// Charges the records of a datagram.
    pub(super) fn charge(
        &mut self,
        records: &[Record<'_>],
        standing: Standing,
    ) -> Result<(), DtlsError> {
        let is_free = |record: &Record<'_>| !record.is_plaintext() && record.handshake_bytes() == 0;
        if standing == Standing::Established && records.iter().all(is_free) {
            return Ok(());
        }
        let fed = records.iter().filter(|record| !record.is_client_hello());
        let bytes = fed.map(Record::handshake_bytes).sum();
        let datagrams = self.datagrams.checked_sub(1);
        let handshake_bytes = self.handshake_bytes.checked_sub(bytes);
        let (Some(datagrams), Some(handshake_bytes)) = (datagrams, handshake_bytes) else {
            return Err(DtlsError::AllowanceSpent);
        };
        *self = Self { datagrams, handshake_bytes };
        Ok(())
    }
}
