//! `cargo xtask chaos`: what a service does when the machine fails it; the tests that want rights which ci may not have.

use anyhow::{Result, ensure};

use crate::command::{cargo, command, on_path};
use crate::journal::Journal;
use crate::python;
use crate::workspace::Workspace;

/// The tests, and the suite whose service and Python they share.
const TESTS: &str = "chaos/full_disk.py";
const SUITE: &str = "crates/e2e/api";

/// Fills a small disk under a running service, and makes room again; wants to mount, as root or in a user's namespace.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure!(
        on_path("unshare").is_some(),
        "unshare, which gives the service a disk of its own, is missing: it is part of util-linux, for Linux"
    );
    let mut journal = Journal::Terminal;
    let build = ["build", "--package", "carillon-cli", "--no-default-features"];
    journal.run(cargo().args(build).current_dir(workspace.root()))?;
    let suite = workspace.path(SUITE);
    let python = python::environment(
        &suite.join("requirements.txt"),
        &workspace.target("ci/python"),
        &mut journal,
    )?;
    let mut tests = command(python);
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS]).current_dir(&suite);
    tests.env("PYTHONPATH", &suite).env("CARILLON_BIN", workspace.target("debug/carillon"));
    journal.run(&mut tests)
}
