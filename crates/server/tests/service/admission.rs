//! Who is let in, and who is told why not.

use carillon_server::TestServer;
use carillon_signaling::{AudioStatus, SUB_PROTOCOL, ServerMessage};
use serde_json::json;

use crate::{
    api::{self, attendee, call, delete_attendee, delete_meeting, place},
    socket::{Heard, Socket, dial, said},
};

#[tokio::test]
async fn a_token_opens_its_meeting_and_the_sub_protocol_is_selected() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let placement = &place.meeting.media_placement;
    assert_eq!(placement.audio_host_url, server.media()[0].to_string());
    let mut socket = Socket::join(&place).await;
    assert!(socket.answers(1).await);
    let mut content = Socket::with_token(place.url(), &format!("{}#content", place.token())).await;
    assert!(content.answers(2).await);
}

#[tokio::test]
async fn other_sub_protocols_open_nothing() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    for protocols in ["", "chat", SUB_PROTOCOL, &format!("chat, {}", place.token())] {
        match dial(place.url(), protocols).await {
            Ok(stream) => assert_eq!(Socket { stream }.end().await, Some(4403), "{protocols:?}"),
            // The client library itself ends a handshake that selected none of its sub-protocols.
            Err(error) => assert!(error.to_string().contains("protocol"), "{error}"),
        }
    }
}

#[tokio::test]
async fn forged_damaged_and_foreign_tokens_are_refused() {
    let server = TestServer::start().unwrap();
    let (own, other) = (place(server.address()).await, place(server.address()).await);
    let elsewhere = TestServer::start().unwrap();
    let foreign = place(elsewhere.address()).await;
    let (cut, _) = own.token().split_at(40);
    let flipped = own.token().replacen(|c: char| c != 'A', "A", 1);
    for token in [cut, &flipped, "AAAA", &"A".repeat(86), other.token(), foreign.token()] {
        let mut socket = Socket::with_token(own.url(), token).await;
        assert_eq!(socket.hear().await, Heard::Closed(4403), "{token}");
    }
    let nowhere = format!("ws://{}/control/not-a-meeting", server.address());
    assert_eq!(Socket::with_token(&nowhere, own.token()).await.end().await, Some(4403));
    assert_eq!(api::metric(server.address(), "carillon_signaling_refused_total").await, 7);
}

#[tokio::test]
async fn a_meeting_that_is_over_says_so() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    delete_meeting(server.address(), &place).await;
    assert_eq!(Socket::open(&place).await.hear().await, Heard::Closed(4410));
}

#[tokio::test]
async fn a_deleted_attendee_does_not_come_back() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    delete_attendee(server.address(), &place).await;
    assert_eq!(Socket::open(&place).await.hear().await, Heard::Closed(4403));
}

#[tokio::test]
async fn deleting_an_attendee_ends_its_session_and_no_other() {
    let server = TestServer::start().unwrap();
    let first = place(server.address()).await;
    let second = attendee(server.address(), &first.meeting, "other").await;
    let (mut gone, mut stays) = (Socket::join(&first).await, Socket::join(&second).await);
    delete_attendee(server.address(), &first).await;
    let told = said(ServerMessage::AudioStatus(AudioStatus::ATTENDEE_REMOVED));
    assert_eq!(gone.hear().await, told);
    assert!(stays.answers(1).await);
}

#[tokio::test]
async fn deleting_a_meeting_ends_every_session_in_the_words_of_its_phase() {
    let server = TestServer::start().unwrap();
    let first = place(server.address()).await;
    let second = attendee(server.address(), &first.meeting, "other").await;
    let (mut joined, mut waiting) = (Socket::join(&first).await, Socket::open(&second).await);
    assert!(waiting.answers(1).await);
    delete_meeting(server.address(), &first).await;
    let told = said(ServerMessage::AudioStatus(AudioStatus::MEETING_ENDED));
    assert_eq!(joined.hear().await, told);
    assert_eq!(waiting.end().await, Some(4410));
}

/// Connections race with the end of their meeting; whoever loses is told, and no meeting comes back to life.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_session_outlives_a_meeting_that_ends_while_it_is_let_in() {
    let server = TestServer::start().unwrap();
    for _ in 0..10 {
        let place = place(server.address()).await;
        let opening = async {
            let mut codes = Vec::new();
            for _ in 0..6 {
                codes.push(Socket::open(&place).await.end().await);
            }
            codes
        };
        let (codes, ()) = tokio::join!(opening, delete_meeting(server.address(), &place));
        assert!(codes.iter().all(|code| *code == Some(4410)), "{codes:?}");
    }
    assert_eq!(api::metric(server.address(), "carillon_worker_meetings").await, 0);
}

#[tokio::test]
async fn a_meeting_that_is_deleted_twice_was_deleted_once() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    delete_meeting(server.address(), &place).await;
    let path = format!("/meetings/{}/attendees", place.meeting.meeting_id);
    let late = call(server.address(), "POST", &path, &json!({ "ExternalUserId": "late" })).await;
    assert_eq!(late.status, 404);
}
