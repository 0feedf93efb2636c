//! The only place of this crate where the clock is read.

use std::{fmt, sync::Arc, time::SystemTime};

/// Where the API learns the wall time: signatures and meetings depend on it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// Reads the system's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the shell's clock")]
    pub fn system() -> Self {
        Self::from_fn(SystemTime::now)
    }

    /// Asks a function for the time, which is how tests hold the clock.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
