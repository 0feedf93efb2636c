//! The one place of these tests that reads a clock.

use std::time::{Duration, Instant, SystemTime};

/// How long anything may take that is to happen at once: far longer than a busy machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_methods, reason = "real sockets live in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "signatures carry the time of the wall")]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}

/// Waits for what is to happen at once.
pub(crate) async fn soon<T>(happening: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happening).await.expect("this happens at once")
}
