//! Many meetings of ten attendees, and a restart that finds them.

use std::path::Path;

use anyhow::ensure;
use carillon_testkit::process::{Service, status};
use serde_json::{Value, json};

use crate::{clock, connection::Connection, program, signer};

const ATTENDEES: u32 = 10;

/// Memory that is mapped in, in KiB.
const RESIDENT: &str = "VmRSS:";

pub(crate) async fn run(service: Service, folder: &Path, meetings: u32) -> anyhow::Result<()> {
    let at = service.address();
    let mut connection = Connection::open(at).await?;
    let people: Vec<Value> = (0..ATTENDEES)
        .map(|person| json!({ "ExternalUserId": format!("person-{person}") }))
        .collect();
    let mut last = Value::Null;
    for number in 0..meetings {
        let body = json!({
            "ClientRequestToken": format!("held-{number}"),
            "MediaRegion": "us-east-1",
            "ExternalMeetingId": "load",
            "Attendees": people,
        });
        let path = "/meetings?operation=create-attendees";
        let answer = connection.call(signer::request(at, "POST", path, &body.to_string())?).await?;
        last = serde_json::from_slice(&answer)?;
    }
    let resident = status(&service.proc(), RESIDENT)? / 1_024;
    // It is killed, as by a power cut.
    drop(service);
    let begun = clock::now();
    let service = program::start(folder)?;
    let ready = clock::now() - begun;
    let at = service.address();
    let text = |pointer: &str| last.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let path = format!(
        "/meetings/{}/attendees/{}",
        text("/Meeting/MeetingId"),
        text("/Attendees/9/AttendeeId")
    );
    let answer = Connection::open(at).await?.call(signer::request(at, "GET", &path, "")?).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let again = answer.pointer("/Attendee/JoinToken").and_then(Value::as_str);
    ensure!(again == Some(text("/Attendees/9/JoinToken")), "the last token is another one");
    println!(
        "{meetings} meetings of {ATTENDEES} attendees: {resident} MiB resident; {:.2} s from the start after a kill \
         until ready, {} MiB resident then",
        ready.as_secs_f64(),
        status(&service.proc(), RESIDENT)? / 1_024
    );
    Ok(())
}
