//! Whether the client at the other end is still there.

use std::time::{Duration, Instant};

use crate::id::PingId;

/// Silence after which the server asks by itself. Browsers ping each 10 s, so a live one is rarely asked.
pub(crate) const PROBE_AFTER: Duration = Duration::from_secs(15);

/// Between two questions to a client that stays silent.
pub(crate) const PROBE_EVERY: Duration = Duration::from_secs(10);

/// Silence after which the client counts as gone. A browser gives up on a silent server after about 41 s; a shorter limit
/// cuts off clients that would have come back, a longer one keeps the dead in the roster.
pub(crate) const SILENCE_LIMIT: Duration = Duration::from_secs(45);

/// Watches for silence.
#[derive(Debug)]
pub(crate) struct Liveness {
    last_heard: Instant,
    next_probe: Instant,
    last_ping: PingId,
}

/// What silence asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Probe(PingId),
    Dead,
}

impl Liveness {
    pub(crate) fn new(now: Instant) -> Self {
        Self { last_heard: now, next_probe: now + PROBE_AFTER, last_ping: PingId(0) }
    }

    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
        self.next_probe = now + PROBE_AFTER;
    }

    pub(crate) const fn last_heard(&self) -> Instant {
        self.last_heard
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.next_probe.min(self.last_heard + SILENCE_LIMIT)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<Sign> {
        if now >= self.last_heard + SILENCE_LIMIT {
            return Some(Sign::Dead);
        }
        if now < self.next_probe {
            return None;
        }
        self.next_probe = now + PROBE_EVERY;
        self.last_ping = PingId(self.last_ping.0.wrapping_add(1));
        Some(Sign::Probe(self.last_ping))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn silence_is_probed_and_then_taken_for_death() {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        let mut signs = Vec::new();
        while signs.last() != Some(&Sign::Dead) {
            let now = liveness.deadline();
            signs.extend(liveness.handle_timeout(now));
            assert!(now <= start + SILENCE_LIMIT);
        }
        let probes = (1..=3).map(|id| Sign::Probe(PingId(id)));
        assert_eq!(signs, probes.chain([Sign::Dead]).collect::<Vec<_>>());
    }
}
