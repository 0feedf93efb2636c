//! What a server application can do beyond the AWS API, as far as clients notice.

use std::net::SocketAddr;

use carillon_server::TestServer;
use carillon_signaling::{
    ClientMessage, ClientMetrics, Metric, MetricKind, ReceivedData, ServerMessage,
};
use serde_json::{Value, json};

use crate::{
    api::{Answer, Place, attendee, call, place},
    socket::Socket,
};

async fn say(at: SocketAddr, place: &Place, data: &str) -> Answer {
    let path = format!("/carillon/v1/meetings/{}/data-messages", place.meeting.meeting_id);
    let wish = json!({ "Topic": "notices", "Data": data, "LifetimeMs": 60_000 });
    call(at, "POST", &path, &wish).await
}

async fn told(socket: &mut Socket) -> Vec<ReceivedData> {
    match socket.message().await {
        ServerMessage::Data(messages) => messages,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn everybody_gets_what_the_server_says_and_latecomers_as_long_as_it_lives() {
    let server = TestServer::start().unwrap();
    let at = server.address();
    let first = place(at).await;
    let second = attendee(at, &first.meeting, "other").await;
    let (mut ada, mut bob) = (Socket::join(&first).await, Socket::join(&second).await);
    let answer = say(at, &first, "welcome").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "Recipients": 2 })));
    let late = attendee(at, &first.meeting, "late").await;
    let mut eve = Socket::join(&late).await;
    for socket in [&mut ada, &mut bob, &mut eve] {
        let [message] = <[_; 1]>::try_from(told(socket).await).unwrap();
        assert_eq!((message.topic.as_str(), &*message.data), ("notices", &b"welcome"[..]));
        assert_eq!(message.sender, None);
    }
}

#[tokio::test]
async fn nothing_is_kept_for_a_meeting_that_nobody_is_in() {
    let server = TestServer::start().unwrap();
    let at = server.address();
    let place = place(at).await;
    let answer = say(at, &place, "too early").await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    let mut ada = Socket::join(&place).await;
    assert_eq!(say(at, &place, "in time").await.status, 200);
    assert_eq!(&*told(&mut ada).await[0].data, b"in time");
}

#[tokio::test]
async fn a_server_that_says_too_much_is_slowed_down_and_no_client_is_lost() {
    let server = TestServer::start().unwrap();
    let at = server.address();
    let place = place(at).await;
    let mut ada = Socket::join(&place).await;
    let mut passed = 0;
    while say(at, &place, "again").await.status == 200 {
        passed += told(&mut ada).await.len();
        assert!(passed < 100_000, "nothing slows it down");
    }
    assert!(passed >= 200, "{passed}");
    assert!(ada.answers(1).await);
}

#[tokio::test]
async fn what_a_client_measured_last_can_be_read_while_it_is_there() {
    let server = TestServer::start().unwrap();
    let at = server.address();
    let place = place(at).await;
    let mut ada = Socket::join(&place).await;
    let metric = Metric { kind: MetricKind::ROUND_TRIP_MS, value: 12.5 };
    let metrics = ClientMetrics { global: vec![metric], streams: Vec::new() };
    ada.say(&ClientMessage::Metrics(metrics)).await;
    assert!(ada.answers(1).await, "it is taken in by now");
    let who = format!("{}/attendees/{}", place.meeting.meeting_id, place.attendee.attendee_id);
    let path = format!("/carillon/v1/meetings/{who}/client-events");
    let measured = call(at, "GET", &path, &Value::Null).await.json();
    let expected = json!({ "Client": { "STUN_RTT_MS": 12.5 }, "Streams": [] });
    assert_eq!(measured, json!({ "ClientEvents": [], "Measurements": expected }));
}
