//! Logs of the client commands: warnings to standard error or into a view, and what `RUST_LOG` asks for beyond.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What is logged unless `RUST_LOG` says otherwise. The transport writes a line per packet that comes late.
const DEFAULT: &str = "warn,webrtc=off,rtc=off";

/// Lines that wait to be shown; of more than a screen of them nobody reads the oldest.
const WAITING_LINES: usize = 100;

/// Logs to standard error.
pub(crate) fn init() {
    let is_terminal = io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter());
    // Somebody else's subscriber in this process is as good.
    drop(builder.with_writer(io::stderr).with_ansi(is_terminal).try_init());
}

/// Logs to standard error if that goes elsewhere than the terminal, which a view needs for itself; otherwise into lines
/// that the view shows.
pub(crate) fn init_beside_a_view() -> KeptLines {
    let kept = KeptLines::default();
    if io::stderr().is_terminal() {
        let builder = tracing_subscriber::fmt().with_env_filter(filter()).without_time();
        drop(builder.with_writer(kept.clone()).with_target(false).with_ansi(false).try_init());
    } else {
        init();
    }
    kept
}

fn filter() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT))
}

/// Lines of the log that somebody fetches.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptLines(Arc<Mutex<VecDeque<String>>>);

impl KeptLines {
    /// The lines since the last call.
    pub(crate) fn take(&self) -> VecDeque<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for KeptLines {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= WAITING_LINES {
            lines.pop_front();
        }
        lines.push_back(String::from_utf8_lossy(octets).trim().to_owned());
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for KeptLines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
