//! The `carillon` program: the whole service in one process, and clients of it.

#[cfg(feature = "client")]
mod bots;
#[cfg(feature = "client")]
mod clock;
#[cfg(feature = "client")]
mod figure;
#[cfg(feature = "client")]
mod join;
mod serve;
mod signals;
#[cfg(feature = "client")]
mod telemetry;

use std::{io::Write as _, process::ExitCode};

use carillon_server::StartError;
use clap::{Parser, Subcommand};

/// A self-hosted meetings service that speaks the protocols of the Amazon Chime SDK.
///
/// Point an AWS SDK and unmodified amazon-chime-sdk-js browsers at it:
///
///     carillon serve --dev
///
///     aws --endpoint-url http://127.0.0.1:8080 chime-sdk-meetings create-meeting …
#[derive(Parser)]
#[command(name = "carillon", version, verbatim_doc_comment)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    #[cfg(feature = "client")]
    Join(join::Join),
    #[cfg(feature = "client")]
    Bots(bots::Bots),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(serve) => serve.run(),
        #[cfg(feature = "client")]
        Command::Join(join) => join.run(),
        #[cfg(feature = "client")]
        Command::Bots(bots) => bots.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Says in one line what is wrong, with its causes, and what can be done about it.
fn complain(error: &anyhow::Error) {
    let advice = error.downcast_ref().map_or("", StartError::advice);
    let text = format!("{error:#}").lines().collect::<Vec<_>>().join(" ");
    let separator = if advice.is_empty() { "" } else { "; " };
    // Where nobody listens, nobody can be told so.
    drop(writeln!(std::io::stderr(), "carillon: {text}{separator}{advice}"));
}
