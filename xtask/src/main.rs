//! Automation of the workspace, written in Rust so that it runs wherever cargo runs.
//!
//! One subcommand a file, and one check of `cargo xtask ci` a file under `ci/`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talking to a person is its job")]

mod bench;
mod chaos;
mod ci;
mod clock;
mod command;
mod demo;
mod fuzz;
mod golden;
mod journal;
mod measure;
mod python;
mod quality;
mod setup;
mod soak;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::journal::Journal;
use crate::setup::Purpose;
use crate::workspace::Workspace;

const LONG_ABOUT: &str = "\
Builds, checks and demonstrates Carillon.

A newcomer needs two of these:

  cargo xtask demo    installs what is missing, builds, and serves the demo page
  cargo xtask ci      runs everything that must be green before a change lands

Both work on a clean checkout and may be repeated at any time.";

const EXAMPLES: &str = "\
Examples:
  cargo xtask demo --listen 127.0.0.1:9000    the demo on another port
  cargo xtask ci --only clippy                one check alone
  cargo xtask ci --from test                  the rest of a run, after mending what was red
  cargo xtask ci --full --strict              as before a release
  cargo xtask bench mix_tick                  one benchmark and its medians
  cargo xtask measure call 30                 what a call costs the native client
  cargo xtask measure api                     how fast the API answers, and starts again";

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Builds, checks and demonstrates Carillon")]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the service with its page and serves it in development mode until Ctrl-C
    Demo(demo::Arguments),
    /// Runs the checks in order, a line each, and stops at the first red one
    Ci(ci::Arguments),
    /// Installs what building and checking need and this machine lacks
    Setup,
    /// Bundles the demo page into crates/server/web/dist
    Web(web::Arguments),
    /// Explains the recorded conversations of the browser client, and renews them
    Golden(golden::Arguments),
    /// Runs the benchmarks and prints a table of their medians
    Bench(bench::Arguments),
    /// Measures the native client, or the API, of a server in a process of its own
    Measure(measure::Arguments),
    /// Joins and leaves, starts and stops a camera, many times, and fails when something is left behind
    Soak(soak::Arguments),
    /// Fills the disk under a running service, and compares what was acknowledged with what is there
    Chaos,
    /// Scores speech that came through bad networks, with PESQ and STOI
    Quality(quality::Arguments),
    /// Looks for bytes that break a parser; wants a nightly toolchain and cargo-fuzz
    Fuzz(fuzz::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::load()?;
    let mut terminal = Journal::Terminal;
    match task {
        Task::Demo(arguments) => return demo::run(&workspace, &arguments),
        Task::Ci(arguments) => return ci::run(&workspace, &arguments),
        Task::Setup => setup::run(Purpose::Ci, &mut terminal)?,
        Task::Web(arguments) => web::task(&workspace, &arguments, &mut terminal)?,
        Task::Golden(arguments) => golden::run(&workspace, &arguments, &mut terminal)?,
        Task::Bench(arguments) => bench::run(&workspace, &arguments)?,
        Task::Measure(arguments) => measure::run(&workspace, &arguments)?,
        Task::Soak(arguments) => soak::run(&workspace, &arguments)?,
        Task::Chaos => chaos::run(&workspace)?,
        Task::Quality(arguments) => quality::run(&workspace, &arguments)?,
        Task::Fuzz(arguments) => fuzz::run(&workspace, &arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}
