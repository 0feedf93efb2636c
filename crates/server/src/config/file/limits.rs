//! What the configuration file says of quotas, lifetimes and rates.

use std::time::Duration;

use carillon_control::{LifetimeRules, Quotas};
use carillon_control_api::Rate;
use serde::Deserialize;

/// `[quotas]`: what an account may have.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct QuotaTable {
    meetings: Option<usize>,
    attendees: Option<usize>,
    high_definition_attendees: Option<usize>,
}

impl QuotaTable {
    pub(super) fn into_quotas(self) -> Quotas {
        let default = Quotas::default();
        Quotas {
            meetings: self.meetings.unwrap_or(default.meetings),
            attendees: self.attendees.unwrap_or(default.attendees),
            high_definition_attendees: self
                .high_definition_attendees
                .unwrap_or(default.high_definition_attendees),
            replicas: default.replicas,
        }
    }
}

/// `[lifetimes]`: when meetings end by themselves, in minutes; zero switches a rule off.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct LifetimeTable {
    longest_minutes: Option<u32>,
    idle_minutes: Option<u32>,
    lonely_minutes: Option<u32>,
    unwatched_share_minutes: Option<u32>,
}

impl LifetimeTable {
    pub(super) fn into_rules(self) -> LifetimeRules {
        let default = LifetimeRules::default();
        let rule = |minutes: Option<u32>, default| match minutes {
            None => default,
            Some(0) => Duration::MAX,
            Some(minutes) => Duration::from_secs(u64::from(minutes).saturating_mul(60)),
        };
        LifetimeRules {
            longest: rule(self.longest_minutes, default.longest),
            idle: rule(self.idle_minutes, default.idle),
            lonely: rule(self.lonely_minutes, default.lonely),
            unwatched_share: rule(self.unwatched_share_minutes, default.unwatched_share),
        }
    }
}

/// `[throttle]`: how often an account may call each operation.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ThrottleTable {
    enabled: Option<bool>,
    calls_per_second: Option<u32>,
    burst: Option<u32>,
}

impl ThrottleTable {
    /// On, at the original's rate, unless it says otherwise.
    pub(super) fn into_rate(self) -> Option<Rate> {
        let original = Rate::ORIGINAL_API;
        let interval = match self.calls_per_second {
            None => original.interval,
            Some(calls) => Duration::from_secs(1).checked_div(calls).unwrap_or(Duration::MAX),
        };
        let burst = self.burst.unwrap_or(original.burst);
        self.enabled.unwrap_or(true).then_some(Rate { interval, burst })
    }
}
