//! Where lines go: standard output, and the log of a recording.

use std::fs::File;
use std::io::{BufWriter, Write as _, stdout};
use std::path::Path;
use std::time::Instant;

use super::line::{Event, Line};

/// What goes to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Print {
    /// Each line.
    Lines,
    /// Nothing: a view has the terminal.
    Nothing,
}

/// Writes what happens, a line each.
#[derive(Debug)]
pub(crate) struct Report {
    since: Instant,
    log: Option<BufWriter<File>>,
    print: Print,
}

impl Report {
    pub(crate) const fn new(since: Instant, print: Print) -> Self {
        Self { since, log: None, print }
    }

    pub(crate) const fn set_print(&mut self, print: Print) {
        self.print = print;
    }

    /// Writes everything to this file, too.
    pub(crate) fn keep(&mut self, path: &Path) -> std::io::Result<()> {
        self.log = Some(BufWriter::new(File::create(path)?));
        Ok(())
    }

    /// # Errors
    /// When nobody reads standard output any more, or the disk is full.
    pub(crate) fn write(&mut self, now: Instant, event: Event) -> std::io::Result<()> {
        let t_ms = now.saturating_duration_since(self.since).as_millis();
        let line = Line { t_ms: u64::try_from(t_ms).unwrap_or(u64::MAX), event };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        if self.print == Print::Lines {
            let mut out = stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        if let Some(log) = &mut self.log {
            log.write_all(text.as_bytes())?;
            // A killed process loses nothing of what it told.
            log.flush()?;
        }
        Ok(())
    }
}
