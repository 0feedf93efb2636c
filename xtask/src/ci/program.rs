//! The `carillon` program that the suites of unmodified clients start.

use std::path::PathBuf;

use anyhow::Result;

use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

/// Names the program to test for the suites.
pub(super) const VARIABLE: &str = "CARILLON_BIN";

/// Builds the program and returns its path.
pub(super) fn build(workspace: &Workspace, journal: &mut Journal) -> Result<PathBuf> {
    // With the tests' features and targets nothing is compiled that the `test` step has not compiled.
    let arguments = ["build", "--workspace", "--all-features", "--bins", "--tests"];
    journal.run(cargo().args(arguments).current_dir(workspace.root()))?;
    Ok(workspace.target("debug/carillon"))
}
