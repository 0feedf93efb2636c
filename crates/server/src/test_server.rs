//! The whole service inside somebody's test.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use tokio::{runtime, sync::oneshot};

use crate::{KeyConfig, Ready, Server, ServerConfig, StartError};

/// A whole service on loopback, for tests: free ports, a temporary folder, the development key.
///
/// It runs on threads of its own, so tests with and without a runtime use it alike.
/// Dropped, it stops: clients are told to come back elsewhere, and its ports and its folder are free again.
/// Clients that a test still holds then cost the drop up to two seconds, because they cannot confirm; declare them after
/// the server, so that they go first.
///
/// ```
/// use std::{io::{Read as _, Write as _}, net::TcpStream};
///
/// let server = carillon_server::TestServer::start()?;
/// // An AWS SDK takes `server.endpoint()` as its endpoint URL, and this as its credentials:
/// let key = carillon_server::TestServer::key();
/// assert_eq!(key.access_key, "devkey");
///
/// let mut stream = TcpStream::connect(server.address())?;
/// stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("ready\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TestServer {
    ready: Ready,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl TestServer {
    /// Starts a service with one media worker; when this returns, it answers.
    ///
    /// # Errors
    /// When the service does not start.
    pub fn start() -> Result<Self, StartError> {
        Self::start_with(|_| {})
    }

    /// Starts a service whose configuration a test has changed.
    ///
    /// # Errors
    /// When the service does not start.
    ///
    /// # Panics
    /// When the system grants no threads.
    pub fn start_with(change: impl FnOnce(&mut ServerConfig)) -> Result<Self, StartError> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut config = ServerConfig {
            listen: free,
            media: free,
            media_workers: NonZeroUsize::MIN,
            drain: Duration::ZERO,
            ..ServerConfig::default()
        };
        change(&mut config);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::sync_channel(1);
        let thread = std::thread::spawn(move || run(config, &tell, stopped));
        let ready = told.recv().expect("the service's thread tells how it started")?;
        Ok(Self { ready, running: Some(Running { stop, thread }) })
    }

    /// The endpoint for an AWS SDK.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.ready.api
    }

    /// The address behind the endpoint.
    ///
    /// # Panics
    /// When a test has set a public URL that is not that of an address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let authority = self.ready.api.trim_start_matches("http://");
        authority.parse().expect("the endpoint of a test is an address")
    }

    /// The UDP addresses of the media workers.
    #[must_use]
    pub fn media(&self) -> &[SocketAddr] {
        &self.ready.media
    }

    /// The key that opens the API.
    #[must_use]
    pub fn key() -> KeyConfig {
        KeyConfig::dev()
    }

    /// Stops the service and waits for its end; dropping it does the same.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else { return };
        if stop.send(()).is_err() {
            tracing::debug!("a test's service has ended by itself");
        }
        if thread.join().is_err() {
            tracing::error!("a test's service ended by a panic");
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(
    config: ServerConfig,
    tell: &mpsc::SyncSender<Result<Ready, StartError>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("the system grants a test some threads").block_on(async {
        let server = match Server::start(config).await {
            Ok(server) => server,
            // An error means that nobody waits for the news.
            Err(error) => return drop(tell.send(Err(error))),
        };
        drop(tell.send(Ok(server.ready().clone())));
        // An error means that whoever could stop the service is gone, which is a reason to stop it.
        drop(stopped.await);
        server.stop().await;
    });
}
