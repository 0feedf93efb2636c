//! `test`: unit, integration and documentation tests of every crate.

use anyhow::Result;

use super::Report;
use super::tally::Tally;
use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let arguments = ["test", "--workspace", "--all-features", "--no-fail-fast"];
    journal.run(cargo().args(arguments).current_dir(workspace.root()))?;
    let tests = Tally::count(&journal.text()?);
    Ok(Report { detail: tests.to_string(), tests })
}
