//! The only place of this crate where the clocks are read.

use std::{
    fmt,
    sync::Arc,
    time::{Instant, SystemTime},
};

use carillon_control::Moment;

/// Where the API learns the time: signatures and meetings depend on it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Clock {
    /// Reads the system's clocks.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the shell's clock")]
    pub fn system() -> Self {
        Self::from_fn(|| Moment { wall: SystemTime::now().into(), instant: Instant::now() })
    }

    /// Asks a function for the time, which is how tests hold the clock.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Moment {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
