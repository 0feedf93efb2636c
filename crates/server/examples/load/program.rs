//! The service in a process of its own, on one core.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;

/// Names the program.
const PROGRAM_VARIABLE: &str = "CARILLON_BIN";

/// The key that calls are signed with.
pub(crate) const KEY: (&str, &str) = ("load", "a-secret-of-the-load-generator");

/// The unit of times in `/proc`, whatever the kernel counts in (man 5 proc).
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// A running `carillon serve`; it is killed with this.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Program {
    /// Starts it over the state in a folder, and returns when it is ready.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let program = std::env::var_os(PROGRAM_VARIABLE)
            .with_context(|| format!("{PROGRAM_VARIABLE} must name the program `carillon`"))?;
        let (access, secret) = KEY;
        let config = folder.join("carillon.toml");
        fs::write(
            &config,
            format!(
                "listen = \"127.0.0.1:0\"\nmedia = \"127.0.0.1:0\"\ndata = {folder:?}\n\
                 [[keys]]\naccess-key = \"{access}\"\nsecret-key = \"{secret}\"\n\
                 account = \"111122223333\"\n\
                 [quotas]\nmeetings = 1000000\n[throttle]\nenabled = false\n"
            ),
        )?;
        let mut child = Command::new("taskset")
            .args(["--cpu-list", "0"])
            .arg(program)
            .args(["serve", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("taskset of util-linux holds the service to one core")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has an output")?).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line).context("the service did not start")?;
        let api = ready.get("api").and_then(Value::as_str).context("it says where it is")?;
        let address = api.trim_start_matches("http://").parse()?;
        Ok(Self { child, address })
    }

    /// How much time the processors spent on it.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, after) = stat.rsplit_once(')').context("/proc/*/stat is not as known")?;
        // Fields 14 and 15 are the times in user and kernel mode; the third is the first behind the name.
        let times = after.split_whitespace().skip(11).take(2);
        let ticks: u32 = times.filter_map(|word| word.parse::<u32>().ok()).sum();
        Ok(CLOCK_TICK.saturating_mul(ticks))
    }

    /// Its memory that is mapped in, in MiB.
    pub(crate) fn resident(&self) -> anyhow::Result<u32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let word = line.and_then(|line| line.split_whitespace().next());
        Ok(word.context("no VmRSS in /proc/*/status")?.parse::<u32>()? / 1_024)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // What is gone already needs no end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
