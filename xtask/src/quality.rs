//! `cargo xtask quality`: how good a voice is that came through a bad network, as docs/quality.md tables it.

use anyhow::{Result, ensure};

use crate::command::{cargo, command, on_path};
use crate::journal::Journal;
use crate::python;
use crate::workspace::Workspace;

/// What lets speech through, what scores it, and what that needs of Python.
const EXAMPLE: &str = "impaired";
const SCORER: &str = "crates/media/examples/impaired.py";
const REQUIREMENTS: &str = "crates/media/examples/requirements.txt";

/// The networks that are scored, when nobody says which.
const CASES: &str =
    "clean,jitter20,jitter40+reorder,loss10,loss10+RED,loss20,loss30,loss30+RED,loss30+RED2,burst";

/// The flags of `cargo xtask quality`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Networks to score, with commas between them
    #[arg(default_value = CASES)]
    cases: String,
    /// How many seeds to take the median of
    #[arg(long, default_value_t = 5)]
    seeds: u32,
}

/// Builds, makes speech, sends it through and scores it; the figures go to standard error, one network a line.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    ensure!(
        on_path("espeak-ng").is_some(),
        "espeak-ng, which speaks the sentences, is missing: on Debian `apt-get install espeak-ng`"
    );
    let mut journal = Journal::Terminal;
    let folder = workspace.target("quality");
    // PESQ comes as C that pip compiles: it wants a C compiler, and Python's headers (python3-dev).
    let requirements = workspace.path(REQUIREMENTS);
    let python = python::environment(&requirements, &folder.join("python"), &mut journal)?;
    let mut build = cargo();
    build.args(["build", "--release", "--package", "carillon-media", "--example", EXAMPLE]);
    journal.run(build.current_dir(workspace.root()))?;
    let mut score = command(python);
    score.arg(workspace.path(SCORER)).arg(workspace.target("release/examples").join(EXAMPLE));
    score.arg(folder.join("speech")).args([&arguments.cases, &arguments.seeds.to_string()]);
    journal.run(&mut score)
}
