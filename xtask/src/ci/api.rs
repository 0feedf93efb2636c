//! `api`: AWS SDKs that know nothing of Carillon, against the built program.

use anyhow::{Result, ensure};

use super::tally::Tally;
use super::{Report, program};
use crate::command::command;
use crate::journal::Journal;
use crate::workspace::Workspace;
use crate::{python, web};

const SUITE: &str = "crates/e2e/api";

/// Where the packages of Node.js are, and the part of the suite that is written for it.
const BROWSERS: &str = "crates/e2e/browser";

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let program = program::build(workspace, journal)?;
    let requirements = workspace.path(SUITE).join("requirements.txt");
    let python = python::environment(&requirements, &workspace.target("ci/python"), journal)?;
    let mut tests = command(python);
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE]);
    tests.env(program::VARIABLE, &program).env("PYTHONDONTWRITEBYTECODE", "1");
    journal.run(tests.current_dir(workspace.root()))?;
    let browsers = workspace.path(BROWSERS);
    web::npm_ci(&browsers, journal)?;
    let mut tests = command("npm");
    tests.args(["run", "test:sdk"]).current_dir(browsers);
    journal.run(tests.env(program::VARIABLE, program))?;
    let tests = Tally::count(&journal.text()?);
    ensure!(tests.passed > 0, "the suite ran no test");
    Ok(Report { detail: tests.to_string(), tests })
}
