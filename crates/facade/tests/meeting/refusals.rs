//! Servers that are not there, not ours, or not willing.

use std::time::Duration;

use carillon_facade::{MeetingSessionStatusCode as Code, SessionEvent};
use carillon_server::TestServer;
use carillon_signaling::{
    ClientMessage, Index, JoinAck, Sdp, ServerMessage, SubscribeAck, decode_client, encode_server,
};
use carillon_types::WallTime;
use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_util::task::TaskTracker;

use crate::rig::{Attendee, Place, place, soon};

/// A place at a server that answers every connection with these bytes.
async fn place_at(answer: &'static [u8]) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    TaskTracker::new().spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.write_all(answer).await);
        }
    });
    Place {
        meeting: json!({ "MediaPlacement": { "SignalingUrl": format!("ws://{address}/s") } }),
        attendee: json!({
            "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "token",
        }),
    }
}

/// How a session ends that gives up soon.
async fn end_of(place: &Place) -> Code {
    let attendee = Attendee::impatient(place, Duration::from_secs(2));
    attendee.session.audio_video().start().unwrap();
    soon("the end", attendee.session.audio_video().stopped()).await.unwrap().code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_opens_nothing_is_told_at_once() {
    let server = TestServer::start().unwrap();
    let mut place = place(&server, "abc-def-ghi", "one").await;
    place.attendee["JoinToken"] = json!("forged");
    assert_eq!(end_of(&place).await, Code::AudioAuthenticationRejected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_speak_something_else_are_given_up() {
    let http = place_at(b"HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(end_of(&http).await, Code::SignalingChannelClosedUnexpectedly);
    let noise = place_at(b"\x00\xff\x13\x37 no protocol at all").await;
    assert_eq!(end_of(&noise).await, Code::SignalingChannelClosedUnexpectedly);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_given_up_and_stopping_does_not_wait_for_it() {
    let mut nowhere = place_at(b"").await;
    // Nobody listens where nothing was ever opened.
    nowhere.meeting["MediaPlacement"]["SignalingUrl"] = json!("ws://127.0.0.1:1/s");
    assert_eq!(end_of(&nowhere).await, Code::SignalingChannelClosedUnexpectedly);
    let mut patient = Attendee::impatient(&nowhere, Duration::from_secs(3_600));
    patient.session.audio_video().start().unwrap();
    patient
        .wait("an attempt", |e| matches!(e, SessionEvent::StartedConnecting { .. }).then_some(()))
        .await;
    patient.session.audio_video().stop();
    let status = soon("the end", patient.session.audio_video().stopped()).await.unwrap();
    assert_eq!(status.code, Code::Left);
    let unreadable = json!({ "MediaPlacement": { "SignalingUrl": "not an address" } });
    let place = Place { meeting: unreadable, attendee: nowhere.attendee };
    assert!(end_of(&place).await.is_failure());
}

/// A place at a server that takes everybody in and answers every offer with this.
async fn place_with_answer(answer: String) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tasks = TaskTracker::new();
    let spawner = tasks.clone();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            spawner.spawn(serve_answer(stream, answer.clone()));
        }
    });
    let mut place = place_at(b"").await;
    place.meeting["MediaPlacement"]["SignalingUrl"] = json!(format!("ws://{address}/s"));
    place
}

async fn serve_answer(stream: TcpStream, answer: String) {
    #[expect(clippy::result_large_err, reason = "the library's callback returns its own type")]
    let choose = |_: &Request, mut response: Response| {
        let protocol = HeaderValue::from_static("_aws_wt_session");
        response.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, choose).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        let Ok(Some(said)) = decode_client(&message.into_data()) else { continue };
        let answers = match said.content {
            ClientMessage::Join(_) => vec![
                ServerMessage::JoinAck(JoinAck::default()),
                ServerMessage::Index(Index::default()),
            ],
            ClientMessage::Subscribe(_) => vec![ServerMessage::SubscribeAck(SubscribeAck {
                answer: Sdp::Plain(answer.clone()),
                allocations: vec![],
                tracks: vec![],
            })],
            _ => vec![],
        };
        for answer in answers {
            let bytes = encode_server(WallTime::from_millis(1), &answer.into());
            drop(socket.send(Message::Binary(bytes)).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_make_no_sense_end_the_session_and_nothing_else() {
    let many = "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:x\r\n".repeat(2_000);
    let head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    let answers = [
        String::new(),
        "v=0".to_owned(),
        "\0\u{fffd}\r\n\r\n=".repeat(50),
        head.to_owned(),
        format!("{head}{many}"),
        format!(
            "{head}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp x y z\r\n"
        ),
    ];
    let ends = answers.map(async |answer| {
        let code = end_of(&place_with_answer(answer.clone()).await).await;
        let understood = matches!(code, Code::IncompatibleSdp | Code::TaskFailed);
        assert!(understood, "{code:?} for {:?}", answer.get(..80));
    });
    join_all(ends).await;
}
