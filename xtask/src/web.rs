//! `cargo xtask web`: bundles the demo page.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Result, ensure};

use crate::command::command;
use crate::journal::Journal;
use crate::workspace::Workspace;

/// Fetches the page's packages when the lock file asks for it, and bundles the page.
pub(crate) fn run(workspace: &Workspace, journal: &mut Journal) -> Result<()> {
    let folder = workspace.path("crates/server/web");
    npm_ci(&folder, journal)?;
    journal.run(command("npm").args(["run", "build"]).current_dir(&folder))?;
    let page = folder.join("dist/index.html");
    ensure!(page.is_file(), "the bundle has no {}", page.display());
    Ok(())
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
