//! The real program in a process of its own, and what the system says of processes.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

/// Names the program `carillon` to whoever measures it.
const PROGRAM_VARIABLE: &str = "CARILLON_BIN";

/// The unit of times in `/proc`, whatever the kernel counts in (man 5 proc).
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// Returns the path of the program.
///
/// # Errors
/// When the environment does not name it.
pub fn program() -> io::Result<OsString> {
    std::env::var_os(PROGRAM_VARIABLE).ok_or_else(|| {
        io::Error::other(format!("{PROGRAM_VARIABLE} must name the program `carillon`"))
    })
}

/// A running `carillon serve`; it is killed with this.
#[derive(Debug)]
pub struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    /// Starts it by a command, and returns when it is ready.
    ///
    /// # Errors
    /// When the command does not start, or does not say where it serves.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let quiet = command.stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let ready: Value = serde_json::from_str(&line)?;
        let api = ready.get("api").and_then(Value::as_str).unwrap_or_default();
        let address = api.trim_start_matches("http://").parse().map_err(io::Error::other)?;
        Ok(Self { child, address })
    }

    /// Where it serves HTTP.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its folder in `/proc`.
    #[must_use]
    pub fn proc(&self) -> String {
        format!("/proc/{}", self.child.id())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What is gone already needs no end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns the name of a process or thread and how much time the processors spent on it, by its folder in `/proc`.
///
/// # Errors
/// When it is gone, or the system does not tell.
pub fn cpu(proc: &str) -> io::Result<(String, Duration)> {
    let stat = fs::read_to_string(format!("{proc}/stat"))?;
    parse_stat(&stat).ok_or_else(|| io::Error::other("/proc/*/stat is not as known"))
}

/// Returns a number of a process's status, by its folder in `/proc` and the field with its colon.
///
/// # Errors
/// When it is gone, or the system does not tell.
pub fn status(proc: &str, field: &str) -> io::Result<i64> {
    let status = fs::read_to_string(format!("{proc}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let word = line.and_then(|line| line.split_whitespace().next());
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no {field} in /proc/*/status")))
}

/// Name and time of a line of `stat`, whose second field is a name in brackets that may hold anything.
fn parse_stat(stat: &str) -> Option<(String, Duration)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    // Fields 14 and 15 are the times in user and kernel mode; the third is the first behind the name.
    let mut times = after.split_whitespace().skip(11).map_while(|word| word.parse::<u32>().ok());
    let ticks = times.next()?.saturating_add(times.next()?);
    Some((name.to_owned(), CLOCK_TICK.saturating_mul(ticks)))
}
