//! `doc`: the documentation builds without a warning.

use anyhow::Result;

use super::Report;
use crate::command::cargo;
use crate::journal::Journal;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<Report> {
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--all-features", "--no-deps"]);
    journal.run(doc.env("RUSTDOCFLAGS", "-D warnings").current_dir(workspace.root()))?;
    Ok(Report::default())
}
