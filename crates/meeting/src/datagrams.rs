//! Datagrams on their way out, in one reused buffer.

use std::{net::SocketAddr, ops::Range};

/// Sealed datagrams in the order they were made.
///
/// All of them lie in one buffer, so that a run of equal length to one address is one slice, which the kernel can cut
/// into datagrams itself (UDP segmentation).
#[derive(Debug, Default)]
pub struct DatagramBatch {
    bytes: Vec<u8>,
    entries: Vec<(SocketAddr, Range<usize>)>,
}

/// Several datagrams to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatagramRun<'a> {
    /// Where they go.
    pub destination: SocketAddr,
    /// The datagrams, one behind the other.
    pub bytes: &'a [u8],
    /// The length of each but the last, which may be shorter; absent where there is only one.
    pub segment_size: Option<usize>,
}

impl DatagramBatch {
    /// The most bytes one run may have: the largest UDP payload over IPv4.
    const MAX_RUN_BYTES: usize = 65_507;

    /// The room kept between turns: a tick's sound for 1,000 listeners, or a picture's packets for 100 viewers.
    /// Less asks the heap in every turn of a large meeting, more is held by every idle one after a burst.
    const KEPT_DATAGRAMS: usize = 1_024;
    const KEPT_BYTES: usize = Self::KEPT_DATAGRAMS * 256;

    /// Adds a datagram.
    pub fn push(&mut self, destination: SocketAddr, datagram: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.entries.push((destination, start..self.bytes.len()));
    }

    /// Forgets the datagrams and keeps the room that an ordinary turn needs.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(Self::KEPT_BYTES);
        self.entries.clear();
        self.entries.shrink_to(Self::KEPT_DATAGRAMS);
    }

    /// The datagrams one by one.
    pub fn iter(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        self.entries
            .iter()
            .filter_map(|(destination, range)| Some((*destination, self.bytes.get(range.clone())?)))
    }

    /// The datagrams in runs of at most `max_segments`.
    pub fn runs(&self, max_segments: usize) -> impl Iterator<Item = DatagramRun<'_>> {
        let mut rest = self.entries.as_slice();
        std::iter::from_fn(move || {
            let (first, _) = rest.split_first()?;
            let count = run_length(rest, max_segments.max(1));
            let (run, others) = rest.split_at_checked(count)?;
            rest = others;
            let end = run.last()?.1.end;
            let bytes = self.bytes.get(first.1.start..end)?;
            let segment_size = (count > 1).then_some(first.1.len());
            Some(DatagramRun { destination: first.0, bytes, segment_size })
        })
    }
}

/// How many of the entries, from the first on, one system call can send.
fn run_length(entries: &[(SocketAddr, Range<usize>)], max_segments: usize) -> usize {
    let Some((destination, first)) = entries.first() else { return 0 };
    let mut length: usize = 0;
    let mut bytes: usize = 0;
    for (other, range) in entries.iter().take(max_segments) {
        bytes = bytes.saturating_add(range.len());
        let fits = other == destination
            && range.len() <= first.len()
            && bytes <= DatagramBatch::MAX_RUN_BYTES;
        if !fits {
            break;
        }
        length = length.saturating_add(1);
        if range.len() < first.len() {
            break;
        }
    }
    length.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn batch(datagrams: &[(u16, usize)]) -> DatagramBatch {
        let mut batch = DatagramBatch::default();
        for (port, length) in datagrams {
            batch.push(address(*port), &vec![7; *length]);
        }
        batch
    }

    fn lengths(batch: &DatagramBatch, max: usize) -> Vec<(u16, usize, Option<usize>)> {
        batch
            .runs(max)
            .map(|run| (run.destination.port(), run.bytes.len(), run.segment_size))
            .collect()
    }

    #[test]
    fn equal_datagrams_to_one_address_are_one_run_with_a_shorter_last() {
        let batch = batch(&[(1, 100), (1, 100), (1, 40), (1, 100), (2, 100)]);
        assert_eq!(lengths(&batch, 64), [(1, 240, Some(100)), (1, 100, None), (2, 100, None)]);
    }

    #[test]
    fn runs_respect_the_segment_limit() {
        let batch = batch(&[(1, 10), (1, 10), (1, 10)]);
        assert_eq!(lengths(&batch, 2), [(1, 20, Some(10)), (1, 10, None)]);
        assert_eq!(lengths(&batch, 1).len(), 3);
    }

    #[test]
    fn a_longer_datagram_starts_a_run_of_its_own() {
        let batch = batch(&[(1, 10), (1, 20)]);
        assert_eq!(lengths(&batch, 64), [(1, 10, None), (1, 20, None)]);
    }

    #[test]
    fn a_run_fits_one_udp_payload() {
        let batch = batch(&[(1, 40_000), (1, 40_000)]);
        assert_eq!(lengths(&batch, 64).len(), 2);
    }
}
