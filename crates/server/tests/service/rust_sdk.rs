//! The AWS SDK for Rust, unmodified: one success and one modelled error of each operation.
//!
//! The rows are those of the other SDKs' suites, so that all of them are asked the same.

mod requests;

use aws_sdk_chimesdkmeetings::{
    Client, Config,
    config::{
        BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
};
use carillon_server::{TestServer, scripted_engine};
use serde_json::{Value, json};

use self::requests::{Outcome, perform};

const ROWS: &str = include_str!("../../../e2e/api/sdk/operations.json");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../e2e/api/script.json");
const UNKNOWN: &str = "01234567-89ab-4def-8123-456789abcdef";

fn server() -> TestServer {
    let engine = scripted_engine(SCRIPT.as_ref()).unwrap();
    TestServer::start_with(|config| config.transcription = Some(engine)).unwrap()
}

fn client(server: &TestServer) -> Client {
    let key = TestServer::key();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(server.endpoint())
        .credentials_provider(Credentials::new(
            key.access_key,
            key.secret_key.0,
            None,
            None,
            "test",
        ))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// What the placeholders of the rows stand for: a meeting with an attendee, one in which nothing more fits, and one that is
/// transcribed.
async fn scene(client: &Client, token: &str) -> Vec<(&'static str, String)> {
    let tags: Vec<_> =
        (0..50).map(|n| json!({ "Key": format!("key-{n}"), "Value": "x" })).collect();
    let mut wish = json!({
        "ClientRequestToken": format!("{token}-scene"),
        "MediaRegion": "us-east-1",
        "ExternalMeetingId": "scene",
        "Attendees": [{ "ExternalUserId": "somebody" }],
    });
    let made = requests::create_with_attendees(client, &wish).send().await.unwrap();
    let (meeting, attendee) = (made.meeting.unwrap(), made.attendees.unwrap().remove(0));
    wish["ClientRequestToken"] = format!("{token}-transcribed").into();
    let transcribed = requests::create_with_attendees(client, &wish).send().await.unwrap();
    let transcribed = transcribed.meeting.unwrap().meeting_id.unwrap();
    let start = json!({
        "MeetingId": transcribed,
        "TranscriptionConfiguration": { "EngineTranscribeSettings": { "LanguageCode": "en-US" } },
    });
    let started = perform(client, "StartMeetingTranscription", &start).await;
    assert!(matches!(started, Outcome::Success { .. }), "{started:?}");
    wish["ClientRequestToken"] = format!("{token}-full").into();
    wish["Tags"] = tags.into();
    wish["MeetingFeatures"] = json!({ "Attendee": { "MaxCount": 1 } });
    let full = requests::create_with_attendees(client, &wish).send().await.unwrap();
    let full = full.meeting.unwrap();
    let (meeting, arn) = (meeting.meeting_id.unwrap(), meeting.meeting_arn.unwrap());
    vec![
        ("$unknown_arn", arn.replace(&meeting, UNKNOWN)),
        ("$full_arn", full.meeting_arn.unwrap()),
        ("$arn", arn),
        ("$meeting", meeting),
        ("$attendee", attendee.attendee_id.unwrap()),
        ("$full", full.meeting_id.unwrap()),
        ("$transcribed", transcribed),
        ("$unknown", UNKNOWN.to_owned()),
        ("$token", token.to_owned()),
    ]
}

fn filled(value: &Value, scene: &[(&str, String)]) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, inner)| (name.clone(), filled(inner, scene)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(entries) => entries.iter().map(|entry| filled(entry, scene)).collect(),
        Value::String(text) => {
            let known = scene.iter().find(|(name, _)| name == text);
            known.map_or_else(|| value.clone(), |(_, meant)| Value::from(meant.as_str()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A member as Rust names it.
fn snake(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[tokio::test]
async fn every_operation_succeeds_with_the_members_of_its_answer() {
    let server = server();
    let client = client(&server);
    let rows: Vec<Value> = serde_json::from_str(ROWS).unwrap();
    for (number, row) in rows.iter().enumerate() {
        let scene = scene(&client, &format!("good-{number}")).await;
        let operation = row["operation"].as_str().unwrap();
        let request = filled(&row["success"]["request"], &scene);
        match perform(&client, operation, &request).await {
            Outcome::Success { answer, request_id } => {
                assert!(request_id, "{operation} has no request id");
                for member in row["success"]["answer"].as_array().unwrap() {
                    let present = format!("{}: Some(", snake(member.as_str().unwrap()));
                    assert!(answer.contains(&present), "{operation}: {member} in {answer}");
                }
            }
            Outcome::Failure { error, .. } => panic!("{operation}: {error}"),
        }
    }
}

#[tokio::test]
async fn every_operation_fails_with_an_error_of_its_model() {
    let server = server();
    let client = client(&server);
    let rows: Vec<Value> = serde_json::from_str(ROWS).unwrap();
    for (number, row) in rows.iter().enumerate() {
        let scene = scene(&client, &format!("bad-{number}")).await;
        let operation = row["operation"].as_str().unwrap();
        let failure = &row["failure"];
        match perform(&client, operation, &filled(&failure["request"], &scene)).await {
            Outcome::Failure { error, status, request_id } => {
                assert_eq!(u64::from(status), failure["status"].as_u64().unwrap(), "{operation}");
                // A variant of its own: what the model lacks is called `Unhandled`.
                let variant = format!("{}(", failure["error"].as_str().unwrap());
                assert!(error.starts_with(&variant), "{operation}: {error}");
                assert!(request_id, "{operation} has no request id");
            }
            Outcome::Success { answer, .. } => panic!("{operation}: {answer}"),
        }
    }
}
