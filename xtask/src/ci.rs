//! `cargo xtask ci`: everything that must be green, in the order of `docs/adr/0003-order-of-ci-steps.md`.

mod api;
mod browser;
mod clippy;
mod deps;
mod doc;
mod features;
mod fmt;
mod layers;
mod program;
mod tally;
mod test;
mod tidy;
mod vendor;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::journal::Journal;
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;
use crate::{clock, web};
use tally::Tally;

/// The flags of `cargo xtask ci`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Adds the steps `features`, `deps` and `vendor`
    #[arg(long)]
    full: bool,
    /// Makes the absence of an optional tool a failure
    #[arg(long)]
    strict: bool,
    /// Starts at this step
    #[arg(long, value_name = "STEP", hide_possible_values = true)]
    from: Option<Step>,
    /// Runs this step alone
    #[arg(long, value_name = "STEP", conflicts_with = "from")]
    only: Option<Step>,
}

/// One check, in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Step {
    /// What the other steps need is installed
    Setup,
    /// The code is formatted
    Fmt,
    /// Dependencies between crates follow the architecture, and manifests inherit from the workspace
    Layers,
    /// House rules that no other tool checks
    Tidy,
    /// The demo page bundles
    Web,
    /// No lint fires, in any target
    Clippy,
    /// Unit, integration and documentation tests
    Test,
    /// AWS SDKs against the built program
    Api,
    /// The browser SDK against the built program
    Browser,
    /// The documentation builds without a warning
    Doc,
    /// Each crate builds alone with its default features off (with --full)
    Features,
    /// Licences, advisories, unused dependencies, spelling (with --full)
    Deps,
    /// A program of its own builds with the client facade and vendored sources, offline (with --full)
    Vendor,
}

/// What a green step adds to its line, and to the count of tests.
#[derive(Debug, Default)]
struct Report {
    detail: String,
    tests: Tally,
}

/// What to do about an optional tool that is not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absence {
    Named,
    Failure,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, workspace: &Workspace, absence: Absence, journal: &mut Journal) -> Result<Report> {
        match self {
            Self::Setup => setup::run(Purpose::Ci, journal).map(|()| Report::default()),
            Self::Fmt => fmt::run(workspace, journal),
            Self::Layers => layers::run(workspace, journal),
            Self::Tidy => tidy::run(workspace, journal),
            Self::Web => {
                web::run(workspace, journal)?;
                web::check(workspace, journal).map(|()| Report::default())
            }
            Self::Clippy => clippy::run(workspace, journal),
            Self::Test => test::run(workspace, journal),
            Self::Api => api::run(workspace, journal),
            Self::Browser => browser::run(workspace, journal),
            Self::Doc => doc::run(workspace, journal),
            Self::Features => features::run(workspace, journal),
            Self::Deps => deps::run(workspace, absence, journal),
            Self::Vendor => vendor::run(workspace, journal),
        }
    }
}

impl Arguments {
    fn steps(&self) -> Vec<Step> {
        let wanted = |step: &Step| match (self.only, self.from) {
            (Some(only), _) => *step == only,
            (None, Some(from)) => *step >= from && (self.full || *step < Step::Features),
            (None, None) => self.full || *step < Step::Features,
        };
        Step::value_variants().iter().copied().filter(wanted).collect()
    }
}

/// Lines of a red step's log that are shown.
const TAIL_LINES: usize = 60;

/// Runs the steps until one is red, and ends with the number of tests that passed and failed.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let steps = arguments.steps();
    ensure!(!steps.is_empty(), "no step to run: `features`, `deps` and `vendor` want --full");
    let absence = if arguments.strict { Absence::Failure } else { Absence::Named };
    let started = clock::now();
    let mut tests = Tally::default();
    let mut code = ExitCode::SUCCESS;
    for step in steps {
        let (tally, green) = run_step(step, workspace, absence)?;
        tests = tests + tally;
        if !green {
            code = ExitCode::FAILURE;
            break;
        }
    }
    println!("total     {}", seconds(started));
    if tests != Tally::default() {
        println!("{tests}");
    }
    Ok(code)
}

fn run_step(step: Step, workspace: &Workspace, absence: Absence) -> Result<(Tally, bool)> {
    let name = step.name();
    let mut journal = Journal::log(workspace.target(&format!("ci/{name}.log")))?;
    print!("{name:<9} ");
    io::stdout().flush()?;
    let started = clock::now();
    let result = step.run(workspace, absence, &mut journal);
    let duration = seconds(started);
    match result {
        Ok(report) => {
            println!("{}", format!("ok      {duration}  {}", report.detail).trim_end());
            Ok((report.tests, true))
        }
        Err(error) => {
            println!("FAILED  {duration}");
            journal.note(&format!("{error:#}"))?;
            show_failure(&name, absence, &journal)?;
            Ok((Tally::count(&journal.text()?), false))
        }
    }
}

fn show_failure(name: &str, absence: Absence, journal: &Journal) -> Result<()> {
    let text = journal.text()?;
    let lines: Vec<_> = text.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)) {
        println!("  {line}");
    }
    if let Some(path) = journal.path() {
        println!("log:    {}", path.display());
    }
    let strict = if absence == Absence::Failure { " --strict" } else { "" };
    println!("again:  cargo xtask ci --only {name}{strict}");
    Ok(())
}

fn seconds(started: std::time::Instant) -> String {
    format!("{:>7.1} s", clock::now().duration_since(started).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(full: bool, from: Option<Step>, only: Option<Step>) -> Arguments {
        Arguments { full, strict: false, from, only }
    }

    #[test]
    fn plain_run_leaves_out_the_steps_of_a_full_one() {
        let steps = arguments(false, None, None).steps();
        assert_eq!(steps.first(), Some(&Step::Setup));
        assert_eq!(steps.last(), Some(&Step::Doc));
        assert_eq!(arguments(true, None, None).steps().last(), Some(&Step::Vendor));
    }

    #[test]
    fn page_is_bundled_before_anything_that_embeds_it() {
        assert!(Step::Web < Step::Clippy && Step::Web < Step::Test && Step::Web < Step::Doc);
    }

    #[test]
    fn single_step_runs_alone_even_when_it_belongs_to_a_full_run() {
        assert_eq!(arguments(false, None, Some(Step::Deps)).steps(), [Step::Deps]);
        let rest = arguments(false, Some(Step::Browser), None).steps();
        assert_eq!(rest, [Step::Browser, Step::Doc]);
    }
}
