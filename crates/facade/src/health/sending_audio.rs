//! Whether the own sound leaves: silence is sent as well, so that nothing at all means that something is broken.

use std::time::Instant;

use crate::configuration::ConnectionHealthPolicyConfiguration;

/// What became of sending sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendingAudio {
    Failed,
    Recovered,
}

/// Watches one session's own sound.
#[derive(Debug)]
pub(crate) struct SendingAudioMonitor {
    policy: ConnectionHealthPolicyConfiguration,
    up_since: Option<Instant>,
    /// Seconds in a row without a packet.
    silent: u32,
    has_failed: bool,
}

impl SendingAudioMonitor {
    pub(crate) const fn new(policy: ConnectionHealthPolicyConfiguration) -> Self {
        Self { policy, up_since: None, silent: 0, has_failed: false }
    }

    /// Takes note that a connection is up.
    pub(crate) const fn handle_connected(&mut self, now: Instant) {
        self.up_since = Some(now);
        self.silent = 0;
    }

    /// Takes note that it is gone, and another is being made.
    pub(crate) const fn handle_lost(&mut self) {
        self.up_since = None;
    }

    /// Takes how many packets left in the last second; says what to tell, if anything.
    pub(crate) fn handle_second(&mut self, now: Instant, sent: u64) -> Option<SendingAudio> {
        let up_since = self.up_since?;
        if sent > 0 {
            self.silent = 0;
            return std::mem::take(&mut self.has_failed).then_some(SendingAudio::Recovered);
        }
        let wait = self.policy.sending_audio_failure_initial_wait_time;
        if now.saturating_duration_since(up_since) < wait {
            return None;
        }
        self.silent = self.silent.saturating_add(1);
        let enough = self.policy.sending_audio_failure_samples_to_consider.max(1);
        let fails = self.silent >= enough && !self.has_failed;
        self.has_failed |= fails;
        fails.then_some(SendingAudio::Failed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn sound_that_does_not_leave_is_told_once_and_that_it_does_again() {
        let start = Instant::now();
        let mut monitor = SendingAudioMonitor::new(ConnectionHealthPolicyConfiguration::default());
        assert_eq!(monitor.handle_second(start, 0), None);
        monitor.handle_connected(start);
        let sent = [0, 0, 50, 50, 0, 50, 0, 0, 0, 0, 50, 50];
        let told: Vec<_> = (1..)
            .zip(sent)
            .filter_map(|(n, sent)| {
                let told = monitor.handle_second(start + Duration::from_secs(n), sent)?;
                Some((n, told))
            })
            .collect();
        assert_eq!(told, [(8, SendingAudio::Failed), (11, SendingAudio::Recovered)]);
        // While another connection is made nothing is expected to leave.
        monitor.handle_lost();
        assert_eq!(monitor.handle_second(start + Duration::from_secs(60), 0), None);
    }
}
