//! Whether the connection is good enough, by how much sound arrives: the browser client's rules.

mod sending_audio;

use std::collections::VecDeque;
use std::time::Instant;

pub(crate) use self::sending_audio::{SendingAudio, SendingAudioMonitor};
use crate::configuration::ConnectionHealthPolicyConfiguration;
use crate::event::ConnectionHealth;

/// The most seconds that are looked at, whatever is configured: longer ago has nothing to do with how it is now.
const MOST_SAMPLES: u32 = 600;

/// Watches one session's sound.
#[derive(Debug)]
pub(crate) struct HealthMonitor {
    policy: ConnectionHealthPolicyConfiguration,
    samples: VecDeque<u64>,
    last_total: Option<u64>,
    warned_at: Option<Instant>,
    warnings: u32,
    poor_since_good: bool,
    good_since: Option<Instant>,
}

impl HealthMonitor {
    pub(crate) const fn new(policy: ConnectionHealthPolicyConfiguration) -> Self {
        Self {
            policy,
            samples: VecDeque::new(),
            last_total: None,
            warned_at: None,
            warnings: 0,
            poor_since_good: false,
            good_since: None,
        }
    }

    /// Takes the second's total of audio packets received; says what to tell, if anything.
    pub(crate) fn handle_second(
        &mut self,
        now: Instant,
        total: u64,
        has_video: bool,
    ) -> Option<ConnectionHealth> {
        let received = total.saturating_sub(self.last_total.replace(total)?);
        let policy = &self.policy;
        let considered = policy.past_samples_to_consider.clamp(1, MOST_SAMPLES);
        if self.samples.len() >= usize::try_from(considered).unwrap_or(usize::MAX) {
            self.samples.pop_front();
        }
        self.samples.push_back(received);
        let seen = u32::try_from(self.samples.len()).unwrap_or(u32::MAX);
        if seen < considered {
            return None;
        }
        let sum = u32::try_from(self.samples.iter().sum::<u64>()).unwrap_or(u32::MAX);
        let expected = f64::from(policy.packets_expected) * f64::from(considered);
        if f64::from(sum) < expected * (1.0 - policy.fractional_loss) {
            self.good_since = None;
            return self.warn(now, has_video);
        }
        let since = *self.good_since.get_or_insert(now);
        let is_good = now.saturating_duration_since(since) >= policy.good_signal_time;
        (is_good && std::mem::take(&mut self.poor_since_good)).then_some(ConnectionHealth::Good)
    }

    /// Forgets the connection, as it is another one now.
    pub(crate) fn handle_reconnect(&mut self) {
        self.samples.clear();
        self.last_total = None;
    }

    fn warn(&mut self, now: Instant, has_video: bool) -> Option<ConnectionHealth> {
        let policy = &self.policy;
        let has_cooled = |at: Instant| now.saturating_duration_since(at) >= policy.cooldown_time;
        let is_cool = self.warned_at.is_none_or(has_cooled);
        if !is_cool || self.warnings >= policy.maximum_times_to_warn {
            return None;
        }
        self.warned_at = Some(now);
        self.warnings = self.warnings.saturating_add(1);
        self.poor_since_good = true;
        Some(if has_video { ConnectionHealth::SuggestStopVideo } else { ConnectionHealth::Poor })
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Passing {
        monitor: HealthMonitor,
        now: Instant,
        total: u64,
        told: Vec<ConnectionHealth>,
    }

    impl Passing {
        fn new(policy: ConnectionHealthPolicyConfiguration) -> Self {
            let monitor = HealthMonitor::new(policy);
            Self { monitor, now: Instant::now(), total: 0, told: Vec::new() }
        }

        fn pass(&mut self, seconds: u32, packets: u64) -> &[ConnectionHealth] {
            for _ in 0..seconds {
                self.now += Duration::from_secs(1);
                self.total += packets;
                self.told.extend(self.monitor.handle_second(self.now, self.total, false));
            }
            &self.told
        }
    }

    #[test]
    fn missing_sound_is_told_once_a_minute_and_twice_at_most() {
        let mut time = Passing::new(ConnectionHealthPolicyConfiguration::default());
        assert_eq!(time.pass(60, 50), []);
        assert_eq!(time.pass(59, 10), [ConnectionHealth::Poor]);
        assert_eq!(time.pass(60, 50), [ConnectionHealth::Poor, ConnectionHealth::Good]);
        assert_eq!(time.pass(300, 0).len(), 3);
    }

    #[test]
    fn what_is_poor_is_for_the_application_to_say() {
        let mut time = Passing::new(ConnectionHealthPolicyConfiguration {
            past_samples_to_consider: 2,
            fractional_loss: 0.1,
            cooldown_time: Duration::from_secs(5),
            maximum_times_to_warn: 9,
            good_signal_time: Duration::from_secs(3),
            ..ConnectionHealthPolicyConfiguration::default()
        });
        assert_eq!(time.pass(20, 46), []);
        assert_eq!(time.pass(11, 40), [ConnectionHealth::Poor; 3]);
        assert_eq!(time.pass(6, 50).last(), Some(&ConnectionHealth::Good));
    }
}
