//! Code of the application that a session calls: what it breaks must not take the session along.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls it; nothing if it panics, which is logged. Whatever it belongs to is not to be called again.
pub(crate) fn contained<T>(what: &str, call: impl FnOnce() -> T) -> Option<T> {
    let called = catch_unwind(AssertUnwindSafe(call));
    if called.is_err() {
        tracing::error!("{what} panicked and is not used any more");
    }
    called.ok()
}
