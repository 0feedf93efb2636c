//! `cargo xtask soak`: nothing is left behind by sessions and cameras that come and go.

use anyhow::Result;

use crate::journal::Journal;
use crate::measure::Program;
use crate::workspace::Workspace;

/// The flags of `cargo xtask soak`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How often to join and leave
    #[arg(long, default_value_t = 1_000)]
    joins: u32,
    /// How often to start and stop a camera
    #[arg(long, default_value_t = 1_000)]
    cameras: u32,
    /// Do it over and over for so long; once when absent
    #[arg(long, default_value_t = 0)]
    minutes: u32,
}

/// Fails when memory, threads, files or tasks are more at the end than they were after a tenth.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let Arguments { joins, cameras, minutes } = arguments;
    let mut program = Program::CLIENT.build(workspace)?;
    program.arg("soak").args([joins, cameras, minutes].map(u32::to_string));
    Journal::Terminal.run(&mut program)
}
