//! From `start()` to started.

use crate::attendee::Attendee;
use crate::clock;
use crate::figures::{Spans, millis};
use crate::server::Server;

pub(crate) async fn run(server: &Server, times: u32) -> anyhow::Result<()> {
    let place = server.place("Ada").await?;
    let mut spans = Vec::new();
    for _ in 0..times {
        let mut attendee = Attendee::new(place.clone());
        let start = clock::now();
        attendee.join().await?;
        spans.push(clock::now().saturating_duration_since(start));
        attendee.leave().await?;
    }
    let spans = Spans::of(spans);
    let [least, median, most] = [0, 50, 100].map(|percent| millis(spans.percentile(percent)));
    println!(
        "start() to started: median {median:.1} ms, {least:.1} to {most:.1} ms, of {}",
        spans.count()
    );
    Ok(())
}
