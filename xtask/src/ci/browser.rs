//! `browser`: the unmodified browser SDK in Chromium, against the built program.

use anyhow::{Context as _, Result, ensure};

use super::tally::Tally;
use super::{Report, program};
use crate::command::command;
use crate::journal::Journal;
use crate::setup::{self, CHROMIUM_VARIABLE};
use crate::web;
use crate::workspace::Workspace;

const SUITE: &str = "crates/e2e/browser";

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let program = program::build(workspace, journal)?;
    let chromium = setup::chromium().context("no Chromium: cargo xtask setup")?;
    let suite = workspace.path(SUITE);
    web::npm_ci(&suite, journal)?;
    let mut tests = command("npm");
    tests.arg("test").current_dir(suite);
    journal.run(tests.env(program::VARIABLE, program).env(CHROMIUM_VARIABLE, chromium))?;
    let tests = Tally::count(&journal.text()?);
    ensure!(tests.passed > 0, "the suite ran no test");
    Ok(Report { detail: tests.to_string(), tests })
}
