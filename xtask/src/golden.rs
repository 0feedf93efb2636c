//! `cargo xtask golden`: renews the conversations of the unmodified client that the engine is held to.

use std::fs;

use anyhow::{Context as _, Result};

use crate::command::{cargo, command};
use crate::journal::Journal;
use crate::setup::{self, CHROMIUM_VARIABLE};
use crate::web;
use crate::workspace::Workspace;

const BROWSERS: &str = "crates/e2e/browser";
const FIXTURES: &str = "crates/meeting/fixtures/conversations";
/// What the server says while browsers are recorded, in the target folder: it is compared once and not kept.
const HEARD: &str = "golden";
/// Names the program to the browsers' rig.
const PROGRAM_VARIABLE: &str = "CARILLON_BIN";
/// Makes the replay write what the engine says.
const MODE_VARIABLE: &str = "CARILLON_GOLDEN";
/// Names the folder of what the server said to the replay.
const HEARD_VARIABLE: &str = "CARILLON_GOLDEN_HEARD";

const EXPLANATION: &str = "\
The engine is held to conversations that the unmodified browser client had with this server.

  crates/meeting/fixtures/conversations/*.said   what the clients said in each scenario, to the byte but for addresses of
                                                 the machine and all but the first of each second's measurements
  crates/meeting/fixtures/conversations/*.txt    the conversation that follows, for people to read

`cargo test -p carillon-meeting golden` says it all again to the engine, without browsers and in milliseconds, and
fails with the difference when the engine answers otherwise.

  cargo xtask golden --accept    the engine's new answers are meant: writes them into the .txt files
  cargo xtask golden --update    the client, the browser or the scenarios have changed: records every scenario of
                                 crates/e2e/browser/rig/scenarios.js anew, writes the .txt files, and checks that
                                 the replay says to each socket what the server has said to the browser

With names behind it, --update records these scenarios only. A busy machine makes browsers give up half-way: nothing is
written then.

Read the difference before you commit it: each line of it is what somebody's client will be told.";

/// The flags of `cargo xtask golden`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Writes down what the engine says to the recorded clients
    #[arg(long)]
    accept: bool,
    /// Records the clients anew with a real browser, and then does what --accept does
    #[arg(long, conflicts_with = "accept")]
    update: bool,
    /// Records these scenarios only
    #[arg(requires = "update")]
    scenarios: Vec<String>,
}

/// Explains, accepts or records.
pub(crate) fn run(
    workspace: &Workspace,
    arguments: &Arguments,
    journal: &mut Journal,
) -> Result<()> {
    match arguments {
        Arguments { update: true, scenarios, .. } => {
            record(workspace, scenarios, journal)?;
            replay(workspace, Comparison::WithBrowsers, journal)
        }
        Arguments { accept: true, .. } => replay(workspace, Comparison::None, journal),
        Arguments { .. } => journal.note(EXPLANATION),
    }
}

/// Builds the service and lets browsers play the scenarios.
fn record(workspace: &Workspace, scenarios: &[String], journal: &mut Journal) -> Result<()> {
    web::run(workspace, journal)?;
    // With the features and targets of the tests nothing is compiled twice.
    let build = ["build", "--workspace", "--all-features", "--bins", "--tests"];
    journal.run(cargo().args(build).current_dir(workspace.root()))?;
    let chromium = setup::chromium().context("no Chromium: cargo xtask setup")?;
    let browsers = workspace.path(BROWSERS);
    web::npm_ci(&browsers, journal)?;
    let (said, heard) = (workspace.path(FIXTURES), workspace.target(HEARD));
    if heard.exists() {
        fs::remove_dir_all(&heard).with_context(|| format!("cannot clear {}", heard.display()))?;
    }
    let mut rig = command("node");
    rig.arg("rig/golden.js").args([&said, &heard]).args(scenarios).current_dir(browsers);
    rig.env(PROGRAM_VARIABLE, workspace.target("debug/carillon")).env(CHROMIUM_VARIABLE, chromium);
    journal.run(&mut rig)
}

/// What the replay is held against beside what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    None,
    /// What the server has just said to browsers.
    WithBrowsers,
}

/// Says everything again to the engine and writes down what it answers.
fn replay(workspace: &Workspace, comparison: Comparison, journal: &mut Journal) -> Result<()> {
    let mut test = cargo();
    test.args(["test", "--workspace", "--all-features", "--test", "meeting", "golden::"]);
    test.env(MODE_VARIABLE, "accept").current_dir(workspace.root());
    if comparison == Comparison::WithBrowsers {
        test.env(HEARD_VARIABLE, workspace.target(HEARD));
    }
    journal.run(&mut test)
}
