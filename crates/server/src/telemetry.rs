//! Logs: for people on a terminal, as JSON otherwise, always on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// What is logged when `RUST_LOG` says nothing: our own notices, and of libraries only what is broken.
/// The DTLS library warns about every extension it does not know, which browsers send in every handshake.
const DEFAULT_FILTER: &str = "warn,carillon=info,rtc_dtls=error,rtc_srtp=error,sqlx=warn";

/// Starts logging; later calls change nothing.
pub fn init_telemetry() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let registry = tracing_subscriber::registry().with(filter);
    let started = if std::io::stderr().is_terminal() {
        registry.with(fmt::layer().with_writer(std::io::stderr)).try_init()
    } else {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init()
    };
    match started {
        Ok(()) => log_panics(),
        Err(error) => tracing::debug!(%error, "logging was started before"),
    }
}

/// Lets a panic be an error in the log like any other, where whoever is to be woken by it looks.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(%panic, %backtrace, "a bug: please report it");
    }));
}
