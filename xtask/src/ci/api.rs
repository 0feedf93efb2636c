//! `api`: AWS SDKs that know nothing of Carillon, against the built program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::tally::Tally;
use super::{Report, program};
use crate::command::command;
use crate::journal::Journal;
use crate::setup;
use crate::workspace::Workspace;

const SUITE: &str = "crates/e2e/api";

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let program = program::build(workspace, journal)?;
    let python = environment(workspace, journal)?;
    let mut tests = command(python);
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE]);
    tests.env(program::VARIABLE, program).env("PYTHONDONTWRITEBYTECODE", "1");
    journal.run(tests.current_dir(workspace.root()))?;
    let tests = Tally::count(&journal.text()?);
    ensure!(tests.passed > 0, "the suite ran no test");
    Ok(Report { detail: tests.to_string(), tests })
}

/// Makes a virtual environment with the suite's requirements, or finds the one made for exactly these.
fn environment(workspace: &Workspace, journal: &mut Journal) -> Result<PathBuf> {
    let requirements = workspace.path(SUITE).join("requirements.txt");
    let wanted = fs::read(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = workspace.target("ci/python");
    let python = folder.join("bin/python");
    let installed = folder.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|text| text == wanted) {
        return Ok(python);
    }
    let system = setup::python().context("no Python with venv: cargo xtask setup")?;
    journal.run(command(system).args(["-m", "venv", "--clear"]).arg(&folder))?;
    journal.run(&mut pip_install(&python, &requirements))?;
    // Written last: an interrupted installation is made anew.
    fs::write(installed, wanted)?;
    Ok(python)
}

fn pip_install(python: &Path, requirements: &Path) -> std::process::Command {
    let mut install = command(python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    install.arg(requirements);
    install
}
