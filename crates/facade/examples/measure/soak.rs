//! Joins and leaves, and starts and stops a camera, many times over: what is held at the end was held at the start.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use carillon_facade::frame::VideoSize;
use carillon_facade::{SessionEvent, VideoInput};

use crate::attendee::Attendee;
use crate::clock;
use crate::pictures::Scene;
use crate::process::Holdings;
use crate::server::Server;

/// How much more heap may be held at the end than after the first tenth, in KiB.
///
/// 256 KiB over 900 joins are 290 octets each: less than any session, task or socket that is left behind. The packets that
/// are kept to be sent again, and the pools of the runtime, fill by up to 190 KiB and stay there.
const HEAP_TOLERANCE: i64 = 256;

/// How much more memory may be resident, in KiB. Allocators in Rust and C keep what is freed, in pieces: 4 MiB over 900
/// cameras are less than one decoder of these pictures each.
const RESIDENT_TOLERANCE: i64 = 4_096;

/// How long threads that were told to end may take to do so.
const SETTLING: Duration = Duration::from_secs(3);

/// Parts of a round after which it is told how things are.
const PARTS: u32 = 10;

/// Small pictures, since their number is what counts.
const SIZE: VideoSize = VideoSize::new(160, 96);

/// How much to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) joins: u32,
    pub(crate) cameras: u32,
    /// Rounds of both follow each other for so long, and are one at least.
    pub(crate) minutes: u64,
}

pub(crate) async fn run(server: &Server, plan: Plan) -> anyhow::Result<()> {
    let start = clock::now();
    loop {
        joins(server, plan.joins).await?;
        cameras(server, plan.cameras).await?;
        let passed = clock::now().saturating_duration_since(start);
        if passed >= Duration::from_secs(60 * plan.minutes) {
            println!("nothing was left behind in {} s", passed.as_secs());
            return Ok(());
        }
    }
}

async fn joins(server: &Server, joins: u32) -> anyhow::Result<()> {
    let place = server.place("Ada").await?;
    let mut watch = Watch::new("joins", joins);
    for done in 1..=joins {
        let mut attendee = Attendee::new(place.clone());
        attendee.speak(440.0);
        attendee.join().await?;
        attendee.leave().await?;
        watch.look(done).await?;
    }
    watch.judge()
}

/// One starts and stops a camera, and another sees it come and go.
async fn cameras(server: &Server, cameras: u32) -> anyhow::Result<()> {
    let scene = Scene::draw(SIZE, 4)?;
    let mut shows = Attendee::new(server.place("Ada").await?);
    let mut sees = Attendee::new(server.place("Bob").await?);
    shows.join().await?;
    sees.join().await?;
    let mut watch = Watch::new("cameras", cameras);
    for done in 1..=cameras {
        shows.show(VideoInput::Pictures(scene.source()))?;
        sees.wait("picture", |event| match event {
            SessionEvent::TileUpdated(tile) => (tile.active && !tile.local_tile).then_some(()),
            _ => None,
        })
        .await?;
        shows.session.audio_video().stop_local_video_tile();
        sees.wait("end of the pictures", |event| match event {
            SessionEvent::TileRemoved(_) => Some(()),
            _ => None,
        })
        .await?;
        watch.look(done).await?;
    }
    watch.judge()?;
    shows.leave().await?;
    sees.leave().await
}

/// Compares what is held at the end with what was held after a tenth, when everything had been used once.
struct Watch {
    what: &'static str,
    rounds: u32,
    first: Option<Holdings>,
    last: Option<Holdings>,
}

impl Watch {
    const fn new(what: &'static str, rounds: u32) -> Self {
        Self { what, rounds, first: None, last: None }
    }

    async fn look(&mut self, done: u32) -> anyhow::Result<()> {
        if done.is_multiple_of((self.rounds / PARTS).max(1)) {
            let held = self.settled().await?;
            println!("{done} {}: {held}", self.what);
            self.first.get_or_insert(held);
            self.last = Some(held);
        }
        Ok(())
    }

    /// What is held once no more threads are than before, or after they had time to end.
    async fn settled(&self) -> anyhow::Result<Holdings> {
        let deadline = clock::now() + SETTLING;
        loop {
            let held = Holdings::now()?;
            let is_settled = self.first.is_none_or(|first| counts(held) <= counts(first));
            if self.first.is_some() && is_settled || clock::now() >= deadline {
                return Ok(held);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn judge(&self) -> anyhow::Result<()> {
        let first = self.first.context("nothing was done")?;
        let last = self.last.context("nothing was done")?;
        let what = self.what;
        ensure!(last.threads <= first.threads, "threads of {what} did not end");
        ensure!(last.files <= first.files, "files of {what} were not closed");
        ensure!(last.tasks <= first.tasks, "tasks of {what} did not end");
        let heap = last.heap - first.heap;
        ensure!(heap <= HEAP_TOLERANCE, "{what} left {heap} KiB of heap behind");
        let resident = last.resident - first.resident;
        ensure!(resident <= RESIDENT_TOLERANCE, "{what} left {resident} KiB of memory behind");
        Ok(())
    }
}

const fn counts(held: Holdings) -> i64 {
    held.threads + held.files + held.tasks
}
