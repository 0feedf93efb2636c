//! The WebSocket beside the media.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use carillon_signaling::{CloseCode, MAX_SERVER_FRAME_BYTES, SocketCredentials};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// What the socket brought.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A message of the server.
    Message(Bytes),
    /// It is closed, with the code that the server gave if it gave one.
    Closed(Option<CloseCode>),
}

/// An open signaling socket.
#[derive(Debug)]
pub(crate) struct SignalingSocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    local: IpAddr,
}

/// What the address is given so that the server closes with a code instead of refusing by HTTP.
const QUERY: &str = concat!(
    "?X-Chime-Control-Protocol-Version=3&X-Amzn-Chime-Send-Close-On-Error=1",
    "&X-Amzn-Version=3.0.0&X-Amzn-User-Agent=carillon-",
    env!("CARGO_PKG_VERSION"),
);

/// How long a server may leave what it is told unread. A session waits meanwhile, so a longer one keeps it from finding
/// out; the socket's own buffers hold minutes of a quiet meeting.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a goodbye may take; nobody waits for an answer to it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

impl SignalingSocket {
    /// Opens the socket; does not end by itself when the server does not answer.
    pub(crate) async fn open(url: &str, credentials: &SocketCredentials) -> Result<Self, Error> {
        let mut request = format!("{url}{QUERY}").into_client_request()?;
        let protocols = HeaderValue::from_str(&credentials.to_sub_protocols())?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
        // A server that announces more than anything it has to say is cut off.
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
            .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
        // Boxed, since a TLS handshake takes 20 kB of state that nobody needs afterwards.
        let connecting = Box::pin(connect_async_with_config(request, Some(limits), true));
        let (stream, _) = connecting.await?;
        let local = match stream.get_ref() {
            MaybeTlsStream::Plain(tcp) => tcp.local_addr()?,
            MaybeTlsStream::Rustls(tls) => tls.get_ref().0.local_addr()?,
            _ => return Err(Error::AttackAttempt),
        };
        Ok(Self { stream, local: local.ip() })
    }

    /// The address of this machine from which the server was reached.
    pub(crate) const fn local_ip(&self) -> IpAddr {
        self.local
    }

    /// The next thing; it may be dropped while it waits without losing any.
    pub(crate) async fn next(&mut self) -> Incoming {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => return Incoming::Message(bytes),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map(|frame| CloseCode(frame.code.into()));
                    return Incoming::Closed(code);
                }
                // Text is of no protocol of ours; pings are answered by the library.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Incoming::Closed(None),
            }
        }
    }

    /// Sends a message; false once the socket is lost, or the server has not read for long.
    pub(crate) async fn send(&mut self, message: Bytes) -> bool {
        let sending = self.stream.send(Message::Binary(message));
        matches!(tokio::time::timeout(SEND_TIMEOUT, sending).await, Ok(Ok(())))
    }

    /// Closes without a code, as the protocol has it.
    pub(crate) async fn close(mut self) {
        match tokio::time::timeout(CLOSE_TIMEOUT, self.stream.close(None)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the signaling socket did not close cleanly"),
            Err(_) => tracing::debug!("the signaling socket did not close in time"),
        }
    }
}
