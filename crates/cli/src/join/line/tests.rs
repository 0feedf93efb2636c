use std::time::Duration;

use carillon_facade::frame::Bitrate;
use carillon_facade::{AttendeeId, Identity, VideoSendMetrics};

use super::*;

/// Every line there is, beside its name. Whoever adds a line adds an example here and in the document.
fn examples() -> Vec<(&'static str, Event)> {
    let ada = || Who {
        attendee: Identity::main(AttendeeId::from_random(1)).to_string(),
        external_user_id: "ada".to_owned(),
    };
    let tile = Tile {
        tile: 3,
        who: ada(),
        local: false,
        content: false,
        active: true,
        paused: None,
        width: Some(1_280),
        height: Some(720),
    };
    let events = vec![
        Event::Connecting { reconnecting: false },
        Event::Started,
        Event::Stopped { status: "Left", failure: false, detail: None },
        Event::Presence { who: ada(), state: "joined" },
        Event::Volume { who: ada(), volume: 0.25 },
        Event::Mute { who: ada(), muted: true },
        Event::Signal { who: ada(), strength: "good" },
        Event::Tile(tile),
        Event::TileRemoved { tile: 3 },
        Event::Data {
            topic: "chat".to_owned(),
            text: Some("hello".to_owned()),
            bytes: 5,
            sender: Some(ada().attendee),
            throttled: false,
        },
        Event::Speakers { attendees: vec![ada().attendee] },
        Event::Videos { videos: vec![Video { who: ada(), unavailable: None }] },
        Event::Share { state: "started" },
        Event::Layers { layers: "low_and_high" },
        Event::Health { state: "poor" },
        Event::Recording { file: format!("{}-1.mp4", ada().attendee) },
        Event::Error { message: "there is no tile 9".to_owned() },
        Event::Stats(Box::new(stats())),
    ];
    events.into_iter().map(|event| (name(&event), event)).collect()
}

fn stats() -> Stats {
    let mut report = MetricsReport::default();
    report.current_round_trip_time = Some(Duration::from_micros(12_500));
    report.upstream_bitrate = Bitrate::from_kbps(1_434);
    report.downstream_bitrate = Bitrate::from_kbps(1_466);
    report.available_outgoing_bitrate = Some(Bitrate::from_kbps(2_800));
    report.audio_packets_received = 50;
    report.audio_speaker_delay = Duration::from_millis(60);
    report.video_upstream = Some(VideoSendMetrics { frames_encoded: 450, ..Default::default() });
    let mut stats = Stats::of(&report);
    stats.level_dbov = -18.5;
    stats.tones_hz = vec![440];
    let size = VideoSize::new(1_280, 720).into();
    stats.pictures =
        vec![Shown { tile: 3, size, frames: 310, freezes: 0, hue: Some(120), counter: Some(309) }];
    stats
}

/// The fixed name of each line: what scripts wait for.
const fn name(event: &Event) -> &'static str {
    match event {
        Event::Connecting { .. } => "connecting",
        Event::Started => "started",
        Event::Stopped { .. } => "stopped",
        Event::Presence { .. } => "presence",
        Event::Volume { .. } => "volume",
        Event::Mute { .. } => "mute",
        Event::Signal { .. } => "signal",
        Event::Tile(_) => "tile",
        Event::TileRemoved { .. } => "tile_removed",
        Event::Data { .. } => "data",
        Event::Speakers { .. } => "speakers",
        Event::Videos { .. } => "videos",
        Event::Share { .. } => "share",
        Event::Layers { .. } => "layers",
        Event::Health { .. } => "health",
        Event::Recording { .. } => "recording",
        Event::Error { .. } => "error",
        Event::Stats(_) => "stats",
    }
}

#[test]
fn every_line_is_as_the_document_shows_it() {
    let document = include_str!("../../../../../docs/join.md");
    for (name, event) in examples() {
        let line = serde_json::to_string(&Line { t_ms: 1_250, event }).unwrap();
        assert!(line.starts_with(&format!(r#"{{"t_ms":1250,"event":"{name}""#)), "{line}");
        assert!(document.lines().any(|shown| shown == line), "docs/join.md does not show\n{line}");
    }
}

#[test]
fn every_member_of_a_line_is_described() {
    let document = include_str!("../../../../../docs/join.md");
    for (_, event) in examples() {
        let line = serde_json::to_value(Line { t_ms: 1_250, event }).unwrap();
        for member in line.as_object().unwrap().keys() {
            assert!(
                document.contains(&format!("`{member}`")),
                "docs/join.md does not name {member}"
            );
        }
    }
}
