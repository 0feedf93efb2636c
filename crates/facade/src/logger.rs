//! Where a session writes what it does: to an application's logger, or to `tracing`.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LogLevel {
    /// For those who debug the client.
    Debug = 0,
    /// What happens.
    Info = 1,
    /// Unusual, but working.
    Warn = 2,
    /// Broken.
    Error = 3,
    /// Nothing is written.
    Off = 4,
}

impl LogLevel {
    const ALL: [Self; 5] = [Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Off];

    fn from_number(number: u8) -> Self {
        Self::ALL.into_iter().find(|level| *level as u8 == number).unwrap_or(Self::Off)
    }
}

/// Takes the lines of a session.
///
/// ```
/// # use carillon_facade::{LogLevel, Logger};
/// struct Shout;
/// impl Logger for Shout {
///     fn log(&self, level: LogLevel, line: &dyn std::fmt::Display) {
///         println!("{level:?}: {}", line.to_string().to_uppercase());
///     }
/// }
/// Shout.info(&"joined");
/// ```
pub trait Logger: Send + Sync {
    /// Takes a line; `line` costs nothing until it is formatted.
    fn log(&self, level: LogLevel, line: &dyn fmt::Display);

    /// Takes a line for those who debug the client.
    fn debug(&self, line: &dyn fmt::Display) {
        self.log(LogLevel::Debug, line);
    }

    /// Takes a line about what happens.
    fn info(&self, line: &dyn fmt::Display) {
        self.log(LogLevel::Info, line);
    }

    /// Takes a line about something unusual.
    fn warn(&self, line: &dyn fmt::Display) {
        self.log(LogLevel::Warn, line);
    }

    /// Takes a line about something broken.
    fn error(&self, line: &dyn fmt::Display) {
        self.log(LogLevel::Error, line);
    }
}

/// Writes to standard error, from a level on that can change at any time.
#[derive(Debug)]
pub struct ConsoleLogger {
    name: String,
    level: AtomicU8,
}

impl ConsoleLogger {
    /// A logger whose lines begin with a name.
    #[must_use]
    pub fn new(name: impl Into<String>, level: LogLevel) -> Self {
        Self { name: name.into(), level: AtomicU8::new(level as u8) }
    }

    /// From which level on lines are written.
    #[must_use]
    pub fn log_level(&self) -> LogLevel {
        LogLevel::from_number(self.level.load(Ordering::Relaxed))
    }

    /// Writes lines from another level on.
    pub fn set_log_level(&self, level: LogLevel) {
        self.level.store(level as u8, Ordering::Relaxed);
    }
}

impl Logger for ConsoleLogger {
    #[expect(clippy::print_stderr, reason = "writing to the console is what it is for")]
    fn log(&self, level: LogLevel, line: &dyn fmt::Display) {
        if level >= self.log_level() && level != LogLevel::Off {
            eprintln!("[{level:?}] {} - {line}", self.name);
        }
    }
}

/// Hands every line to `tracing`, which filters and writes it as the application set it up.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingLogger;

impl Logger for TracingLogger {
    fn log(&self, level: LogLevel, line: &dyn fmt::Display) {
        match level {
            LogLevel::Debug => trace_debug(line),
            LogLevel::Info => trace_info(line),
            LogLevel::Warn => trace_warn(line),
            LogLevel::Error => trace_error(line),
            LogLevel::Off => {}
        }
    }
}

// The level of a `tracing` event is part of its code, so that each has a place of its own.

fn trace_debug(line: &dyn fmt::Display) {
    tracing::debug!(target: "carillon", "{line}");
}

fn trace_info(line: &dyn fmt::Display) {
    tracing::info!(target: "carillon", "{line}");
}

fn trace_warn(line: &dyn fmt::Display) {
    tracing::warn!(target: "carillon", "{line}");
}

fn trace_error(line: &dyn fmt::Display) {
    tracing::error!(target: "carillon", "{line}");
}

/// Drops every line.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOpLogger;

impl Logger for NoOpLogger {
    fn log(&self, _level: LogLevel, _line: &dyn fmt::Display) {}
}

/// Hands every line to several loggers.
#[derive(Default)]
pub struct MultiLogger {
    loggers: Vec<Box<dyn Logger>>,
}

impl MultiLogger {
    /// A logger that writes to all of these.
    #[must_use]
    pub fn new(loggers: Vec<Box<dyn Logger>>) -> Self {
        Self { loggers }
    }
}

impl fmt::Debug for MultiLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiLogger").field("loggers", &self.loggers.len()).finish()
    }
}

impl Logger for MultiLogger {
    fn log(&self, level: LogLevel, line: &dyn fmt::Display) {
        self.loggers.iter().for_each(|logger| logger.log(level, line));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Kept(Arc<Mutex<Vec<String>>>);

    impl Logger for Kept {
        fn log(&self, level: LogLevel, line: &dyn fmt::Display) {
            self.0.lock().unwrap().push(format!("{level:?} {line}"));
        }
    }

    #[test]
    fn several_loggers_get_every_line() {
        let (one, two) = (Arc::default(), Arc::default());
        let both = MultiLogger::new(vec![
            Box::new(Kept(Arc::clone(&one))),
            Box::new(Kept(Arc::clone(&two))),
        ]);
        both.warn(&"narrow");
        assert_eq!(*one.lock().unwrap(), ["Warn narrow"]);
        assert_eq!(*two.lock().unwrap(), ["Warn narrow"]);
    }

    #[test]
    fn a_level_can_change_at_any_time() {
        let logger = ConsoleLogger::new("test", LogLevel::Off);
        assert_eq!(logger.log_level(), LogLevel::Off);
        logger.set_log_level(LogLevel::Warn);
        assert_eq!(logger.log_level(), LogLevel::Warn);
    }
}
