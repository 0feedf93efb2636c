//! `carillon bots`: a meeting of made-up people.

use serde_json::json;

use crate::{
    api::{get, meeting},
    client::Client,
    process::{Program, carillon},
};

fn endpoint(program: &Program) -> String {
    format!("http://{}", program.address())
}

#[tokio::test]
async fn bots_come_talk_show_and_share_and_all_leave_when_told_to() {
    let program = Program::serve(&[]);
    let parts =
        ["--count", "6", "--video", "2", "--talkers", "2", "--content", "1", "--watch", "1"];
    let endpoint = endpoint(&program);
    let mut bots = Client::start(&[&["bots", "--endpoint", &endpoint][..], &parts].concat());
    let made = bots.until("a meeting", |line| line["event"] == "meeting");
    let page = made["page"].as_str().unwrap().strip_prefix(&endpoint).unwrap();
    assert_eq!(get(program.address(), page).await.status, 200);

    bots.until("everybody there, heard and seen", |line| {
        line["joined"] == 6
            && line["heard"].as_u64() >= Some(5)
            && line["saw"] == 1
            && line["talking"].as_u64() >= Some(1)
            && line["showing"] == 2
            && line["sharing"] == 1
    });
    // The page's door leads to the same meeting.
    let code = page.rsplit('/').next().unwrap();
    let place = crate::door::enter(program.address(), code, "Ada").await;
    assert_eq!(place["Meeting"]["MeetingId"], made["meeting"]);

    bots.signal("TERM");
    let (status, summary) = bots.end();
    assert!(status.success(), "{summary}");
    assert_eq!((&summary["event"], &summary["meeting"]), (&json!("summary"), &made["meeting"]));
    assert_eq!((&summary["joined"], &summary["lost"]), (&json!(6), &json!(0)));
    assert_eq!(summary["ends"], json!({ "Left": 6 }));
    let [p50, max] = ["p50", "max"].map(|which| summary["join_ms"][which].as_f64().unwrap());
    assert!(p50 > 0.0 && p50 <= max, "{summary}");
}

#[tokio::test]
async fn bots_that_are_sent_away_are_counted_as_lost() {
    let program = Program::serve(&[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meeting.json");
    let meeting = meeting(program.address()).await;
    std::fs::write(&file, json!({ "Meeting": meeting }).to_string()).unwrap();
    let (file, endpoint) = (file.to_str().unwrap(), endpoint(&program));
    let arguments = ["--meeting", file, "--endpoint", &endpoint, "--count", "2", "--video", "0"];
    let mut bots = Client::start(&[&["bots"], &arguments[..]].concat());
    bots.until("everybody there", |line| line["joined"] == 2);
    let path = format!("/meetings/{}", meeting.meeting_id);
    let nothing = serde_json::Value::Null;
    crate::api::call(program.address(), "DELETE", &path, &nothing).await;
    let (status, summary) = bots.end();
    assert_eq!(status.code(), Some(1));
    assert_eq!((&summary["lost"], &summary["ends"]), (&json!(2), &json!({ "MeetingEnded": 2 })));
}

#[test]
fn mistakes_are_told_in_one_line_that_says_what_to_do() {
    let complaint = |arguments: &[&str]| {
        let output = carillon(&[&["bots"], arguments].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let text = complaint(&["--endpoint", &closed]);
    assert!(text.contains("carillon serve --dev") && text.contains("--endpoint"), "{text}");
    let text = complaint(&["--endpoint", "ftp://host"]);
    assert!(text.contains("http://"), "{text}");
    let text = complaint(&["--video", "9", "--count", "3"]);
    assert!(text.contains("--video 9"), "{text}");
    let program = Program::serve(&[]);
    let text = complaint(&["--endpoint", &endpoint(&program), "--secret-key", "wrong"]);
    assert!(text.contains("403") && !text.contains("wrong"), "{text}");
}
