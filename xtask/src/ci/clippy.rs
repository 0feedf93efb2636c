//! `clippy`: no lint of the workspace's table fires, in any target.

use anyhow::Result;

use super::Report;
use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    journal.run(cargo().args(arguments).current_dir(workspace.root()))?;
    Ok(Report::default())
}
