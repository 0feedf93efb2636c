//! How the service starts and ends.

use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    time::Duration,
};

use carillon_server::{StartError, TestServer};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{
    api::{Place, attendee, call, create_meeting, get, metric, place},
    clock::soon,
    guest::Guest,
    socket::Socket,
};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

fn patient() -> TestServer {
    TestServer::start_with(|config| config.drain = LONG).unwrap()
}

/// Begins to stop and waits until the service says so.
async fn begin_to_stop(server: TestServer) -> JoinHandle<()> {
    let at = server.address();
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    soon(async {
        while get(at, "/readyz").await.status != 503 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stopping
}

async fn meeting_of(at: SocketAddr, place: &Place) -> u16 {
    let path = format!("/meetings/{}", place.meeting.meeting_id);
    call(at, "GET", &path, &Value::Null).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_service_accepts_no_meetings_and_keeps_those_it_has() {
    let server = patient();
    let at = server.address();
    let place = place(at).await;
    let mut guest = Guest::join(&place, 440).await;
    let stopping = begin_to_stop(server).await;

    let refused = create_meeting(at, "a-new-one").await;
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("x-amzn-errortype: ServiceUnavailableException"));
    assert_eq!(refused.json()["Code"], "ServiceUnavailable");
    assert_eq!(get(at, "/healthz").await.status, 200);
    assert_eq!(meeting_of(at, &place).await, 200);
    let late = attendee(at, &place.meeting, "late").await;
    assert!(Socket::join(&late).await.answers(1).await);
    let packets = guest.client.hearing.packets;
    guest.until(|client| client.hearing.packets > packets + 10).await;
    assert!(!stopping.is_finished());

    guest.client.leave(crate::clock::now());
    tokio::select! {
        ended = soon(stopping) => ended.unwrap(),
        () = guest.stay() => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drained_service_ends_at_once() {
    let server = patient();
    let at = server.address();
    let mut signaling_only = Socket::join(&place(at).await).await;
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    assert_eq!(signaling_only.end().await, Some(4500));
    soon(stopping).await.unwrap();
    assert!(tokio::net::TcpStream::connect(at).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_drain_leaves_is_told_to_come_back_elsewhere() {
    let server = TestServer::start().unwrap();
    let at = server.address();
    let place = place(at).await;
    let mut guest = Guest::join(&place, 440).await;
    assert_eq!(metric(at, "carillon_connections").await, 1);
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    guest.until(|client| client.told.closed.is_some()).await;
    assert_eq!(guest.client.told.closed.map(|code| code.0), Some(4500));
    soon(stopping).await.unwrap();
}

#[test]
fn a_service_that_cannot_have_its_ports_says_which() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = TestServer::start_with(|config| config.listen = listen).unwrap_err();
    assert!(matches!(&error, StartError::Listen { address, .. } if *address == listen));

    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let media = taken.local_addr().unwrap();
    let error = TestServer::start_with(|config| config.media = media).unwrap_err();
    assert!(matches!(&error, StartError::Media(_)));
    assert_eq!(error.to_string(), format!("cannot receive media on {media}"));
}
