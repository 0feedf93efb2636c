//! Strangers on the media port: no answer, nothing kept, nobody hurt.

use std::io;

use carillon_server::TestServer;
use tokio::net::UdpSocket;

use crate::{
    api::{metric, place},
    clock::soon,
    guest::Guest,
    socket::Socket,
};

/// A connectivity check for a session that nobody has (RFC 8489 section 5), with a name and no integrity.
fn check() -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42];
    bytes.extend([7; 12]);
    bytes.extend([0, 6, 0, 9]);
    bytes.extend(b"nope:peer\0\0\0");
    bytes
}

/// The head of a DTLS handshake record with a ClientHello (RFC 6347 section 4.1).
fn hello() -> Vec<u8> {
    let mut bytes =
        vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 48];
    bytes.resize(13 + 60, 0);
    bytes
}

fn junk() -> Vec<Vec<u8>> {
    let rtp = [&[0x80, 111, 0, 1][..], &[0; 60]].concat();
    let rtcp = vec![0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0];
    let cut = check()[..21].to_vec();
    let lying = [&[0, 1, 255, 255, 0x21, 0x12, 0xa4, 0x42][..], &[0; 12]].concat();
    vec![check(), hello(), rtp, rtcp, cut, lying, vec![0], vec![0xff; 1_400], Vec::new()]
}

#[tokio::test]
async fn strangers_get_no_answer_and_leave_nothing() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut socket = Socket::join(&place).await;
    let mut strangers = Vec::new();
    for _ in 0..20 {
        let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for datagram in junk() {
            stranger.send_to(&datagram, server.media()[0]).await.unwrap();
        }
        strangers.push(stranger);
    }
    // An answer over signaling is of a later turn of the worker than everything that waited on its port.
    assert!(socket.answers(1).await && socket.answers(2).await);
    for stranger in &strangers {
        let silence = stranger.try_recv_from(&mut [0; 2_000]).unwrap_err();
        assert_eq!(silence.kind(), io::ErrorKind::WouldBlock);
    }
    let sent = u64::try_from(20 * junk().len()).unwrap();
    assert_eq!(metric(server.address(), "carillon_media_unroutable_packets_total").await, sent);
    assert_eq!(metric(server.address(), "carillon_media_sent_packets_total").await, 0);
    assert_eq!(metric(server.address(), "carillon_worker_meetings").await, 1);
}

#[tokio::test]
async fn a_running_meeting_hears_on_under_junk() {
    let server = TestServer::start().unwrap();
    let mut guest = Guest::join(&place(server.address()).await, 440).await;
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let packets = guest.client.hearing.packets;
    let pestering = async {
        loop {
            for datagram in junk() {
                stranger.send_to(&datagram, server.media()[0]).await.unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = soon(guest.until(|client| client.hearing.packets > packets + 100)) => {}
        () = pestering => {}
    }
    assert_eq!(guest.client.path_closed(), None);
    assert!(metric(server.address(), "carillon_media_unroutable_packets_total").await > 100);
}
