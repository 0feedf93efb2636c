//! `features`: each crate builds alone with its default features off.

use anyhow::Result;

use super::Report;
use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    for package in workspace.packages() {
        let arguments = ["check", "--no-default-features", "--package", package.name.as_str()];
        journal.run(cargo().args(arguments).current_dir(workspace.root()))?;
    }
    Ok(Report { detail: format!("{} crates", workspace.packages().len()), ..Report::default() })
}
