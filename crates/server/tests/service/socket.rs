//! A signaling socket as a test holds it: messages and raw frames.

use carillon_signaling::{
    ClientMessage, Join, PingId, SUB_PROTOCOL, ServerFrame, ServerMessage, decode_server,
    encode_client,
};
use carillon_types::WallTime;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest as _,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

use crate::{api::Place, clock::soon};

pub(crate) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a socket was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    Said(ServerFrame),
    Closed(u16),
    /// The connection ended without a word.
    Cut,
}

pub(crate) fn said(message: ServerMessage) -> Heard {
    Heard::Said(message.into())
}

pub(crate) struct Socket {
    pub(crate) stream: Stream,
}

/// Opens a socket with these sub-protocols.
pub(crate) async fn dial(url: &str, protocols: &str) -> Result<Stream, tungstenite::Error> {
    let mut request = url.into_client_request().unwrap();
    if !protocols.is_empty() {
        let value = HeaderValue::from_str(protocols).unwrap();
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
    // With TLS among its features the library's future is too large for a stack.
    soon(Box::pin(connect_async(request))).await.map(|(stream, _)| stream)
}

impl Socket {
    pub(crate) async fn with_token(url: &str, token: &str) -> Self {
        let stream = dial(url, &format!("{SUB_PROTOCOL}, {token}")).await.unwrap();
        Self { stream }
    }

    pub(crate) async fn open(place: &Place) -> Self {
        Self::with_token(place.url(), place.token()).await
    }

    /// Opens a socket and joins, up to the first list of videos.
    pub(crate) async fn join(place: &Place) -> Self {
        let mut socket = Self::open(place).await;
        socket.say(&ClientMessage::Join(Join::default())).await;
        assert!(matches!(socket.message().await, ServerMessage::JoinAck(_)));
        assert!(matches!(socket.message().await, ServerMessage::Index(_)));
        socket
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        let bytes = encode_client(WallTime::from_millis(1), message);
        self.send(Message::Binary(bytes)).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        soon(self.stream.send(message)).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            match soon(self.stream.next()).await {
                Some(Ok(Message::Binary(bytes))) => {
                    return Heard::Said(decode_server(&bytes).unwrap().unwrap().content);
                }
                Some(Ok(Message::Close(Some(frame)))) => return Heard::Closed(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("a server does not say {other:?}"),
                Some(Err(_)) | None => return Heard::Cut,
            }
        }
    }

    pub(crate) async fn message(&mut self) -> ServerMessage {
        match self.hear().await {
            Heard::Said(ServerFrame { error: None, message }) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Whether the service still answers on this socket.
    pub(crate) async fn answers(&mut self, id: u32) -> bool {
        self.say(&ClientMessage::Ping(PingId(id))).await;
        loop {
            match self.hear().await {
                Heard::Said(frame) if frame.message == ServerMessage::Pong(PingId(id)) => {
                    return true;
                }
                Heard::Said(_) => {}
                Heard::Closed(_) | Heard::Cut => return false,
            }
        }
    }

    /// The code with which the socket ends.
    pub(crate) async fn end(&mut self) -> Option<u16> {
        loop {
            match self.hear().await {
                Heard::Said(_) => {}
                Heard::Closed(code) => return Some(code),
                Heard::Cut => return None,
            }
        }
    }
}
