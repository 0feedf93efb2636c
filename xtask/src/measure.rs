//! `cargo xtask measure`: what the native client costs, as the tables of docs/performance.md want it.

use std::process::Command;

use anyhow::Result;

use crate::command::{cargo, command};
use crate::journal::Journal;
use crate::workspace::Workspace;

/// Names the server's program to the measuring one.
const PROGRAM_VARIABLE: &str = "CARILLON_BIN";

/// The flags of `cargo xtask measure`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum What {
    /// One client of a call of two at 720p30: processor, memory
    Call {
        /// How long to watch
        #[arg(default_value_t = 30)]
        seconds: u32,
    },
    /// From mouth to ear
    Delay {
        /// How many meetings, with twelve clicks each
        #[arg(default_value_t = 10)]
        rounds: u32,
    },
    /// From start() to started
    Start {
        /// How many joins
        #[arg(default_value_t = 20)]
        times: u32,
    },
    /// Memory of sessions that say nothing
    Idle {
        /// How many sessions
        #[arg(default_value_t = 100)]
        sessions: u32,
    },
    /// What is lost of many videos
    Videos {
        /// How many
        #[arg(default_value_t = 25)]
        senders: u32,
        /// How long to watch
        #[arg(default_value_t = 30)]
        seconds: u32,
    },
}

/// Builds everything as it is shipped, and measures.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let words = match arguments.what {
        What::Call { seconds } => vec!["call".to_owned(), seconds.to_string()],
        What::Delay { rounds } => vec!["delay".to_owned(), rounds.to_string()],
        What::Start { times } => vec!["start".to_owned(), times.to_string()],
        What::Idle { sessions } => vec!["idle".to_owned(), sessions.to_string()],
        What::Videos { senders, seconds } => {
            vec!["videos".to_owned(), senders.to_string(), seconds.to_string()]
        }
    };
    Journal::Terminal.run(program(workspace)?.args(words))
}

/// Builds the server and the program that measures, and prepares the latter to find the former.
pub(crate) fn program(workspace: &Workspace) -> Result<Command> {
    let mut build = cargo();
    build.args(["build", "--release", "--package", "carillon-cli", "--package", "carillon-facade"]);
    build.args(["--bin", "carillon", "--example", "measure"]);
    Journal::Terminal.run(build.current_dir(workspace.root()))?;
    let mut program = command(workspace.target("release/examples/measure"));
    program.env(PROGRAM_VARIABLE, workspace.target("release/carillon"));
    Ok(program)
}
