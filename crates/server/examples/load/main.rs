//! Loads the control plane of a service in a process of its own, over HTTP and signed as SDKs sign: `load api`.
//!
//! `cargo xtask measure api` builds it and runs it; docs/performance.md has the figures.
#![expect(clippy::print_stdout, reason = "a program for people to read")]

mod clock;
mod connection;
mod held;
mod program;
mod reads;
mod signer;
mod writes;

const USAGE: &str = "usage: CARILLON_BIN=PATH load api CONNECTIONS SECONDS MEETINGS";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, connections, seconds, meetings] = words.as_slice() else { anyhow::bail!(USAGE) };
    anyhow::ensure!(what == "api", USAGE);
    let (connections, seconds, meetings) =
        (connections.parse()?, seconds.parse()?, meetings.parse()?);
    // One thread makes all calls, so that the service has a core to itself where there are two.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let folder = tempfile::tempdir()?;
        let program = program::start(folder.path())?;
        writes::run(&program).await?;
        reads::run(&program, connections, seconds).await?;
        held::run(program, folder.path(), meetings).await
    })
}
