//! What a session is told at its start.

use std::net::SocketAddr;
use std::time::Duration;

use crate::{Certificate, Fingerprint, IceCredentials, SrtpProfile};

/// What the server's end of a path needs to know, most of it from offer and answer.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Our identity, whose fingerprint stands in our answer.
    pub certificate: Certificate,
    /// The credentials in our answer.
    pub local: IceCredentials,
    /// The credentials in the peer's offer.
    pub remote: IceCredentials,
    /// The fingerprint in the peer's offer: another certificate ends the session.
    pub remote_fingerprint: Fingerprint,
    /// How long the peer may take.
    pub timeouts: Timeouts,
}

/// What the client's end of a path needs to know.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Our identity, whose fingerprint stands in our offer.
    pub certificate: Certificate,
    /// The credentials in our offer.
    pub local: IceCredentials,
    /// The credentials in the server's answer.
    pub remote: IceCredentials,
    /// The fingerprint in the server's answer.
    pub remote_fingerprint: Fingerprint,
    /// The server's candidate.
    pub remote_address: SocketAddr,
    /// The SRTP profiles to offer, in the order of preference.
    pub profiles: Vec<SrtpProfile>,
    /// How long the server may take.
    pub timeouts: Timeouts,
}

/// How long a peer may take before its session is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the start of a session until media may flow, the first check included.
    ///
    /// Browsers give up after 15 s, so less would cut off joins that still succeed on lossy paths; more keeps
    /// the state of peers that never come.
    pub handshake: Duration,
    /// Silence of authenticated checks after which consent to send is lost (RFC 7675 section 5.1).
    ///
    /// The RFC sets 30 s; less ends calls that would survive a blackout, more sends to a host that is gone.
    pub consent: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { handshake: Duration::from_secs(20), consent: Duration::from_secs(30) }
    }
}
