//! Why the service does not start.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why the service does not start; nothing of it keeps running.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had: choose another with `--listen`, or end what holds it.
    #[error("cannot serve HTTP on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder for state cannot be used: check the path and the permissions, or choose another with `--data`.
    #[error("cannot keep state in {path}")]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The state cannot be read: it is damaged, or of a later version.
    #[error("cannot open the store")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address for clients is none: correct `--public-url`.
    #[error(transparent)]
    PublicUrl(#[from] carillon_control::InvalidPublicUrl),
    /// TLS cannot be served: correct `--tls-cert` and `--tls-key`.
    #[error("cannot serve TLS")]
    Tls(#[from] crate::tls::TlsError),
    /// A name is no media region: correct the configuration.
    #[error("{0:?} is not a media region of 2 to 64 characters")]
    MediaRegion(String),
    /// An account is not made of twelve digits: correct the configuration.
    #[error("{0:?} is not an account of twelve digits")]
    Account(String),
    /// Events cannot go where they should.
    #[error(transparent)]
    Events(#[from] crate::EventsError),
    /// The media side does not start.
    #[error(transparent)]
    Media(#[from] carillon_media_server::StartError),
}

impl StartError {
    /// What whoever started the service can do about it, in the words of its flags.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        use carillon_media_server::StartError as Media;
        match self {
            Self::Listen { .. } => {
                "choose another address with --listen, or end what holds this one"
            }
            Self::DataFolder { .. } => "check its permissions, or choose another with --data",
            Self::Store(_) => {
                "see that no other process uses the folder in --data, and its version"
            }
            Self::PublicUrl(_) => "correct --public-url",
            Self::Tls(_) => {
                "give a certificate chain and its key as PEM files with --tls-cert and --tls-key"
            }
            Self::MediaRegion(_) => "correct media-regions",
            Self::Events(_) => "correct [events] in the configuration file",
            Self::Account(_) => "correct the account of that key",
            Self::Media(Media::Bind { .. }) => {
                "choose another address with --media, or end what holds this one"
            }
            Self::Media(Media::NothingToAdvertise) => "for example --advertise 203.0.113.7",
            Self::Media(Media::PortsExhausted(_)) => "choose a lower port or fewer workers",
            Self::Media(Media::Certificate(_)) => "report this as a bug",
            Self::Media(Media::Thread(_)) => "let the process have more threads",
        }
    }
}
