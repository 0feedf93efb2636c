//! What the service is told before it starts: flags and a file come together here, once.

mod events;
mod file;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

pub use events::{DeliveryPace, EventSink, EventTarget, EventsConfig, EventsError, WebhookConfig};

use carillon_control::{KEY_LIFE, LifetimeRules, Quotas};
use carillon_control_api::Rate;
use carillon_media_server::TranscriptionEngine;

use crate::tls::TlsFiles;

pub use file::{ConfigFileError, read_config_file};

/// How the service runs.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where HTTP and WebSockets are served.
    pub listen: SocketAddr,
    /// The first media worker's UDP address.
    pub media: SocketAddr,
    /// How many media workers.
    pub media_workers: NonZeroUsize,
    /// The addresses media clients are told; empty for the one in `media`.
    pub advertise: Vec<IpAddr>,
    /// How many attendees of a meeting may share content at once.
    pub max_shares: usize,
    /// Where clients reach `listen`, if not under its own address; no slash at the end.
    pub public_url: Option<String>,
    /// The certificate to serve `listen` with; absent for plain HTTP, as behind a proxy.
    pub tls: Option<TlsFiles>,
    /// What turns speech into text, if anything does.
    pub transcription: Option<Arc<dyn TranscriptionEngine>>,
    /// Where state is kept; absent for a temporary folder that goes with the process.
    pub data: Option<PathBuf>,
    /// Who may call the API.
    pub access: Access,
    /// Names of media regions beyond those of the original service.
    pub media_regions: Vec<String>,
    /// For how long meetings are made with the same key for their join tokens; each keeps its own for life.
    pub token_key_life: Duration,
    /// How much an account may have.
    pub quotas: Quotas,
    /// When meetings end by themselves.
    pub lifetimes: LifetimeRules,
    /// How often an account may call each operation; absent for as often as it likes.
    pub throttle: Option<Rate>,
    /// How long a stopping service waits for its meetings to end.
    pub drain: Duration,
    /// Where events go.
    pub events: EventsConfig,
}

/// Who may call the API.
#[derive(Clone, Debug)]
pub enum Access {
    /// Everybody who knows the well-known development key; the demo page may create meetings.
    Dev,
    /// Holders of these keys.
    Keys(Vec<KeyConfig>),
}

/// One access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyConfig {
    /// The public half.
    pub access_key: String,
    /// The secret half.
    pub secret_key: SecretKey,
    /// The twelve-digit account its meetings belong to.
    pub account: String,
}

/// The secret half of an access key; it never shows in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(pub String);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(***)")
    }
}

impl KeyConfig {
    /// The key of every development server: it protects nothing and is meant for loopback.
    #[must_use]
    pub fn dev() -> Self {
        Self {
            access_key: "devkey".to_owned(),
            secret_key: SecretKey("devsecret".to_owned()),
            account: "000000000000".to_owned(),
        }
    }
}

impl Access {
    /// The keys that open the API.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyConfig> {
        match self {
            Self::Dev => vec![KeyConfig::dev()],
            Self::Keys(keys) => keys.clone(),
        }
    }
}

impl Default for ServerConfig {
    /// A development server on loopback.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8_080)),
            media: SocketAddr::from((Ipv4Addr::LOCALHOST, 3_478)),
            media_workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            advertise: Vec::new(),
            max_shares: 2,
            public_url: None,
            tls: None,
            transcription: None,
            data: None,
            access: Access::Dev,
            media_regions: Vec::new(),
            token_key_life: KEY_LIFE,
            quotas: Quotas::default(),
            lifetimes: LifetimeRules::default(),
            throttle: None,
            drain: Duration::from_secs(30),
            events: EventsConfig::default(),
        }
    }
}
