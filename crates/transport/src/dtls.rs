//! One DTLS 1.2 association; the only module that uses rtc-dtls.
//!
//! It is bare: what protects it from loss and from hostile peers stands in `handshake.rs`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;

use crate::srtp::KeyingMaterial;
use crate::{CertificateError, DtlsError, Fingerprint, SrtpProfile, crypto};

/// The name of the peer within its endpoint, which serves this one peer: real addresses change during a call.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(240, 0, 0, 1)), 1);

/// A certificate with its private key.
pub(crate) struct Identity {
    certificate: Certificate,
    fingerprint: Fingerprint,
    aead_aes_128_gcm: HandshakeOptions,
    aes_128_cm_sha1_80: HandshakeOptions,
}

/// How to conduct a handshake.
#[derive(Clone)]
pub(crate) struct HandshakeOptions(Arc<HandshakeConfig>);

impl Identity {
    /// Generates an ECDSA P-256 key, from the randomness of the system, and signs its certificate with it.
    pub(crate) fn generate() -> Result<Self, CertificateError> {
        let names = vec!["carillon".to_owned()];
        let certificate = Certificate::generate_self_signed(names, crypto::operations())
            .map_err(|error| CertificateError { reason: error.to_string() })?;
        let der = certificate.certificate.first().map(AsRef::as_ref).unwrap_or_default();
        let server = |profile| {
            options(Role::Server, &certificate, &[profile])
                .map_err(|error| CertificateError { reason: error.to_string() })
        };
        Ok(Self {
            fingerprint: Fingerprint::of_der(der),
            aead_aes_128_gcm: server(SrtpProfile::AeadAes128Gcm)?,
            aes_128_cm_sha1_80: server(SrtpProfile::Aes128CmSha1_80)?,
            certificate,
        })
    }

    pub(crate) const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The options of a server that agrees on this profile only, shared by all associations.
    pub(crate) const fn server(&self, profile: SrtpProfile) -> &HandshakeOptions {
        match profile {
            SrtpProfile::AeadAes128Gcm => &self.aead_aes_128_gcm,
            SrtpProfile::Aes128CmSha1_80 => &self.aes_128_cm_sha1_80,
        }
    }

    /// The options of a client that offers these profiles.
    pub(crate) fn client(&self, profiles: &[SrtpProfile]) -> Result<HandshakeOptions, DtlsError> {
        options(Role::Client, &self.certificate, profiles).map_err(|_| DtlsError::Failed)
    }
}

impl fmt::Debug for HandshakeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeOptions").finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Server,
    Client,
}

fn options(
    role: Role,
    certificate: &Certificate,
    profiles: &[SrtpProfile],
) -> Result<HandshakeOptions, rtc_shared::error::Error> {
    let config = ConfigBuilder::default()
        .with_crypto_provider(crypto::provider())
        .with_certificates(vec![certificate.clone()])
        .with_cipher_suites(vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
        ])
        .with_srtp_protection_profiles(profiles.iter().copied().map(code_point).collect())
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // Certificates are self-signed: the fingerprint of the offer authenticates them.
        .with_insecure_skip_verify(true)
        .with_server_name("carillon".to_owned())
        .build(role == Role::Client, None)?;
    Ok(HandshakeOptions(Arc::new(config)))
}

const fn code_point(profile: SrtpProfile) -> SrtpProtectionProfile {
    match profile {
        SrtpProfile::AeadAes128Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
        SrtpProfile::Aes128CmSha1_80 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
    }
}

/// What followed from a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Pending,
    /// The handshake is complete with this datagram.
    Complete,
    /// The peer closed the association; the reply waits to be sent.
    Closed,
}

/// What a complete handshake agreed on.
pub(crate) struct Agreement {
    /// Whose certificate the peer proved to own.
    pub(crate) peer: Fingerprint,
    pub(crate) profile: SrtpProfile,
    pub(crate) keys: KeyingMaterial,
}

/// The association with one peer.
pub(crate) struct Association {
    endpoint: Endpoint,
}

impl Association {
    /// Waits for a client.
    pub(crate) fn server() -> Self {
        Self { endpoint: Endpoint::new(PEER, TransportProtocol::UDP, None) }
    }

    /// Sends the first flight to a server.
    pub(crate) fn client(now: Instant, options: &HandshakeOptions) -> Result<Self, DtlsError> {
        let mut association = Self::server();
        association
            .endpoint
            .connect(now, PEER, Arc::clone(&options.0), None)
            .map_err(|_| DtlsError::Failed)?;
        Ok(association)
    }

    /// Sets how the handshake is conducted; without effect once the first datagram was read.
    pub(crate) fn conduct(&mut self, options: &HandshakeOptions) {
        self.endpoint.set_server_config(Some(Arc::clone(&options.0)));
    }

    /// Reads a datagram. After an error only `drain` makes sense: an alert may wait.
    pub(crate) fn read(&mut self, now: Instant, datagram: &[u8]) -> Result<Progress, DtlsError> {
        let events = self
            .endpoint
            .read(now, PEER, None, BytesMut::from(datagram))
            .map_err(|_| DtlsError::Failed)?;
        let mut progress = Progress::Pending;
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => progress = Progress::Complete,
                EndpointEvent::PeerClosed => progress = Progress::Closed,
                // Data channels are not offered, so nothing that comes here was asked for.
                EndpointEvent::ApplicationData(_) | _ => {}
            }
        }
        Ok(progress)
    }

    /// Takes the datagrams to send.
    pub(crate) fn drain(&mut self) -> Vec<Bytes> {
        std::iter::from_fn(|| self.endpoint.poll_transmit())
            .map(|transmit| transmit.message.freeze())
            .collect()
    }

    /// When to call `handle_timeout`, as a client; the repetitions of a server confuse clients of this library.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.endpoint.poll_timeout(&PEER)
    }

    /// Repeats a flight whose answer is overdue.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsError> {
        if self.poll_timeout().is_none_or(|deadline| deadline > now) {
            return Ok(());
        }
        self.endpoint.handle_timeout(PEER, now).map_err(|_| DtlsError::Failed)
    }

    /// What was agreed on, once the handshake is complete; `None` if it lacks a certificate or SRTP.
    pub(crate) fn agreement(&self) -> Option<Agreement> {
        let state = self.endpoint.get_connection_state(PEER)?;
        let profile = [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80]
            .into_iter()
            .find(|profile| code_point(*profile) == state.srtp_protection_profile())?;
        let length = KeyingMaterial::length(profile);
        // The label of RFC 5764 section 4.2.
        let exported = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], length).ok()?;
        Some(Agreement {
            peer: Fingerprint::of_der(state.peer_certificates.first()?),
            profile,
            keys: KeyingMaterial::split(profile, exported.as_ref())?,
        })
    }

    /// Ends the association; a farewell waits to be sent.
    pub(crate) fn stop(&mut self, now: Instant) {
        drop(self.endpoint.stop(now, PEER));
    }
}

impl fmt::Debug for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Association").finish_non_exhaustive()
    }
}
