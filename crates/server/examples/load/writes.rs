//! `CreateMeeting`, which answers when the meeting is durable: one after the other, and many at once.

use std::time::Duration;

use anyhow::Context as _;
use carillon_testkit::process::Service;
use tokio::task::JoinSet;

use crate::{clock, connection::Connection, signer};

/// How many are made in each of the two ways.
const CALLS: usize = 1_000;

/// How many callers there are in the second.
const CALLERS: usize = 16;

pub(crate) async fn run(program: &Service) -> anyhow::Result<()> {
    for callers in [1, CALLERS] {
        let begun = clock::now();
        let mut all = JoinSet::new();
        for caller in 0..callers {
            all.spawn(create(program.address(), callers, caller));
        }
        let mut spans = Vec::with_capacity(CALLS);
        while let Some(some) = all.join_next().await {
            spans.append(&mut some??);
        }
        let whole = clock::now() - begun;
        spans.sort_unstable();
        let millis = |percent: usize| -> anyhow::Result<f64> {
            let place = spans.len().saturating_sub(1) * percent / 100;
            Ok(spans.get(place).context("nothing was made")?.as_secs_f64() * 1_000.0)
        };
        println!(
            "CreateMeeting, durable, {callers} at once: median {:.2} ms, 99th percentile {:.2} ms; {:.0} a second",
            millis(50)?,
            millis(99)?,
            CALLS as f64 / whole.as_secs_f64()
        );
    }
    Ok(())
}

async fn create(
    at: std::net::SocketAddr,
    callers: usize,
    caller: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(at).await?;
    let mut spans = Vec::with_capacity(CALLS / callers);
    for call in 0..CALLS / callers {
        let body = serde_json::json!({
            "ClientRequestToken": format!("{callers}-{caller}-{call}"),
            "MediaRegion": "us-east-1",
            "ExternalMeetingId": "load",
        });
        let request = signer::request(at, "POST", "/meetings", &body.to_string())?;
        let begun = clock::now();
        connection.call(request).await?;
        spans.push(clock::now() - begun);
    }
    Ok(spans)
}
