//! The API as a server application calls it: signed requests over plain sockets.

use std::net::SocketAddr;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use carillon_server::TestServer;
use carillon_types::{Attendee, Meeting};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::clock::{soon, wall};

/// An answer of the service.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What a client gets to join with.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) meeting: Meeting,
    pub(crate) attendee: Attendee,
}

impl Place {
    pub(crate) fn url(&self) -> &str {
        &self.meeting.media_placement.signaling_url
    }

    pub(crate) fn token(&self) -> &str {
        self.attendee.join_token.as_str()
    }
}

/// Asks without a signature.
pub(crate) async fn get(at: SocketAddr, path: &str) -> Answer {
    exchange(at, format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")).await
}

/// Calls an operation with a signature of AWS's own making.
pub(crate) async fn call(at: SocketAddr, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let host = at.to_string();
    let url = format!("http://{host}{path}");
    let key = TestServer::key();
    let secret = key.secret_key.0;
    let identity = Credentials::new(key.access_key, secret, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("chime")
        .time(wall())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("host", host.as_str())].into_iter();
    let bytes = SignableBody::Bytes(body.as_bytes());
    let signable = SignableRequest::new(method, url, headers, bytes).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in instructions.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    exchange(at, format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await
}

async fn exchange(at: SocketAddr, request: String) -> Answer {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    soon(stream.read_to_string(&mut text)).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(crate) async fn create_meeting(at: SocketAddr, request: &str) -> Answer {
    let wish = json!({
        "ClientRequestToken": request, "MediaRegion": "us-east-1", "ExternalMeetingId": request,
    });
    call(at, "POST", "/meetings", &wish).await
}

/// Makes a meeting.
pub(crate) async fn meeting(at: SocketAddr) -> Meeting {
    let request = format!("{:?}", wall());
    let request = request.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let answer = create_meeting(at, &request).await;
    serde_json::from_value(answer.json()["Meeting"].clone()).expect(&answer.body)
}

/// Makes an attendee.
pub(crate) async fn attendee(at: SocketAddr, meeting: &Meeting, name: &str) -> Place {
    let path = format!("/meetings/{}/attendees", meeting.meeting_id);
    let answer = call(at, "POST", &path, &json!({ "ExternalUserId": name })).await;
    let attendee = serde_json::from_value(answer.json()["Attendee"].clone()).expect(&answer.body);
    Place { meeting: meeting.clone(), attendee }
}

/// Makes a meeting and its first attendee.
pub(crate) async fn place(at: SocketAddr) -> Place {
    attendee(at, &meeting(at).await, "somebody").await
}

pub(crate) async fn delete_meeting(at: SocketAddr, place: &Place) {
    let path = format!("/meetings/{}", place.meeting.meeting_id);
    assert_eq!(call(at, "DELETE", &path, &Value::Null).await.status, 204);
}

pub(crate) async fn delete_attendee(at: SocketAddr, place: &Place) {
    let (meeting, attendee) = (place.meeting.meeting_id, place.attendee.attendee_id);
    let path = format!("/meetings/{meeting}/attendees/{attendee}");
    assert_eq!(call(at, "DELETE", &path, &Value::Null).await.status, 204);
}

/// The value of a metric.
pub(crate) async fn metric(at: SocketAddr, name: &str) -> u64 {
    let text = get(at, "/metrics").await.body;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
}
