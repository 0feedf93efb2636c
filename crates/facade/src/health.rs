//! Whether the connection is good enough, by how much sound arrives: the browser client's rules and figures.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::event::ConnectionHealth;

/// Audio packets a second that a server sends at all times.
const EXPECTED_PACKETS: u64 = 50;

/// How many seconds are looked at.
const SAMPLES: usize = 15;

/// Between two warnings, so that nobody is nagged.
const COOL_DOWN: Duration = Duration::from_secs(60);

/// How often a session warns at all.
const MOST_WARNINGS: u32 = 2;

/// How long the connection must have been good before that is said.
const GOOD_AFTER: Duration = Duration::from_secs(15);

/// Watches one session's sound.
#[derive(Debug, Default)]
pub(crate) struct HealthMonitor {
    samples: VecDeque<u64>,
    last_total: Option<u64>,
    warned_at: Option<Instant>,
    warnings: u32,
    poor_since_good: bool,
    good_since: Option<Instant>,
}

impl HealthMonitor {
    /// Takes the second's total of audio packets received; says what to tell, if anything.
    pub(crate) fn handle_second(
        &mut self,
        now: Instant,
        total: u64,
        has_video: bool,
    ) -> Option<ConnectionHealth> {
        let received = total.saturating_sub(self.last_total.replace(total)?);
        if self.samples.len() >= SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(received);
        if self.samples.len() < SAMPLES {
            return None;
        }
        let sum: u64 = self.samples.iter().sum();
        let expected = EXPECTED_PACKETS.saturating_mul(SAMPLES as u64);
        if sum.saturating_mul(2) < expected {
            self.good_since = None;
            return self.warn(now, has_video);
        }
        let since = *self.good_since.get_or_insert(now);
        let is_good = now.saturating_duration_since(since) >= GOOD_AFTER;
        (is_good && std::mem::take(&mut self.poor_since_good)).then_some(ConnectionHealth::Good)
    }

    /// Forgets the connection, as it is another one now.
    pub(crate) fn handle_reconnect(&mut self) {
        self.samples.clear();
        self.last_total = None;
    }

    fn warn(&mut self, now: Instant, has_video: bool) -> Option<ConnectionHealth> {
        let is_cool =
            self.warned_at.is_none_or(|at| now.saturating_duration_since(at) >= COOL_DOWN);
        if !is_cool || self.warnings >= MOST_WARNINGS {
            return None;
        }
        self.warned_at = Some(now);
        self.warnings = self.warnings.saturating_add(1);
        self.poor_since_good = true;
        Some(if has_video { ConnectionHealth::SuggestStopVideo } else { ConnectionHealth::Poor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn missing_sound_is_told_once_a_minute_and_twice_at_most() {
        let mut monitor = HealthMonitor::default();
        let (mut now, mut total, mut told) = (Instant::now(), 0, Vec::new());
        let mut pass = |seconds: u32, packets: u64, told: &mut Vec<ConnectionHealth>| {
            for _ in 0..seconds {
                now += Duration::from_secs(1);
                total += packets;
                told.extend(monitor.handle_second(now, total, false));
            }
        };
        pass(60, 50, &mut told);
        assert_eq!(told, []);
        pass(59, 10, &mut told);
        assert_eq!(told, [ConnectionHealth::Poor]);
        pass(60, 50, &mut told);
        assert_eq!(told, [ConnectionHealth::Poor, ConnectionHealth::Good]);
        pass(300, 0, &mut told);
        assert_eq!(told.len(), 3);
    }
}
