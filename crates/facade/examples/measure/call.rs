//! One call of two at 720p30: what one client costs.
//!
//! Drawing and showing pictures are not counted: a short loop of them is drawn beforehand, and nobody looks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use carillon_facade::frame::{Bitrate, VideoSize};
use carillon_facade::{MetricsReport, SessionEvent, VideoInput};

use crate::attendee::Attendee;
use crate::clock;
use crate::pictures::Scene;
use crate::process::{Holdings, cpu, cpu_of_threads};
use crate::server::{Server, orphaned, place};

const SIZE: VideoSize = VideoSize::new(1_280, 720);

/// How many pictures there are: enough to have moved, and few enough to know what they hold: 1,350 KiB each.
const PICTURES: u32 = 8;
const PICTURE_KIB: i64 = 1_350;

/// Both ways are to carry this before anything is measured; the policy's aim is 1.5 Mb/s.
const UNDER_WAY: Bitrate = Bitrate::from_kbps(1_300);

/// How many seconds that may take: the estimate of a path grows by some percent a second.
const SETTLING: usize = 30;

pub(crate) async fn run(server: &Server, seconds: u64) -> anyhow::Result<()> {
    let scene = Scene::draw(SIZE, PICTURES)?;
    let companion = server.companion(&["call-peer"])?;
    let mut attendee = Attendee::new(server.place("Ada").await?);
    attendee.speak(440.0);
    attendee.show(VideoInput::Pictures(scene.source()))?;
    attendee.join().await?;
    attendee
        .wait("picture", |event| match event {
            SessionEvent::TileUpdated(tile) => (tile.active && !tile.local_tile).then_some(()),
            _ => None,
        })
        .await?;
    for _ in 0..SETTLING {
        let report = attendee.metrics().await?;
        if report.upstream_bitrate.min(report.downstream_bitrate) >= UNDER_WAY {
            break;
        }
    }
    let first = attendee.metrics().await?;
    let (start, before, threads) = (clock::now(), cpu()?, cpu_of_threads()?);
    let mut reports = Vec::new();
    while clock::now().saturating_duration_since(start) < Duration::from_secs(seconds) {
        reports.push(attendee.metrics().await?);
    }
    let passed = clock::now().saturating_duration_since(start);
    let share = |spent: Duration| 100.0 * spent.as_secs_f64() / passed.as_secs_f64();
    println!("{:.1} % of a core over {} s", share(cpu()?.saturating_sub(before)), passed.as_secs());
    print_threads(&threads, &cpu_of_threads()?, share);
    let held = Holdings::now()?;
    let drawn = i64::from(PICTURES) * PICTURE_KIB;
    println!(
        "{} MiB without the pictures drawn beforehand; {held}",
        (held.resident - drawn) / 1_024
    );
    print_flow(&first, &reports, passed);
    drop(companion);
    attendee.leave().await
}

/// The other side of the call.
pub(crate) async fn peer(address: SocketAddr) -> anyhow::Result<()> {
    let scene = Scene::draw(SIZE, PICTURES)?;
    let mut attendee = Attendee::new(place(address, "Bob").await?);
    attendee.speak(880.0);
    attendee.show(VideoInput::Pictures(scene.source()))?;
    attendee.join().await?;
    orphaned().await
}

fn print_threads(
    before: &BTreeMap<String, Duration>,
    after: &BTreeMap<String, Duration>,
    share: impl Fn(Duration) -> f64,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let spent = |of: &BTreeMap<String, Duration>| of.get(name).copied().unwrap_or_default();
        println!("  {:.1} % {name}", share(spent(after).saturating_sub(spent(before))));
    }
}

fn print_flow(first: &MetricsReport, reports: &[MetricsReport], passed: Duration) {
    let Some(last) = reports.last() else { return };
    let mean = |of: fn(&MetricsReport) -> u64| {
        reports.iter().map(of).sum::<u64>() as f64 / reports.len().max(1) as f64
    };
    let up = mean(|report| report.upstream_bitrate.bps()) / 1e6;
    let down = mean(|report| report.downstream_bitrate.bps()) / 1e6;
    let encoded = mean(|report| report.video_upstream.map_or(0, |video| video.frames_encoded));
    println!("sent {up:.2} Mb/s, {encoded:.1} pictures/s: {:?}", last.video_upstream);
    for (identity, video) in &last.video_downstream {
        let before = first.video_downstream.get(identity).copied().unwrap_or_default();
        let decoded = video.frames_decoded.saturating_sub(before.frames_decoded);
        let rate = decoded as f64 / passed.as_secs_f64();
        println!("received {down:.2} Mb/s, {rate:.1} pictures/s: {video:?}");
    }
}
