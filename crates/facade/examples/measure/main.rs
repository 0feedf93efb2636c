//! Measures the native client against a server in a process of its own: `measure WHAT`.
//!
//! `cargo xtask measure` and `cargo xtask soak` build it and run it; docs/performance.md has the figures.
#![expect(clippy::print_stdout, reason = "a program for people to read")]
#![expect(clippy::wildcard_enum_match_arm, reason = "of a session's events only few matter here")]

mod attendee;
mod call;
mod clock;
mod delay;
mod figures;
mod idle;
mod pictures;
mod process;
mod server;
mod soak;
mod start;
mod videos;

use std::str::FromStr;

use anyhow::{Context as _, bail};
use carillon_testkit::alloc::CountingAllocator;

use self::server::Server;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const USAGE: &str = "\
usage: CARILLON_BIN=PATH measure WHAT

  soak JOINS CAMERAS MINUTES   joins and leaves, starts and stops a camera, and fails when something is left behind
  call SECONDS                 the cost of a call of two at 720p30
  delay ROUNDS                 from mouth to ear
  start TIMES                  from start() to started
  idle SESSIONS                memory of sessions that say nothing
  videos SENDERS SECONDS       what is lost of many videos";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    tokio::runtime::Runtime::new()?.block_on(async {
        match words.as_slice() {
            ["soak", joins, cameras, minutes] => {
                let plan = soak::Plan {
                    joins: number(joins)?,
                    cameras: number(cameras)?,
                    minutes: number(minutes)?,
                };
                soak::run(&Server::start()?, plan).await
            }
            ["call", seconds] => call::run(&Server::start()?, number(seconds)?).await,
            ["delay", rounds] => delay::run(&Server::start()?, number(rounds)?).await,
            ["start", times] => start::run(&Server::start()?, number(times)?).await,
            ["idle", sessions] => idle::run(&Server::start()?, number(sessions)?).await,
            ["videos", senders, seconds] => {
                videos::run(&Server::start()?, number(senders)?, number(seconds)?).await
            }
            // What those above start beside themselves.
            ["call-peer", address] => call::peer(address.parse()?).await,
            ["videos-peer", address, senders] => {
                videos::peer(address.parse()?, number(senders)?).await
            }
            _ => bail!(USAGE),
        }
    })
}

fn number<T: FromStr>(word: &str) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    word.parse().with_context(|| format!("{word} is no number that fits here\n\n{USAGE}"))
}
