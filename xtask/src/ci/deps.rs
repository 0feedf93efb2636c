//! `deps`: licences, advisories, unused dependencies, spelling, by tools that are not everybody's.

use anyhow::{Result, bail};

use super::{Absence, Report};
use crate::command::{command, on_path};
use crate::journal::Journal;
use crate::workspace::Workspace;

/// Program, arguments, and what installs it.
const TOOLS: [(&str, &[&str], &str); 3] = [
    ("cargo-deny", &["deny", "check"], "cargo install --locked cargo-deny"),
    ("cargo-machete", &["machete"], "cargo install --locked cargo-machete"),
    ("typos", &[], "cargo install --locked typos-cli"),
];

pub(super) fn run(
    workspace: &Workspace,
    absence: Absence,
    journal: &mut Journal,
) -> Result<Report> {
    let mut skipped = Vec::new();
    for (tool, arguments, advice) in TOOLS {
        match (on_path(tool), absence) {
            (Some(program), _) => {
                journal.run(command(program).args(arguments).current_dir(workspace.root()))?;
            }
            (None, Absence::Failure) => bail!("{tool} is missing: {advice}"),
            (None, Absence::Named) => skipped.push(tool),
        }
    }
    let detail = if skipped.is_empty() {
        String::new()
    } else {
        format!("SKIPPED, not installed: {}", skipped.join(", "))
    };
    Ok(Report { detail, ..Report::default() })
}
