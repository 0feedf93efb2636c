//! `cargo xtask measure`: what the native client and the API cost, as the tables of docs/performance.md want it.

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
    /// The API of a service on one core: changes, reads, and a restart that finds many meetings
    Api {
        /// How many connections read at once
        #[arg(default_value_t = 32)]
        connections: u32,
        /// How long they read
        #[arg(default_value_t = 10)]
        seconds: u32,
        /// How many meetings are there at the restart
        #[arg(default_value_t = 10_000)]
        meetings: u32,
    },
}

/// A program that measures: an example of a package.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    package: &'static str,
    example: &'static str,
}

impl Program {
    /// Measures the native client.
    pub(crate) const CLIENT: Self = Self { package: "carillon-facade", example: "measure" };
    /// Measures the API.
    const API: Self = Self { package: "carillon-server", example: "load" };

    /// Builds it and the server as they are shipped, and prepares it to find the server.
    pub(crate) fn build(self, workspace: &Workspace) -> Result<Command> {
        let mut build = cargo();
        build.args(["build", "--release", "--package", "carillon-cli", "--package", self.package]);
        build.args(["--bin", "carillon", "--example", self.example]);
        Journal::Terminal.run(build.current_dir(workspace.root()))?;
        let mut program = command(workspace.target("release/examples").join(self.example));
        program.env(PROGRAM_VARIABLE, workspace.target("release/carillon"));
        Ok(program)
    }
}

/// Builds everything as it is shipped, and measures.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let words = |name: &str, numbers: &[u32]| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(numbers.iter().map(u32::to_string)).collect()
    };
    let (program, words) = match arguments.what {
        What::Call { seconds } => (Program::CLIENT, words("call", &[seconds])),
        What::Delay { rounds } => (Program::CLIENT, words("delay", &[rounds])),
        What::Start { times } => (Program::CLIENT, words("start", &[times])),
        What::Idle { sessions } => (Program::CLIENT, words("idle", &[sessions])),
        What::Videos { senders, seconds } => {
            (Program::CLIENT, words("videos", &[senders, seconds]))
        }
        What::Api { connections, seconds, meetings } => {
            (Program::API, words("api", &[connections, seconds, meetings]))
        }
    };
    Journal::Terminal.run(program.build(workspace)?.args(words))
}
