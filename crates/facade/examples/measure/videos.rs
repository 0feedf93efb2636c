//! Many videos at once: what is lost of them between the path and the pictures.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::ensure;
use carillon_facade::frame::{Bitrate, VideoSize};
use carillon_facade::{
    MetricsReport, NScaleVideoUplinkBandwidthPolicy, NoVideoDownlinkBandwidthPolicy, VideoInput,
};

use crate::attendee::Attendee;
use crate::clock;
use crate::pictures::{Film, Scene};
use crate::process::{Holdings, cpu};
use crate::server::{Server, orphaned, place};

/// What the policy sends when there are 25.
const SIZE: VideoSize = VideoSize::new(320, 180);
const BITRATE: Bitrate = Bitrate::from_kbps(250);
const FRAMERATE: u32 = 15;

/// How many seconds all videos may take to come.
const SETTLING: usize = 60;

pub(crate) async fn run(server: &Server, senders: u32, seconds: u64) -> anyhow::Result<()> {
    let mut attendee = Attendee::new(server.place("Ada").await?);
    attendee.join().await?;
    let companion = server.companion(&["videos-peer", &senders.to_string()])?;
    let mut first = attendee.metrics().await?;
    for _ in 0..SETTLING {
        first = attendee.metrics().await?;
        let flowing = first.video_downstream.values().filter(|video| video.frames_decoded > 0);
        if flowing.count() >= senders as usize {
            break;
        }
    }
    let videos = first.video_downstream.len();
    ensure!(videos >= senders as usize, "only {videos} of {senders} videos came");
    // Joining disturbs: those who came are given key frames again.
    for _ in 0..3 {
        first = attendee.metrics().await?;
    }
    let (start, spent) = (clock::now(), cpu()?);
    let mut last = first.clone();
    while clock::now().saturating_duration_since(start) < Duration::from_secs(seconds) {
        last = attendee.metrics().await?;
    }
    let passed = clock::now().saturating_duration_since(start).as_secs_f64();
    let spent = cpu()?.saturating_sub(spent).as_secs_f64();
    let [frames, asked, freezes] = [frames, asked, freezes].map(|of| of(&last) - of(&first));
    println!(
        "{videos} videos over {passed:.0} s: {:.1} pictures/s each, {frames} in all, {freezes} freezes",
        frames as f64 / passed / f64::from(senders)
    );
    println!(
        "{} requests for lost packets, {asked} for key frames; {:.2} Mb/s; {:.1} % of a core",
        last.nack_count_sent - first.nack_count_sent,
        last.downstream_bitrate.bps() as f64 / 1e6,
        100.0 * spent / passed
    );
    println!("{}", Holdings::now()?);
    drop(companion);
    attendee.leave().await
}

/// Those who send.
pub(crate) async fn peer(address: SocketAddr, senders: u32) -> anyhow::Result<()> {
    let film = Film::of(&Scene::draw(SIZE, 45)?, FRAMERATE, BITRATE)?;
    let mut there = Vec::new();
    for _ in 0..senders {
        let mut attendee = Attendee::new(place(address, "Bob").await?);
        let audio_video = attendee.session.audio_video();
        audio_video.set_video_downlink_policy(Box::new(NoVideoDownlinkBandwidthPolicy));
        let policy = NScaleVideoUplinkBandwidthPolicy::with_framerate(FRAMERATE);
        audio_video.set_video_uplink_policy(Box::new(policy));
        attendee.show(VideoInput::Encoded(film.source()))?;
        attendee.join().await?;
        there.push(attendee);
    }
    orphaned().await
}

fn frames(report: &MetricsReport) -> u64 {
    report.video_downstream.values().map(|video| video.frames_decoded).sum()
}

fn asked(report: &MetricsReport) -> u64 {
    report.video_downstream.values().map(|video| video.key_frames_requested).sum()
}

fn freezes(report: &MetricsReport) -> u64 {
    report.video_downstream.values().map(|video| video.freezes).sum()
}
