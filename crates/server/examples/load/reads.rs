//! `GetMeeting`, as fast as one core of the service answers it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use carillon_testkit::process::{Service, cpu};
use tokio::task::JoinSet;

use crate::{
    clock,
    connection::{Connection, meeting_id},
    signer,
};

/// How often a connection signs anew; the caller's core is to keep up with the service's.
const CALLS_WITH_A_SIGNATURE: u32 = 16;

pub(crate) async fn run(program: &Service, connections: u32, seconds: u32) -> anyhow::Result<()> {
    let at = program.address();
    let body =
        r#"{"ClientRequestToken":"read","MediaRegion":"us-east-1","ExternalMeetingId":"load"}"#;
    let made =
        Connection::open(at).await?.call(signer::request(at, "POST", "/meetings", body)?).await?;
    let path = format!("/meetings/{}", meeting_id(&made)?);
    let (begun, spent) = (clock::now(), cpu(&program.proc())?.1);
    let end = begun + Duration::from_secs(u64::from(seconds));
    let mut all = JoinSet::new();
    for _ in 0..connections {
        all.spawn(read(at, path.clone(), end));
    }
    let mut calls = 0_u64;
    while let Some(some) = all.join_next().await {
        calls += some??;
    }
    let whole = (clock::now() - begun).as_secs_f64();
    let cpu = (cpu(&program.proc())?.1 - spent).as_secs_f64();
    let calls = calls as f64;
    println!(
        "GetMeeting, verified, {connections} connections: {:.0} a second; of the service's core {:.0} %, {:.1} µs for each",
        calls / whole,
        100.0 * cpu / whole,
        1e6 * cpu / calls
    );
    Ok(())
}

async fn read(at: SocketAddr, path: String, end: Instant) -> anyhow::Result<u64> {
    let mut connection = Connection::open(at).await?;
    let mut calls = 0;
    while clock::now() < end {
        let request = signer::request(at, "GET", &path, "")?;
        for _ in 0..CALLS_WITH_A_SIGNATURE {
            connection.call(request.clone()).await?;
            calls += 1;
        }
    }
    Ok(calls)
}
