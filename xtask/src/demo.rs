//! `cargo xtask demo`: from a clean checkout to a page that can be opened.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdout, Command, ExitCode, Stdio};
use std::thread;

use anyhow::{Context as _, Result};
use serde_json::Value;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::command::{self, cargo};
use crate::journal::Journal;
use crate::setup::{self, Purpose};
use crate::web;
use crate::workspace::Workspace;

const DRAIN_FLAG: &str = "--drain-seconds";

/// How long Ctrl-C waits for meetings to end: who ends a demo has seen enough of it.
const DRAIN_SECONDS: &str = "1";

/// Builds the service alone: the client on the command line would double the wait.
const BUILD: [&str; 8] = [
    "build",
    "--profile",
    "demo",
    "--package",
    "carillon-cli",
    "--no-default-features",
    "--features",
    "web",
];

/// The flags of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Flags for `carillon serve --dev`, for example `--listen 127.0.0.1:9000`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
    serve: Vec<OsString>,
}

/// Builds the service with its page, serves it, and ends with it.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let mut terminal = Journal::Terminal;
    setup::run(Purpose::Demo, &mut terminal)?;
    web::run(workspace, &mut terminal)?;
    terminal.note("building the service; the first time takes some minutes")?;
    terminal.run(cargo().args(BUILD).current_dir(workspace.root()))?;
    let mut serve = command::command(workspace.target("demo/carillon"));
    serve.args(["serve", "--dev"]).args(&arguments.serve);
    if !arguments.serve.iter().any(|flag| flag.to_string_lossy().starts_with(DRAIN_FLAG)) {
        serve.args([DRAIN_FLAG, DRAIN_SECONDS]);
    }
    foreground(serve)
}

/// Runs the service with the signals of this process passed on to it, and shows where it is once it is ready.
fn foreground(mut serve: Command) -> Result<ExitCode> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    // In a process group of its own the service gets each signal once, from here; a second one means "at once" to it.
    let mut service = serve
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", command::line(&serve)))?;
    let id = service.id().to_string();
    thread::spawn(move || {
        for signal in signals.forever() {
            // Failing means that the service has ended, which the wait below notices.
            drop(Command::new("kill").args([&format!("-{signal}"), &id]).status());
        }
    });
    if let Some(stdout) = service.stdout.take() {
        announce(stdout)?;
    }
    let status = service.wait()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Turns the service's ready line into the three lines a person needs.
fn announce(stdout: ChildStdout) -> Result<()> {
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        match serde_json::from_str(&line).ok().and_then(|ready| three_lines(&ready)) {
            Some(lines) => println!("{lines}"),
            None => println!("{line}"),
        }
    }
    Ok(())
}

fn three_lines(ready: &Value) -> Option<String> {
    let api = ready.get("api")?.as_str()?;
    let page = ready.get("page")?.as_str()?;
    Some(format!(
        "AWS SDK endpoint  {api}\n\
         Demo page         {page}\n\
         Credentials       AWS_ACCESS_KEY_ID=devkey AWS_SECRET_ACCESS_KEY=devsecret AWS_REGION=us-east-1"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ready_line_becomes_endpoint_link_and_credentials() {
        let ready = json!({"ready": true, "api": "http://127.0.0.1:8080", "page": "http://127.0.0.1:8080/"});
        let lines = three_lines(&ready).expect("all members are there");
        let starts: Vec<_> = lines.lines().filter_map(|line| line.split("  ").next()).collect();
        assert_eq!(starts, ["AWS SDK endpoint", "Demo page", "Credentials"]);
        assert!(lines.contains("devkey") && lines.contains("devsecret"));
    }

    #[test]
    fn line_without_a_page_is_not_taken_for_the_ready_line() {
        assert_eq!(three_lines(&json!({"ready": true, "api": "http://127.0.0.1:8080"})), None);
    }
}
