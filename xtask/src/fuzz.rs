//! `cargo xtask fuzz`: looks for bytes that break a parser, as long as it is let.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::command::{command, on_path};
use crate::journal::Journal;
use crate::workspace::Workspace;

const FOLDER: &str = "crates/fuzz";

/// The flags of `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One target of crates/fuzz/fuzz_targets, without `.rs`
    target: String,
    /// How long to search, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Searches until the time is up or something broke.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let targets = targets(workspace)?;
    let Arguments { target, seconds } = arguments;
    ensure!(targets.contains(target), "there is no target {target}: try {}", targets.join(", "));
    ensure!(
        on_path("cargo-fuzz").is_some(),
        "cargo-fuzz is missing: `cargo install cargo-fuzz`, and `rustup toolchain install nightly`"
    );
    let mut fuzz = command("rustup");
    fuzz.args(["run", "nightly", "cargo", "fuzz", "run", "--fuzz-dir", FOLDER, target, "--"])
        .arg(format!("-max_total_time={seconds}"))
        .current_dir(workspace.root());
    Journal::Terminal.run(&mut fuzz)
}

/// The names of the targets, sorted.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.path(&format!("{FOLDER}/fuzz_targets"));
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        if let Some(name) = entry?.path().file_stem() {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
