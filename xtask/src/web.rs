//! `cargo xtask web`: bundles the demo page.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, ensure};

use crate::command::command;
use crate::journal::Journal;
use crate::workspace::Workspace;

const FOLDER: &str = "crates/server/web";

/// Fetches the page's packages when the lock file asks for it, and bundles the page.
pub(crate) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<()> {
    let folder = workspace.path(FOLDER);
    npm_ci(&folder, journal)?;
    journal.run(command("npm").args(["run", "build"]).current_dir(&folder))?;
    let page = folder.join("dist/index.html");
    ensure!(page.is_file(), "the bundle has no {}", page.display());
    Ok(())
}

/// Checks the types of the page's code, which bundling does not look at.
pub(crate) fn check(workspace: &Workspace, journal: &mut Journal) -> Result<()> {
    journal.run(command("npm").args(["run", "check"]).current_dir(workspace.path(FOLDER)))
}

/// Installs the locked npm packages of a folder unless they are there already.
pub(crate) fn npm_ci(folder: &Path, journal: &mut Journal) -> Result<()> {
    // npm writes this file when it has finished installing.
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&folder.join("package-lock.json")) {
        return Ok(());
    }
    journal.run(command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
