//! `carillon join`: what it records, and how it ends.

use std::path::Path;

use carillon_devices::file::{OggOpusSource, Repeat};
use carillon_facade::{
    frame::{Captured, EncodedAudioSource as _},
    media::{
        h264::H264Decoder,
        opus::OpusDecoder,
        pattern::{Hue, dominant_colour},
    },
};
use carillon_testkit::ear::Ear;
use serde_json::Value;

use crate::{
    api::{attendee, delete_meeting, meeting, place},
    client::Client,
    process::{Program, carillon},
    video_file::access_units,
};

/// Twenty milliseconds each: half a second in the middle of what was heard.
const FRAMES: usize = 25;

fn is_near(told: &Value, hertz: u64) -> bool {
    told["tones_hz"].as_array().is_some_and(|tones| {
        tones.len() == 1 && tones[0].as_u64().is_some_and(|tone| tone.abs_diff(hertz) <= 6)
    })
}

fn is_hue(told: &Value, hue: u16) -> bool {
    let seen = told["hue"].as_u64().and_then(|hue| u16::try_from(hue).ok());
    seen.is_some_and(|seen| Hue::new(seen).distance(Hue::new(hue)) < 20)
}

/// Whether figures tell of this tone and both pictures, for the second time at least.
fn hears_and_sees(told: &Value) -> bool {
    let pictures = told["pictures"].as_array();
    let shows = |hue| {
        pictures.is_some_and(|pictures| {
            let mut found = pictures.iter().filter(|picture| is_hue(picture, hue));
            found.any(|picture| picture["frames"].as_u64() > Some(10))
        })
    };
    is_near(told, 440) && shows(120) && shows(240)
}

/// The tones in the middle of an Ogg Opus file.
fn tones_of(path: &Path) -> Vec<u32> {
    let mut source = OggOpusSource::open(path, Repeat::Once).unwrap();
    let mut decoder = OpusDecoder::new().unwrap();
    let mut frames = Vec::new();
    loop {
        match source.next_packet() {
            Captured::Frame(packet) => decoder.decode(&packet.payload).unwrap(),
            Captured::Nothing => {}
            Captured::Ended => break,
        }
        frames.extend(std::iter::from_fn(|| decoder.pop_frame()));
    }
    // The tone came some time after the file began, and stayed until shortly before it ends.
    let end = frames.len() - FRAMES / 2;
    Ear::new(&[440, 620, 880]).hear_frames(&frames[end - FRAMES..end]).tones()
}

/// How many pictures an MP4 file has, all of which can be decoded and show this colour.
fn pictures_of(path: &Path, hue: u16) -> usize {
    let mut decoder = H264Decoder::new().unwrap();
    let units = access_units(&std::fs::read(path).unwrap());
    for unit in &units {
        let picture = decoder.decode(unit).unwrap().expect("each sample is a picture");
        let seen = dominant_colour(&picture).expect("the picture has a colour");
        assert!(seen.distance(Hue::new(hue)) < 20, "{seen:?}");
    }
    units.len()
}

fn check_recording(folder: &Path, speaker: &str) {
    assert_eq!(tones_of(&folder.join("mix.opus")), [440]);
    assert!(pictures_of(&folder.join(format!("{speaker}-1.mp4")), 120) > 10);
    assert!(pictures_of(&folder.join(format!("{speaker}#content-1.mp4")), 240) > 10);
    let log = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let told: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let events: Vec<&str> = told.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!((events[0], *events.last().unwrap()), ("connecting", "stopped"), "{events:?}");
    assert!(["started", "presence", "recording", "stats"].iter().all(|one| events.contains(one)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recordings_are_complete_however_the_program_ends() {
    let program = Program::serve(&[]);
    let at = program.address();
    let folder = tempfile::tempdir().unwrap();
    let meeting = meeting(at).await;
    let speaker = attendee(at, &meeting, "speaker").await;
    let speaker_id = speaker.attendee.attendee_id.to_string();
    let says = ["--send", "tone:440", "--video", "pattern:120", "--content", "pattern:240"];
    let mut speaking = Client::join(&speaker, folder.path(), &says);

    for end in ["TERM", "INT", "leave", "meeting"] {
        let recorder = attendee(at, &meeting, end).await;
        let recording = folder.path().join(end);
        let into = ["--record", recording.to_str().unwrap()];
        let mut client = Client::join(&recorder, folder.path(), &into);
        client.until("hearing and seeing", hears_and_sees);
        client.until("hearing and seeing on", hears_and_sees);
        match end {
            "leave" => client.wish("leave"),
            "meeting" => delete_meeting(at, &recorder).await,
            signal => client.signal(signal),
        }
        let (status, last) = client.end();
        assert!(status.success(), "{end}: {last}");
        let why = if end == "meeting" { "MeetingEnded" } else { "Left" };
        assert_eq!((&last["event"], &last["status"]), (&"stopped".into(), &why.into()));
        check_recording(&recording, &speaker_id);
    }
    assert!(speaking.end().0.success());
}

#[tokio::test]
async fn it_leaves_when_its_time_is_up_and_a_wish_that_is_none_is_told() {
    let program = Program::serve(&[]);
    let folder = tempfile::tempdir().unwrap();
    let place = place(program.address()).await;
    let mut client = Client::join(&place, folder.path(), &["--duration", "2"]);
    client.wish("dance");
    let told = client.until("an error", |line| line["event"] == "error");
    assert!(told["message"].as_str().unwrap().starts_with("'dance' is no command"), "{told}");
    let (status, last) = client.end();
    assert!(status.success() && last["status"] == "Left", "{last}");
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_what_to_do_in_one_line() {
    let program = Program::serve(&[]);
    let mut place = place(program.address()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("meeting"), serde_json::to_string(&place.meeting).unwrap()).unwrap();
    place.attendee.join_token = "nonsense".parse().unwrap();
    std::fs::write(path("attendee"), serde_json::to_string(&place.attendee).unwrap()).unwrap();
    let join = |meeting: &str, attendee: &str| {
        let [meeting, attendee] = [path(meeting), path(attendee)];
        let arguments = [
            "join",
            "--meeting",
            meeting.to_str().unwrap(),
            "--attendee",
            attendee.to_str().unwrap(),
        ];
        let output = carillon(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    };
    let text = join("meeting", "attendee");
    assert!(text.contains("AudioAuthenticationRejected") && text.contains("--attendee"), "{text}");
    let text = join("meeting", "nothing");
    assert!(text.contains("cannot read") && text.contains("nothing"), "{text}");
    let text = join("attendee", "attendee");
    assert!(text.contains("--meeting") && text.contains("MediaPlacement"), "{text}");
}

#[test]
fn help_keeps_its_examples_in_lines() {
    for command in ["join", "bots"] {
        let help = String::from_utf8(carillon(&[command, "--help"]).output().unwrap().stdout);
        let help = help.unwrap();
        let is_example = |line: &&str| line.starts_with("    carillon ");
        assert!(help.lines().filter(is_example).count() >= 1, "{help}");
    }
}
