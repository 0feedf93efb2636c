//! Clients with a good token and bad manners: what they do is limited, and nobody else suffers.

use carillon_server::TestServer;
use carillon_signaling::{
    ClientMessage, Join, PingId, SUB_PROTOCOL, Sdp, Subscribe, encode_client,
};
use carillon_types::WallTime;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{
    MaybeTlsStream, client_async,
    tungstenite::{
        Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

use crate::{
    api::{Place, attendee, get, metric, place},
    clock::soon,
    guest::Guest,
    socket::{Socket, Stream},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_messages_is_limited_and_hurts_nobody_else() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut other = Socket::join(&attendee(server.address(), &place.meeting, "other").await).await;
    let Socket { stream } = Socket::join(&place).await;
    let (mut say, mut hear) = stream.split();
    let ping = encode_client(WallTime::from_millis(1), &ClientMessage::Ping(PingId(1)));
    let flooding = async {
        for _ in 0..10_000 {
            if say.send(Message::Binary(ping.clone())).await.is_err() {
                return;
            }
        }
    };
    let counting = async {
        let mut answers = 0;
        while let Some(Ok(Message::Binary(_))) = hear.next().await {
            answers += 1;
        }
        answers
    };
    let asking = async {
        for id in 0..50 {
            assert!(other.answers(id).await);
        }
    };
    let ((), answers, ()) = soon(async { tokio::join!(flooding, counting, asking) }).await;
    assert!(answers < 6_000, "{answers} answers to a flood");
    assert!(other.answers(99).await);
}

/// Opens a socket that takes in next to nothing.
async fn narrow(place: &Place, server: &TestServer) -> Stream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(server.address()).await.unwrap();
    let mut request = place.url().into_client_request().unwrap();
    let protocols = format!("{SUB_PROTOCOL}, {}", place.token());
    let protocols = HeaderValue::from_str(&protocols).unwrap();
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocols);
    client_async(request, MaybeTlsStream::Plain(stream)).await.unwrap().0
}

fn offer(sdp: String) -> ClientMessage {
    ClientMessage::Subscribe(Subscribe {
        offer: Sdp::Plain(sdp),
        audio: None,
        send_layers: Vec::new(),
        receive: vec![None],
        video_subscriptions: Vec::new(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_is_cut_and_the_others_hear_on() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let other = attendee(server.address(), &place.meeting, "other").await;
    let mut guest = Guest::join(&other, 440).await;
    let mut idler = narrow(&place, &server).await;
    // Each offer is answered at length, and the service stops listening to who does not.
    let offer = offer(guest.client.write_offer());
    let offering = async {
        let joining = ClientMessage::Join(Join::default());
        for message in std::iter::once(&joining).chain(std::iter::repeat(&offer)) {
            let message = encode_client(WallTime::from_millis(1), message);
            if idler.send(Message::Binary(message)).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = soon(offering) => {}
        () = guest.stay() => {}
    }
    assert_eq!(metric(server.address(), "carillon_signaling_cut_total").await, 1);
    let packets = guest.client.hearing.packets;
    guest.until(|client| client.hearing.packets > packets + 50).await;
}

#[tokio::test]
async fn half_open_handshakes_keep_nobody_out() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut half_open = Vec::new();
    for part in ["", "GET", "GET /control/x HTTP/1.1\r\nupgrade: websocket\r\n"].repeat(50) {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
        half_open.push(stream);
    }
    assert!(Socket::join(&place).await.answers(1).await);
    assert_eq!(get(server.address(), "/readyz").await.status, 200);
}

#[tokio::test]
async fn what_is_no_upgrade_is_answered_as_plain_http() {
    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let path = format!("/control/{}", place.meeting.meeting_id);
    assert_eq!(get(server.address(), &path).await.status, 400);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(&[0x16, 3, 1, 0, 200, 1, 0, 0, 196]).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "TLS towards a plain port ends at once");
}
