//! `deps`: licences, advisories, unused dependencies, spelling, by tools that are not everybody's.

use std::process::Command;

use anyhow::{Result, bail};

use super::{Absence, Report};
use crate::command::{cargo, command, on_path};
use crate::journal::Journal;
use crate::workspace::Workspace;

/// Program, arguments, and what installs it.
const TOOLS: [(&str, &[&str], &str); 3] = [
    ("cargo-deny", &["check"], "cargo install --locked cargo-deny"),
    ("cargo-machete", &[], "cargo install --locked cargo-machete"),
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
                let mut run = match tool.strip_prefix("cargo-") {
                    Some(subcommand) => cargo_subcommand(subcommand),
                    None => command(program),
                };
                journal.run(run.args(arguments).current_dir(workspace.root()))?;
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

fn cargo_subcommand(name: &str) -> Command {
    let mut cargo = cargo();
    cargo.arg(name);
    cargo
}
