//! What counts as a poor connection.

use std::time::Duration;

/// When a connection counts as poor, and how often that is said. The defaults are the browser client's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectionHealthPolicyConfiguration {
    /// Audio packets that a second brings, if all is well.
    pub packets_expected: u32,
    /// How many of the last seconds are looked at.
    pub past_samples_to_consider: u32,
    /// Which share of the packets must be missing for a connection to be poor, 0 to 1.
    pub fractional_loss: f64,
    /// The time between two warnings.
    pub cooldown_time: Duration,
    /// How often a session warns at all.
    pub maximum_times_to_warn: u32,
    /// How long a connection must have been good before that is said.
    pub good_signal_time: Duration,
    /// In how many seconds in a row no own sound must leave before that is said.
    pub sending_audio_failure_samples_to_consider: u32,
    /// How long a fresh connection may take before those seconds count.
    pub sending_audio_failure_initial_wait_time: Duration,
}

impl Default for ConnectionHealthPolicyConfiguration {
    fn default() -> Self {
        Self {
            packets_expected: 50,
            past_samples_to_consider: 15,
            fractional_loss: 0.5,
            cooldown_time: Duration::from_secs(60),
            maximum_times_to_warn: 2,
            good_signal_time: Duration::from_secs(15),
            sending_audio_failure_samples_to_consider: 2,
            sending_audio_failure_initial_wait_time: Duration::from_secs(3),
        }
    }
}
