//! The `carillon` program: the whole service in one process.

mod serve;

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
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Serve(serve) => serve.run(),
    }
}
