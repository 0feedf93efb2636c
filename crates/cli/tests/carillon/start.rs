//! What the program says when it starts, and what of it outlives a crash.

use std::process::Stdio;

use serde_json::Value;

use crate::{
    api::{Place, attendee, call, get, place},
    process::{Program, carillon},
    socket::Socket,
};

#[tokio::test]
async fn the_ready_line_is_the_only_line_and_means_it() {
    let mut program = Program::serve(&["--media-workers", "2"]);
    let at = program.address();
    assert_eq!(get(at, "/readyz").await.status, 200);
    let members: Vec<_> = program.ready.as_object().unwrap().keys().collect();
    assert_eq!(members, ["api", "media", "page", "ready"]);
    assert_eq!(program.ready["media"].as_array().unwrap().len(), 2);
    assert_eq!(program.ready["page"], format!("http://{at}/"));
    program.signal("TERM");
    assert_eq!(program.end().1, "");
}

#[tokio::test]
async fn events_follow_the_ready_line_where_they_are_asked_for() {
    let mut program = Program::serve(&["--events", "-"]);
    place(program.address()).await;
    program.signal("TERM");
    let (_, rest) = program.end();
    let word = |line: &str| {
        let event: Value = serde_json::from_str(line).expect(line);
        event["detail"]["eventType"].as_str().unwrap().to_owned()
    };
    let words: Vec<_> = rest.lines().map(word).collect();
    assert_eq!(words, ["chime:MeetingStarted", "chime:AttendeeAdded"]);
}

#[tokio::test]
async fn killed_without_warning_it_keeps_meetings_attendees_and_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut program = Program::serve(&["--data", data]);
    let Place { meeting, attendee: first } = place(program.address()).await;
    program.signal("KILL");
    assert!(!program.end().0.success());

    let program = Program::serve(&["--data", data]);
    let at = program.address();
    let path = format!("/meetings/{}", meeting.meeting_id);
    let again = call(at, "GET", &path, &Value::Null).await.json();
    let again = serde_json::from_value(again["Meeting"].clone()).unwrap();
    let kept = Place { meeting: again, attendee: first };
    assert_eq!(kept.meeting.external_meeting_id, meeting.external_meeting_id);
    assert!(Socket::join(&kept).await.answers(1).await);
    let more = attendee(at, &kept.meeting, "another").await;
    assert!(Socket::join(&more).await.answers(2).await);
}

#[test]
fn help_names_every_flag_and_what_it_is_without() {
    let help = carillon(&["serve", "--help"]).stderr(Stdio::null()).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for flag in [
        "--dev",
        "--config <FILE>",
        "--listen <ADDR>",
        "[default: 127.0.0.1:8080]",
        "--media <ADDR>",
        "[default: 127.0.0.1:3478]",
        "--media-workers <N>",
        "--advertise <IP>",
        "--public-url <URL>",
        "--data <DIR>",
        "--drain-seconds <S>",
        "[default: 30]",
        "--events <FILE>",
        "--allow-insecure",
        "/readyz",
    ] {
        assert!(help.contains(flag), "{flag} is not in\n{help}");
    }
}
