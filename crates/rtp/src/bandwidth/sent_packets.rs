//! What was sent under which transport-wide number, until its receiver has told what became of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use carillon_frame::SeqNo;

use super::arrival_clock::ArrivalTime;

/// How long a packet is remembered that nobody has told anything about.
///
/// Receivers tell within a quarter of a second and a round trip; more would only hold memory after a path has died.
const REMEMBERED: Duration = Duration::from_secs(2);

/// The most packets that are remembered.
///
/// It is two seconds at 20 Mb/s in large packets, 24 octets each. More costs every connection memory, with less the
/// feedback about a burst would find nothing.
const MAX_PACKETS: usize = 4_096;

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentPacket {
    pub(super) at: Instant,
    pub(super) octets: u32,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Unknown,
    /// It was told to be missing; it may still arrive.
    Missing,
    Arrived,
}

/// What a receiver's word about one packet says that was not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    Arrived(SentPacket, ArrivalTime),
    Lost,
}

/// The packets of one transport, numbered in the order they leave.
#[derive(Clone, Debug)]
pub(super) struct SentPackets {
    /// The number of the first that is remembered, counted without wrapping.
    first: u64,
    packets: VecDeque<SentPacket>,
}

impl SentPackets {
    pub(super) const fn new() -> Self {
        // Far enough from zero that no feedback points below it.
        Self { first: 1 << 16, packets: VecDeque::new() }
    }

    /// The number that the next packet gets, counted without wrapping.
    pub(super) fn next(&self) -> u64 {
        self.first.saturating_add(self.packets.len() as u64)
    }

    /// The same as it stands in the packet.
    pub(super) fn next_sequence(&self) -> SeqNo {
        wire(self.next())
    }

    /// Numbers a packet that leaves.
    pub(super) fn push(&mut self, now: Instant, octets: u32) -> SeqNo {
        let number = self.next();
        while self.packets.len() >= MAX_PACKETS || self.oldest_is_stale(now) {
            self.packets.pop_front();
            self.first = self.first.saturating_add(1);
        }
        self.packets.push_back(SentPacket { at: now, octets, fate: Fate::Unknown });
        wire(number)
    }

    /// The number that a packet on the wire had, counted without wrapping.
    pub(super) fn number(&self, seq: SeqNo) -> u64 {
        let next = self.next();
        next.saturating_add_signed(i64::from(seq.distance_from(wire(next))))
    }

    /// Takes note of when a packet arrived, or that it did not.
    pub(super) fn resolve(&mut self, number: u64, arrival: Option<ArrivalTime>) -> Option<News> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let packet = self.packets.get_mut(place)?;
        match (packet.fate, arrival) {
            (Fate::Unknown | Fate::Missing, Some(arrival)) => {
                packet.fate = Fate::Arrived;
                Some(News::Arrived(*packet, arrival))
            }
            (Fate::Unknown, None) => {
                packet.fate = Fate::Missing;
                Some(News::Lost)
            }
            (Fate::Missing, None) | (Fate::Arrived, _) => None,
        }
    }

    fn oldest_is_stale(&self, now: Instant) -> bool {
        let oldest = self.packets.front();
        oldest.is_some_and(|packet| now.saturating_duration_since(packet.at) > REMEMBERED)
    }
}

const fn wire(number: u64) -> SeqNo {
    SeqNo((number & 0xffff) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn each_packet_is_news_once_and_a_missing_one_may_still_arrive() {
        let (mut sent, now) = (SentPackets::new(), start());
        let seqs = [sent.push(now, 100), sent.push(now, 200)];
        let numbers = seqs.map(|seq| sent.number(seq));
        let arrival = ArrivalTime::from_ticks(7);
        assert_eq!(sent.resolve(numbers[0], None), Some(News::Lost));
        assert_eq!(sent.resolve(numbers[0], None), None);
        let news = sent.resolve(numbers[0], Some(arrival));
        let Some(News::Arrived(packet, at)) = news else { panic!("{news:?}") };
        assert_eq!((packet.at, packet.octets, at), (now, 100, arrival));
        assert_eq!(sent.resolve(numbers[0], Some(arrival)), None);
        assert_eq!(sent.resolve(numbers[1] + 1, Some(arrival)), None);
    }

    #[test]
    fn memory_is_bounded_by_count_and_by_time() {
        let (mut sent, now) = (SentPackets::new(), start());
        for _ in 0..100_000 {
            sent.push(now, 1);
        }
        assert_eq!(sent.packets.len(), MAX_PACKETS);
        let seq = sent.push(now + REMEMBERED * 2, 1);
        assert_eq!(sent.packets.len(), 1);
        assert_eq!(sent.number(seq), sent.next() - 1);
    }
}
