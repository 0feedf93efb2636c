//! `fmt`: the code is formatted.

use anyhow::Result;

use super::Report;
use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    journal.run(
        cargo()
            .args(["fmt", "--all", "--check", "--", "--color", "never"])
            .current_dir(workspace.root()),
    )?;
    Ok(Report::default())
}
