//! An operator's backend that takes events.

use std::{
    collections::VecDeque,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use carillon_server::{
    DeliveryPace, EventSink, EventTarget, EventsConfig, SecretKey, TestServer, WebhookConfig,
};
use hmac::{Hmac, Mac as _};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet};

use crate::clock::{soon, wall};

const SECRET: &str = "known to both and nobody else";

/// What it does not take before it is healed, whatever it says else: events of meetings with this name.
pub(crate) const POISON: &str = "poison";

/// How a receiver answers; when nothing is left to say, it takes everything.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Status(u16),
    /// With a wish to be left alone for no time at all.
    RetryAtOnce(u16),
    /// Never.
    Hang,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The type without its prefix.
    pub(crate) fn word(&self) -> String {
        self.header("ce-type").replace("chime:", "")
    }

    /// Does what the documentation tells receivers to do.
    pub(crate) fn is_genuine(&self) -> bool {
        let (time, proof) = self.header("carillon-signature").split_once(",v1=").unwrap();
        let seconds = time.strip_prefix("t=").unwrap();
        let age = wall()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs()
            .abs_diff(seconds.parse().unwrap());
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(seconds.as_bytes());
        mac.update(b".");
        mac.update(&self.body);
        age < 300 && mac.verify_slice(&hex::decode(proof).unwrap()).is_ok()
    }
}

#[derive(Clone)]
struct Desk {
    told: mpsc::Sender<Told>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    is_healed: Arc<AtomicBool>,
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    told: mpsc::Receiver<Told>,
    is_healed: Arc<AtomicBool>,
    _running: JoinSet<()>,
}

impl Receiver {
    /// Begins to take events.
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), replies)
    }

    pub(crate) fn at(address: SocketAddr, replies: impl IntoIterator<Item = Reply>) -> Self {
        let (router, told, is_healed) = desk(replies);
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let mut running = JoinSet::new();
        running.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, told, is_healed, _running: running }
    }

    /// Begins to take events over TLS, with a certificate that it writes to a file.
    pub(crate) fn secure(certificate: &Path) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(certificate, cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        let (router, told, is_healed) = desk([]);
        let listener = TcpListener::bind("localhost:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                talks.spawn(talk(acceptor.clone(), stream, router.clone()));
            }
        });
        Self { address, told, is_healed, _running: running }
    }

    /// Takes everything from here on.
    pub(crate) fn heal(&self) {
        self.is_healed.store(true, Relaxed);
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Told {
        soon(self.told.recv()).await.unwrap()
    }

    /// The types of requests up to and with this one.
    pub(crate) async fn words_until(&mut self, last: &str) -> Vec<String> {
        let mut words = vec![self.next().await.word()];
        while words.last().unwrap() != last {
            words.push(self.next().await.word());
        }
        words
    }
}

fn desk(
    replies: impl IntoIterator<Item = Reply>,
) -> (Router, mpsc::Receiver<Told>, Arc<AtomicBool>) {
    let (told, receiver) = mpsc::channel(1_000);
    let replies = Arc::new(Mutex::new(replies.into_iter().collect()));
    let is_healed = Arc::new(AtomicBool::new(false));
    let desk = Desk { told, replies, is_healed: Arc::clone(&is_healed) };
    (Router::new().route("/events", post(take)).with_state(desk), receiver, is_healed)
}

async fn talk(acceptor: tokio_rustls::TlsAcceptor, stream: TcpStream, router: Router) {
    // A client that does not trust the certificate ends the handshake.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = hyper_util::service::TowerToHyperService::new(router);
    let io = hyper_util::rt::TokioIo::new(stream);
    drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let told = Told { headers, body };
    let is_poison = told.json()["detail"]["externalMeetingId"] == POISON;
    if is_poison && !desk.is_healed.load(Relaxed) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    desk.told.send(told).await.unwrap();
    let reply = desk.replies.lock().unwrap().pop_front();
    match reply {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Reply::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Reply::RetryAtOnce(status)) => {
            (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")]).into_response()
        }
        Some(Reply::Hang) => std::future::pending().await,
    }
}

/// Deliveries that are repeated almost at once.
fn hasty() -> DeliveryPace {
    let millis = std::time::Duration::from_millis;
    DeliveryPace { first: millis(1), longest: millis(10), ..DeliveryPace::default() }
}

/// Everything told to one target.
pub(crate) fn to(sink: EventSink) -> EventsConfig {
    let target = EventTarget { sink, arns: Vec::new() };
    EventsConfig {
        default: Some("backend".to_owned()),
        targets: [("backend".to_owned(), target)].into(),
        pace: hasty(),
        ..EventsConfig::default()
    }
}

pub(crate) fn webhook(address: SocketAddr) -> WebhookConfig {
    WebhookConfig {
        url: format!("http://{address}/events"),
        secret: SecretKey(SECRET.to_owned()),
        ca_file: None,
    }
}

/// A service that tells a receiver of everything.
pub(crate) fn telling(receiver: &Receiver) -> TestServer {
    let events = to(EventSink::Webhook(webhook(receiver.address)));
    TestServer::start_with(|config| config.events = events).unwrap()
}
