//! The run of the machine, which outlives processes.

use std::time::{Duration, Instant};

/// The run of the machine that the service is part of: by its clock meetings age, also while the service is down.
///
/// The wall clock may be set at any time; this one only goes forward, and a service that starts again finds it where
/// it has gone meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Its name, which no other run has; a run without one is another at each start of the service.
    pub id: Option<String>,
    /// When it began.
    pub began: Instant,
}

impl Boot {
    /// Begins with the process, where the machine does not tell; ages then go by the wall clock across a restart.
    #[must_use]
    pub const fn unknown(now: Instant) -> Self {
        Self { id: None, began: now }
    }

    /// Returns how long it has lasted.
    pub(crate) fn uptime(&self, now: Instant) -> Uptime {
        let lasted = now.saturating_duration_since(self.began);
        Uptime(i64::try_from(lasted.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A time on the clock of a [`Boot`]; it is negative where something is older than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime(i64);

impl Uptime {
    /// Makes a time from its milliseconds.
    pub(crate) const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds.
    pub(crate) const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the time that has passed since an earlier one.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}
