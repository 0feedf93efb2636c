//! Which packets of a received stream are missing, and when to ask for them (RFC 4585 section 6.2.1).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use carillon_frame::{SeqExtender, SeqNo, Ssrc};

use crate::rtcp::Nack;

/// How long a gap may be mere reordering before its packets are asked for.
///
/// Less asks for packets that are only late, more delays every repair.
pub const REORDER_WAIT: Duration = Duration::from_millis(10);

/// The round trip that is assumed until it is measured, after which a request is repeated.
const ASSUMED_ROUND_TRIP: Duration = Duration::from_millis(100);

/// The least time between two requests for one packet.
///
/// On a path of no length at all less would ask again before the sender has had time to answer.
const MIN_REPEAT: Duration = Duration::from_millis(20);

/// After how long a packet is given up.
///
/// Nobody waits a second for a part of a picture: the viewers ask for a key frame long before.
const GIVE_UP_AFTER: Duration = Duration::from_secs(1);

/// How often one packet is asked for.
///
/// A sender does not keep padding, for example, and never answers; more only costs requests.
const MAX_REQUESTS: u8 = 10;

/// The most packets of a stream that are missed at a time.
///
/// It is more than a large key frame has; who loses more needs another one. Less would give up a
/// burst that can be repaired, more costs 40 octets each per stream.
const MAX_MISSING: usize = 256;

/// Watches one received stream for gaps, and says when to ask for what is missing.
#[derive(Clone, Debug)]
pub struct NackGenerator {
    sender: Ssrc,
    media: Ssrc,
    extender: SeqExtender,
    /// In the order of their numbers.
    missing: VecDeque<Missing>,
    round_trip: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    number: u64,
    since: Instant,
    due: Instant,
    requests: u8,
}

impl NackGenerator {
    /// Watches the stream `media`, and asks in the name of `sender`.
    #[must_use]
    pub fn new(sender: Ssrc, media: Ssrc) -> Self {
        let (extender, missing) = (SeqExtender::default(), VecDeque::new());
        Self { sender, media, extender, missing, round_trip: ASSUMED_ROUND_TRIP }
    }

    /// The stream that is watched.
    #[must_use]
    pub const fn media(&self) -> Ssrc {
        self.media
    }

    /// Takes over how long a request and its answer take.
    pub const fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// Notes that the packet with this number is here: as itself, repaired, or as mere padding.
    pub fn handle_packet(&mut self, now: Instant, seq: SeqNo) {
        let highest = self.extender.highest();
        let number = self.extender.extend(seq);
        let Some(highest) = highest else { return };
        if number <= highest {
            if let Ok(found) = self.missing.binary_search_by_key(&number, |missing| missing.number)
            {
                self.missing.remove(found);
            }
            return;
        }
        let gap = highest.saturating_add(1)..number;
        let room = MAX_MISSING.saturating_sub(self.missing.len()) as u64;
        if number.saturating_sub(gap.start) > room {
            // The picture is beyond repair, or the stream has started over.
            self.missing.clear();
            return;
        }
        let due = now.checked_add(REORDER_WAIT).unwrap_or(now);
        let missing = gap.map(|number| Missing { number, since: now, due, requests: 0 });
        self.missing.extend(missing);
    }

    /// When [`poll_nack`](Self::poll_nack) has something to ask for, if anything is missing.
    #[must_use]
    pub fn timeout(&self) -> Option<Instant> {
        self.missing.iter().map(|missing| missing.due).min()
    }

