//! Memory of sessions that are there, say nothing and see nothing, and hear silence.

use std::time::Duration;

use crate::attendee::Attendee;
use crate::clock;
use crate::process::{Holdings, cpu};
use crate::server::Server;

/// How long the processor is watched.
const WATCHED: Duration = Duration::from_secs(10);

pub(crate) async fn run(server: &Server, sessions: u32) -> anyhow::Result<()> {
    // The first one loads what all of them use.
    let mut first = Attendee::new(server.place("Ada").await?);
    first.join().await?;
    let before = Holdings::now()?;
    println!("one session: {before}");
    let mut there = Vec::new();
    for _ in 0..sessions {
        let mut attendee = Attendee::new(server.place("Bob").await?);
        attendee.join().await?;
        there.push(attendee);
    }
    first.metrics().await?;
    let (start, spent) = (clock::now(), cpu()?);
    tokio::time::sleep(WATCHED).await;
    let passed = clock::now().saturating_duration_since(start).as_secs_f64();
    let spent = cpu()?.saturating_sub(spent).as_secs_f64();
    let after = Holdings::now()?;
    println!("{sessions} more: {after}");
    let each = |after: i64, before: i64| (after - before) / i64::from(sessions).max(1);
    println!(
        "each: {} KiB resident, {} KiB of heap, {:.2} % of a core",
        each(after.resident, before.resident),
        each(after.heap, before.heap),
        100.0 * spent / passed / f64::from(sessions + 1)
    );
    for attendee in there {
        attendee.leave().await?;
    }
    first.leave().await
}
