//! A link that delays, loses, reorders and repeats packets, the same way for the same seed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_frame::Bitrate;
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::rng::seeded;

/// What a link does to packets. The default is a perfect wire.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkConfig {
    /// How long every packet travels.
    pub delay: Duration,
    /// How much longer it may travel, evenly spread; packets keep their order.
    pub jitter: Duration,
    /// How probable it is that a packet is lost: 0 to 1.
    pub loss: f64,
    /// How probable it is that a packet overtakes all jitter and may so arrive before earlier ones: 0 to 1.
    pub reordering: f64,
    /// How probable it is that a packet arrives twice: 0 to 1.
    pub duplication: f64,
    /// What it takes, if not everything.
    pub bottleneck: Option<Bottleneck>,
}

/// The narrowest place of a link, with a queue in front.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bottleneck {
    /// How much goes through.
    pub rate: Bitrate,
    /// How long the queue gets before packets are dropped at its end.
    pub queue: Duration,
}

/// One direction of a path between two hosts. It is unbounded: a test decides what it sends.
#[derive(Debug)]
pub struct Link<T> {
    config: LinkConfig,
    rng: StdRng,
    sent: u64,
    latest: Option<Instant>,
    /// When the queue is empty.
    free_at: Option<Instant>,
    travelling: BTreeMap<(Instant, u64), T>,
}

impl<T: Clone> Link<T> {
    /// Makes an empty link.
    #[must_use]
    pub fn new(config: LinkConfig, seed: u64) -> Self {
        Self {
            config,
            rng: seeded(seed),
            sent: 0,
            latest: None,
            free_at: None,
            travelling: BTreeMap::new(),
        }
    }

    /// Changes what the link does to packets sent from here on.
    pub const fn reconfigure(&mut self, config: LinkConfig) {
        self.config = config;
    }

    /// Sends a packet that takes no room, which arrives later, twice, or never.
    pub fn send(&mut self, now: Instant, packet: T) {
        self.send_sized(now, packet, 0);
    }

    /// Sends a packet of so many octets.
    pub fn send_sized(&mut self, now: Instant, packet: T, octets: usize) {
        let LinkConfig { loss, duplication, .. } = self.config;
        let Some(through) = self.squeeze(now, octets) else { return };
        if self.happens(loss) {
            return;
        }
        if self.happens(duplication) {
            self.travel(through, packet.clone());
        }
        self.travel(through, packet);
    }

    /// When a packet is through the bottleneck, if the queue takes it.
    fn squeeze(&mut self, now: Instant, octets: usize) -> Option<Instant> {
        let Some(Bottleneck { rate, queue }) = self.config.bottleneck else { return Some(now) };
        let begins = self.free_at.map_or(now, |free| free.max(now));
        if begins - now > queue {
            return None;
        }
        let through = begins + Duration::from_secs_f64(octets as f64 * 8.0 / rate.bps() as f64);
        self.free_at = Some(through);
        Some(through)
    }

    /// The next packet that has arrived.
    pub fn receive(&mut self, now: Instant) -> Option<T> {
        let first = self.travelling.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the next packet arrives, if any travels.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.travelling.keys().next().map(|(arrival, _)| *arrival)
    }

    fn travel(&mut self, now: Instant, packet: T) {
        let LinkConfig { delay, jitter, reordering, .. } = self.config;
        let arrival = if self.happens(reordering) {
            now + delay
        } else {
            let jittered = now + delay + jitter.mul_f64(self.rng.random::<f64>());
            let in_order = self.latest.map_or(jittered, |latest| latest.max(jittered));
            self.latest = Some(in_order);
            in_order
        };
        self.sent += 1;
        self.travelling.insert((arrival, self.sent), packet);
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.rng.random::<f64>() < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::VirtualClock;

    fn arrivals(config: LinkConfig, seed: u64) -> Vec<u32> {
        let mut clock = VirtualClock::start();
        let mut link = Link::new(config, seed);
        for number in 0..1_000 {
            link.send(clock.now(), number);
            clock.advance(Duration::from_millis(20));
        }
        let end = clock.advance(Duration::from_secs(1));
        std::iter::from_fn(|| link.receive(end)).collect()
    }

    #[test]
    fn a_perfect_wire_delivers_everything_in_order_after_its_delay() {
        let delay = Duration::from_millis(30);
        let mut clock = VirtualClock::start();
        let mut link = Link::new(LinkConfig { delay, ..LinkConfig::default() }, 1);
        link.send(clock.now(), 7);
        assert_eq!(link.receive(clock.advance(delay / 2)), None);
        assert_eq!(link.next_arrival(), Some(clock.now() + delay / 2));
        assert_eq!(link.receive(clock.advance(delay / 2)), Some(7));
        assert_eq!(arrivals(LinkConfig::default(), 1), (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_bottleneck_delays_what_queues_and_drops_what_does_not_fit() {
        let bottleneck =
            Bottleneck { rate: Bitrate::from_kbps(80), queue: Duration::from_millis(250) };
        let mut link =
            Link::new(LinkConfig { bottleneck: Some(bottleneck), ..LinkConfig::default() }, 1);
        let mut clock = VirtualClock::start();
        for number in 0..10 {
            // A tenth of a second each.
            link.send_sized(clock.now(), number, 1_000);
        }
        let end = clock.advance(Duration::from_secs(1));
        assert_eq!(std::iter::from_fn(|| link.receive(end)).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn each_fault_shows_and_repeats_with_its_seed() {
        let lossy = LinkConfig { loss: 0.1, ..LinkConfig::default() };
        let survivors = arrivals(lossy, 3);
        assert!((850..950).contains(&survivors.len()) && survivors.is_sorted());
        assert_eq!(survivors, arrivals(lossy, 3));
        assert_ne!(survivors, arrivals(lossy, 4));

        let jitter = Duration::from_millis(80);
        let jittery = LinkConfig { jitter, ..LinkConfig::default() };
        assert!(arrivals(jittery, 3).is_sorted());
        assert!(!arrivals(LinkConfig { reordering: 0.1, ..jittery }, 3).is_sorted());

        let doubled = LinkConfig { duplication: 0.1, ..LinkConfig::default() };
        assert!((1_050..1_150).contains(&arrivals(doubled, 3).len()));
    }
}