    /// What is to be asked for at this moment.
    pub fn poll_nack(&mut self, now: Instant) -> Option<Nack> {
        let repeat_after = self.round_trip.saturating_mul(5) / 4;
        let next = now.checked_add(repeat_after.max(MIN_REPEAT)).unwrap_or(now);
        let mut lost = Vec::new();
        self.missing.retain_mut(|missing| {
            if missing.due > now {
                return true;
            }
            let age = now.saturating_duration_since(missing.since);
            if missing.requests >= MAX_REQUESTS || age >= GIVE_UP_AFTER {
                return false;
            }
            missing.requests = missing.requests.saturating_add(1);
            missing.due = next;
            lost.push(SeqNo((missing.number & 0xffff) as u16));
            true
        });
        let (sender, media) = (self.sender, self.media);
        Some(Nack { sender, media, lost }).filter(|nack| !nack.lost.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn start() -> Instant {
        Instant::now()
    }

    fn generator(now: Instant, numbers: impl IntoIterator<Item = u16>) -> NackGenerator {
        let mut generator = NackGenerator::new(Ssrc(1), Ssrc(2));
        for seq in numbers {
            generator.handle_packet(now, SeqNo(seq));
        }
        generator
    }

    fn lost(generator: &mut NackGenerator, now: Instant) -> Vec<u16> {
        let nack = generator.poll_nack(now);
        nack.map(|nack| nack.lost.iter().map(|seq| seq.0).collect()).unwrap_or_default()
    }

    #[test]
    fn a_gap_is_asked_for_after_the_time_for_reordering() {
        let now = start();
        let mut generator = generator(now, [65_534, 65_535, 2, 1]);
        assert_eq!(generator.timeout(), Some(now + REORDER_WAIT));
        assert_eq!(lost(&mut generator, now), []);
        assert_eq!(lost(&mut generator, now + REORDER_WAIT), [0]);
        assert_eq!(generator.media(), Ssrc(2));
    }

    #[test]
    fn a_repair_ends_the_requests() {
        let now = start();
        let mut generator = generator(now, [1, 3]);
        assert_eq!(lost(&mut generator, now + REORDER_WAIT), [2]);
        generator.handle_packet(now, SeqNo(2));
        assert_eq!(generator.timeout(), None);
    }

    #[test]
    fn requests_are_repeated_by_the_round_trip_and_given_up_in_the_end() {
        for (round_trip, requests) in [(100, 8), (0, 10), (2_000, 1)] {
            let mut generator = generator(start(), [1, 3]);
            generator.set_round_trip(Duration::from_millis(round_trip));
            let mut asked = Vec::new();
            while let Some(due) = generator.timeout() {
                asked.extend(lost(&mut generator, due).iter().map(|_| due));
            }
            assert_eq!(asked.len(), requests, "with a round trip of {round_trip} ms");
            let pauses = asked.windows(2).map(|pair| (pair[1] - pair[0]).as_millis());
            let expected = u128::from(round_trip * 5 / 4).max(20);
            assert!(pauses.into_iter().all(|pause| pause == expected));
        }
    }

    #[test]
    fn a_loss_beyond_repair_is_not_asked_for() {
        let now = start();
        let mut generator = generator(now, [1, 3, 2_000]);
        assert_eq!(generator.timeout(), None);
        generator.handle_packet(now, SeqNo(2_002));
        assert_eq!(lost(&mut generator, now + REORDER_WAIT), [2_001]);
    }

    #[test]
    fn nothing_is_missing_before_the_first_packet() {
        let now = start();
        let mut generator = generator(now, [500, 499]);
        assert_eq!(generator.timeout(), None);
        assert_eq!(lost(&mut generator, now + REORDER_WAIT), []);
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_missing_and_bounded(
            steps in prop::collection::vec((-40_i32..60, 0_u64..30), 1..300),
        ) {
            let mut generator = NackGenerator::new(Ssrc(1), Ssrc(2));
            let (mut now, mut seq) = (start(), SeqNo(65_000));
            let mut here = BTreeSet::new();
            for (step, pause) in steps {
                now += Duration::from_millis(pause);
                seq = SeqNo((i32::from(seq.0) + step).rem_euclid(65_536).try_into().unwrap());
                generator.handle_packet(now, seq);
                here.insert(seq.0);
                prop_assert!(generator.missing.len() <= MAX_MISSING);
                for lost in lost(&mut generator, now) {
                    prop_assert!(!here.contains(&lost));
                }
            }
        }
    }
}
