//! `api`: AWS SDKs that know nothing of Carillon, against the built program.

use anyhow::{Result, ensure};

use super::tally::Tally;
use super::{Report, program};
use crate::command::command;
use crate::journal::Journal;
use crate::python;
use crate::workspace::Workspace;

const SUITE: &str = "crates/e2e/api";

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let program = program::build(workspace, journal)?;
    let requirements = workspace.path(SUITE).join("requirements.txt");
    let python = python::environment(&requirements, &workspace.target("ci/python"), journal)?;
    let mut tests = command(python);
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE]);
    tests.env(program::VARIABLE, program).env("PYTHONDONTWRITEBYTECODE", "1");
    journal.run(tests.current_dir(workspace.root()))?;
    let tests = Tally::count(&journal.text()?);
    ensure!(tests.passed > 0, "the suite ran no test");
    Ok(Report { detail: tests.to_string(), tests })
}
