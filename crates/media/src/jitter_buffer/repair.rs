//! How long after a lost packet comes what repairs it, as long as packets are lost.

use std::time::{Duration, Instant};

/// From how many losses on repair is waited for: two of 64, so that a single mishap costs no delay.
const LOSSY_FROM: u32 = 2;

/// For how long at least repair is waited for after the last of it was of use, and for twice as long at most.
///
/// 5 s: losses come in clusters, and a delay that follows each of them is heard; longer is delay for nothing.
const MEMORY: Duration = Duration::from_secs(5);

/// Learns from what comes how long to wait for repair. Times are ticks of 48 kHz.
#[derive(Debug, Default)]
pub(super) struct Repair {
    newest: Option<u64>,
    /// A bit for each of the newest numbers that has not come, the lowest for the newest one.
    lost: u64,
    reach: Option<Reach>,
}

/// The most of the last [`MEMORY`] at least.
#[derive(Clone, Copy, Debug)]
struct Reach {
    since: Instant,
    current: u32,
    previous: u32,
}

impl Repair {
    /// Takes note that the packet of this number has come.
    pub(super) fn arrive(&mut self, number: u64) {
        // What was sent before the first packet is not lost.
        let newest = *self.newest.get_or_insert(number);
        let Some(ahead) = number.checked_sub(newest) else {
            self.lost &= !bit(newest.saturating_sub(number));
            return;
        };
        let skipped = bit(ahead).wrapping_sub(1) & !1;
        self.lost = bit(ahead).wrapping_mul(self.lost) | skipped;
        self.newest = Some(number);
    }

    /// Forgets the numbers, and keeps what is known of the network.
    pub(super) const fn restart(&mut self) {
        (self.newest, self.lost) = (None, 0);
    }

    /// Takes note that a packet repeats sound of so many ticks before its own; `now` tells when, be it of use or not.
    pub(super) fn offer(&mut self, now: Instant, ticks: u32) {
        let useful = if self.is_lossy() { ticks } else { 0 };
        let fresh = Reach { since: now, current: 0, previous: 0 };
        let mut reach = self.reach.unwrap_or(fresh);
        if now.saturating_duration_since(reach.since) >= MEMORY {
            reach = Reach { previous: reach.current, ..fresh };
        }
        reach.current = reach.current.max(useful);
        self.reach = Some(reach);
    }

    /// How long after a packet the last of what repeats its sound comes; nothing while that is not needed.
    pub(super) fn reach(&self) -> u32 {
        self.reach.map_or(0, |reach| reach.current.max(reach.previous))
    }

    const fn is_lossy(&self) -> bool {
        self.lost.count_ones() >= LOSSY_FROM
    }
}

/// The bit of the number so far behind the newest; none of one too old.
fn bit(behind: u64) -> u64 {
    u32::try_from(behind).ok().and_then(|behind| 1_u64.checked_shl(behind)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use carillon_testkit::clock::VirtualClock;

    use super::*;

    /// Lets the packets that `comes` tells of arrive 20 ms apart, each repeating 40 ms, and tells how long repair is waited for after each.
    fn reaches(count: u64, comes: impl Fn(u64) -> bool) -> Vec<u32> {
        let mut clock = VirtualClock::start();
        let mut repair = Repair::default();
        let arrive = |number| {
            let now = clock.advance(Duration::from_millis(20));
            if comes(number) {
                repair.arrive(number);
                repair.offer(now, 1_920);
            }
            repair.reach()
        };
        (1_000..1_000 + count).map(arrive).collect()
    }

    #[test]
    fn nothing_is_waited_for_while_nothing_or_little_is_lost() {
        assert_eq!(reaches(1_000, |_| true).iter().max(), Some(&0));
        assert_eq!(reaches(1_000, |number| number % 100 != 50).iter().max(), Some(&0));
    }

    #[test]
    fn the_second_loss_makes_it_wait_until_some_seconds_after_the_last() {
        let reaches =
            reaches(2_000, |number| !(1_100..=1_300).contains(&number) || number % 10 != 0);
        assert_eq!(reaches[..111], [0; 111]);
        assert!(reaches[111..500].iter().all(|reach| *reach == 1_920));
        assert_eq!(reaches[900..], [0; 1_100]);
    }

    #[test]
    fn what_is_only_overtaken_is_not_lost() {
        let now = VirtualClock::start().now();
        let mut repair = Repair::default();
        for pair in 0..100 {
            repair.arrive(2 * pair + 1);
            repair.arrive(2 * pair);
            repair.offer(now, 960);
        }
        assert_eq!(repair.reach(), 0);
    }

    #[test]
    fn the_longest_outage_and_the_oldest_number_are_taken() {
        let now = VirtualClock::start().now();
        let mut repair = Repair::default();
        [u64::MAX / 2, u64::MAX, 0].into_iter().for_each(|number| repair.arrive(number));
        repair.offer(now, 960);
        assert_eq!((repair.lost, repair.reach()), (!1, 960));
        repair.restart();
        repair.arrive(7);
        repair.arrive(7);
        assert_eq!(repair.lost, 0);
    }
}
