//! `cargo xtask web`: bundles the demo page, and takes pictures of it.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};

use crate::command::{cargo, command};
use crate::journal::Journal;
use crate::setup::{self, CHROMIUM_VARIABLE};
use crate::workspace::Workspace;

const FOLDER: &str = "crates/server/web";
const BROWSERS: &str = "crates/e2e/browser";
/// Where the pictures go, in the target folder.
const PICTURES: &str = "screenshots";
/// Names the program to the browsers' rig.
const PROGRAM_VARIABLE: &str = "CARILLON_BIN";

/// The flags of `cargo xtask web`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Also takes pictures of the page, large and small, light and dark, into target/screenshots
    #[arg(long)]
    screenshots: bool,
}

/// Bundles the page, and takes pictures of it if asked to.
pub(crate) fn task(
    workspace: &Workspace,
    arguments: &Arguments,
    journal: &mut Journal,
) -> Result<()> {
    run(workspace, journal)?;
    if arguments.screenshots { screenshots(workspace, journal) } else { Ok(()) }
}

/// Builds the service and lets three browsers meet on its page.
fn screenshots(workspace: &Workspace, journal: &mut Journal) -> Result<()> {
    let build = ["build", "--package", "carillon-cli", "--features", "web"];
    journal.run(cargo().args(build).current_dir(workspace.root()))?;
    let chromium = setup::chromium().context("no Chromium: cargo xtask setup")?;
    let browsers = workspace.path(BROWSERS);
    npm_ci(&browsers, journal)?;
    let pictures = workspace.target(PICTURES);
    let mut rig = command("node");
    rig.arg("rig/screenshots.js").arg(&pictures).current_dir(browsers);
    rig.env(PROGRAM_VARIABLE, workspace.target("debug/carillon")).env(CHROMIUM_VARIABLE, chromium);
    journal.run(&mut rig)?;
    journal.note(&format!("pictures: {}", pictures.display()))
}

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
