//! HTTP connections: how many there may be, how long each may take to ask, and how they end.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What connections may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HttpLimits {
    /// How many connections there may be, WebSockets included; further ones wait to be accepted.
    pub(crate) connections: usize,
    /// From the accept to the end of the TLS handshake.
    pub(crate) handshake: Duration,
    /// From the accept, or from the end of the last answer, to the last byte of a request's headers.
    pub(crate) header: Duration,
    /// From a request's headers to the start of its answer.
    pub(crate) answer: Duration,
}

impl HttpLimits {
    /// Ten thousand connections: as many WebSockets as one node serves meetings to, with their memory at about 1 GB.
    /// More asks for more file descriptors than systems usually grant.
    ///
    /// 75 s for headers, idle time between requests included: load balancers keep idle connections for 60 s, and one
    /// that is closed before they let go of it costs a request. Longer helps who holds connections to do harm.
    ///
    /// 10 s for a TLS handshake: two round trips, on a link that loses some of them.
    ///
    /// 30 s for an answer: the slowest one is a change that waits 4 s for the store behind a body that may take 10 s.
    pub(crate) const DEFAULT: Self = Self {
        connections: 10_000,
        handshake: Duration::from_secs(10),
        header: Duration::from_secs(75),
        answer: Duration::from_secs(30),
    };
}

/// Bytes that are buffered of a request's headers. A signed request has about 2 KiB, and proxies add some; every
/// connection may hold this much at once.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// How long accepting pauses when the system refuses, as it does when file descriptors run out. Shorter only repeats the
/// refusal, longer keeps clients waiting after there is room again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Bytes that the system holds of what a connection was sent and has not taken; it doubles this for its own needs.
/// Left to itself, it would hold up to 4 MiB for everybody who does not read. Less slows down the page on long links.
const SEND_BUFFER_BYTES: u32 = 256 * 1024;

/// How many connections the system completes before they are accepted: those of a large meeting that begins.
const WAITING_CONNECTIONS: u32 = 1_024;

/// Takes the address.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // The address of a predecessor can be had although connections of it are still being forgotten.
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(WAITING_CONNECTIONS)
}

/// Accepts connections until told to stop, and serves them by tasks of their own; over TLS where there is a way to it.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: HttpLimits,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let accepting = async {
        loop {
            // An error would mean that the semaphore was closed, which nobody does.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let stream = accept(&listener).await;
            let connection = Connection { stream, place };
            let (router, stop) = (router.clone(), stop.clone());
            match tls.clone() {
                None => tasks.spawn(converse(connection, router, limits, stop)),
                Some(tls) => tasks.spawn(converse_secretly(tls, connection, router, limits, stop)),
            };
        }
    };
    // Accepting is cancel-safe: a connection is either given to a task or left to the system.
    stop.run_until_cancelled(accepting).await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Signaling frames are short and wanted at once.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps its delay");
                }
                return stream;
            }
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "connections cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the error concerns the connection that was to be accepted, and no other.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Converses over TLS, if the other side can be agreed with in time.
async fn converse_secretly(
    tls: TlsAcceptor,
    connection: Connection<TcpStream>,
    router: Router,
    limits: HttpLimits,
    stop: CancellationToken,
) {
    let greeting = tokio::time::timeout(limits.handshake, tls.accept(connection.stream));
    match stop.run_until_cancelled(greeting).await {
        Some(Ok(Ok(stream))) => {
            let connection = Connection { stream, place: connection.place };
            converse(connection, router, limits, stop).await;
        }
        Some(Ok(Err(error))) => tracing::debug!(%error, "a TLS handshake failed"),
        Some(Err(_)) => tracing::debug!("a TLS handshake took too long"),
        None => {}
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    connection: Connection<S>,
    router: Router,
    limits: HttpLimits,
    stop: CancellationToken,
) {
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let answer = tokio::time::timeout(limits.answer, router.call(request));
        async { Ok::<Response, std::convert::Infallible>(answer.await.map_or_else(late, never)) }
    });
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(connection), service)
            .with_upgrades()
    );
    let served = match stop.run_until_cancelled(serving.as_mut()).await {
        Some(served) => served,
        None => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}

fn late(_: tokio::time::error::Elapsed) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "this took too long\n").into_response()
}

fn never(answer: Result<Response, std::convert::Infallible>) -> Response {
    let Ok(response) = answer;
    response
}

/// A connection with the place it takes, which is free again when the connection is gone: after an upgrade, with the
/// WebSocket.
struct Connection<S> {
    stream: S,
    place: OwnedSemaphorePermit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    struct Rig {
        address: SocketAddr,
        stop: CancellationToken,
        tasks: TaskTracker,
    }

    impl Rig {
        async fn start(connections: usize) -> Self {
            let router = Router::new()
                .route("/", get(async || "hello\n"))
                .route("/slow", post(async |_: axum::body::Bytes| "read\n"));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
            let limits = HttpLimits { connections, ..HttpLimits::DEFAULT };
            tasks.spawn(serve(listener, None, router, limits, stop.clone(), tasks.clone()));
            Self { address, stop, tasks }
        }

        async fn say(&self, text: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream
        }

        async fn end(self) {
            self.stop.cancel();
            self.tasks.close();
            self.tasks.wait().await;
        }
    }

    async fn rest(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

    // The runtime's clock stands still while anything moves, and jumps to the next deadline when nothing does.
    #[tokio::test(start_paused = true)]
    async fn a_header_that_never_ends_is_given_up() {
        let rig = Rig::start(10).await;
        let before = tokio::time::Instant::now();
        let begun = rig.say("GET / HTTP/1.1\r\nhost:").await;
        assert!(!rest(begun).await.contains("200"));
        assert!(before.elapsed() >= HttpLimits::DEFAULT.header);
        rig.end().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_answered_and_given_up() {
        let rig = Rig::start(10).await;
        let begun = rig.say("POST /slow HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nab").await;
        assert!(rest(begun).await.starts_with("HTTP/1.1 503"));
        rig.end().await;
    }

    #[tokio::test(start_paused = true)]
    async fn connections_beyond_the_limit_wait_for_aplace() {
        let rig = Rig::start(2).await;
        let _idle = rig.say("GET / HT").await;
        let _idle = rig.say("GET / HT").await;
        let before = tokio::time::Instant::now();
        let third = rig.say(WHOLE).await;
        assert!(rest(third).await.ends_with("hello\n"));
        assert!(before.elapsed() >= HttpLimits::DEFAULT.header, "not before another was given up");
        rig.end().await;
    }

    #[tokio::test]
    async fn headers_beyond_the_limit_are_refused() {
        let rig = Rig::start(10).await;
        // As much as is buffered: what is left unread would reset the connection before the answer is read.
        let begin = "GET / HTTP/1.1\r\nhost: h\r\nx: ";
        let long = format!("{begin}{}", "x".repeat(MAX_HEADER_BYTES - begin.len()));
        assert!(rest(rig.say(&long).await).await.starts_with("HTTP/1.1 431"));
        rig.end().await;
    }

    #[tokio::test]
    async fn stopping_ends_idle_connections() {
        let rig = Rig::start(10).await;
        let mut kept = rig.say("GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
        let mut answer = [0; 12];
        kept.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        let address = rig.address;
        rig.end().await;
        assert!(rest(kept).await.ends_with("hello\n"));
        assert!(TcpStream::connect(address).await.is_err());
    }
}
