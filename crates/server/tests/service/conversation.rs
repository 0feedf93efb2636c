//! What is said over signaling sockets, and in what pieces.

use std::time::Duration;

use carillon_server::TestServer;
use carillon_signaling::{
    AudioStatus, ClientMessage, ErrorStatus, MAX_CLIENT_FRAME_BYTES, PingId, ServerFrame,
    ServerMessage, encode_client,
};
use carillon_testkit::client::Client;
use carillon_types::WallTime;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    api::{attendee, place},
    clock::now,
    guest::Guest,
    socket::{Heard, Socket, said},
};

#[tokio::test]
async fn a_ping_before_join_is_answered() {
    let server = TestServer::start().unwrap();
    let mut socket = Socket::open(&place(server.address()).await).await;
    socket.say(&ClientMessage::Ping(PingId(9))).await;
    assert_eq!(socket.hear().await, said(ServerMessage::Pong(PingId(9))));
}

#[tokio::test]
async fn strangers_to_the_protocol_are_sent_away() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let garbage = [&[][..], &[0x05], &[0x05, 0xff, 0xff], b"GET / HTTP/1.1", &[0; 300]];
    let texts = ["", "{\"type\":\"join\"}"].map(Message::text);
    for message in garbage.map(|bytes| Message::binary(bytes.to_vec())).into_iter().chain(texts) {
        let mut socket = Socket::open(&place).await;
        socket.send(message.clone()).await;
        assert_eq!(socket.end().await, Some(4400), "{message:?}");
    }
}

#[tokio::test]
async fn a_joined_client_is_forgiven_some_garbage_and_no_flood_of_it() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut socket = Socket::join(&place).await;
    socket.send(Message::binary(vec![0x05, 0xff])).await;
    assert!(socket.answers(1).await);
    for _ in 0..200 {
        socket.send(Message::binary(vec![0x05, 0xff])).await;
    }
    let told = ServerMessage::AudioStatus(AudioStatus::OK);
    let told = ServerFrame { error: Some(ErrorStatus::BAD_REQUEST), message: told };
    assert_eq!(socket.hear().await, Heard::Said(told));
}

#[tokio::test]
async fn a_message_in_many_frames_is_one_message() {
    let server = TestServer::start().unwrap();
    let mut socket = Socket::open(&place(server.address()).await).await;
    let ping = encode_client(WallTime::from_millis(1), &ClientMessage::Ping(PingId(4)));
    let last = ping.len() - 1;
    for (index, byte) in ping.iter().enumerate() {
        let kind = if index == 0 { Data::Binary } else { Data::Continue };
        let frame = Frame::message(vec![*byte], OpCode::Data(kind), index == last);
        socket.send(Message::Frame(frame)).await;
        // Control frames may stand between the parts of a message.
        socket.send(Message::Ping(vec![7].into())).await;
    }
    assert_eq!(socket.hear().await, said(ServerMessage::Pong(PingId(4))));
}

#[tokio::test]
async fn a_message_beyond_the_limit_costs_its_sender_the_socket() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut other = Socket::join(&attendee(server.address(), &place.meeting, "other").await).await;
    for fragments in [1, 3] {
        let mut socket = Socket::join(&place).await;
        let part = vec![0x05; (MAX_CLIENT_FRAME_BYTES + 3) / fragments];
        for index in 0..fragments {
            let kind = if index == 0 { Data::Binary } else { Data::Continue };
            let frame = Frame::message(part.clone(), OpCode::Data(kind), index + 1 == fragments);
            socket.send(Message::Frame(frame)).await;
        }
        assert_eq!(socket.end().await, None);
    }
    assert!(other.answers(1).await);
}

#[tokio::test]
async fn the_same_attendee_on_another_device_takes_over() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut first = Socket::join(&place).await;
    let mut second = Socket::join(&place).await;
    let told = said(ServerMessage::AudioStatus(AudioStatus::JOINED_FROM_ANOTHER_DEVICE));
    assert_eq!(first.hear().await, told);
    assert!(second.answers(1).await);
}

#[tokio::test]
async fn two_guests_hear_each_other() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let second = attendee(server.address(), &place.meeting, "other").await;
    let mut first = Guest::join(&place, 440).await;
    let mut second = Guest::join(&second, 1_000).await;
    let hears = |client: &Client, tone: u32| {
        let heard = client.hearing.heard(now(), Duration::from_millis(500), &[440, 1_000]);
        let whole = client.hearing.packets > 75 && client.told.present().len() == 2;
        whole && heard.tones() == [tone]
    };
    first.during(second.until(|client| hears(client, 440))).await;
    second.during(first.until(|client| hears(client, 1_000))).await;
}
