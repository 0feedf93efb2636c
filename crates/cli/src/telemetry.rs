//! Logs of the client commands: warnings of ours to standard error, and what `RUST_LOG` asks for beyond.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise. The transport writes a line per packet that comes late.
const DEFAULT: &str = "warn,webrtc=off,rtc=off";

pub(crate) fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let is_terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal);
    // Somebody else's subscriber in this process is as good.
    drop(builder.try_init());
}
