//! TLS from files, which may be renewed while the service runs.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use rustls::{
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at; a renewed certificate is served that much later.
const RELOAD_INTERVAL: Duration = Duration::from_secs(10);

/// Where a certificate and its key are kept, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate of this service, then those between it and the authority's.
    pub cert: PathBuf,
    /// The private key of the first certificate.
    pub key: PathBuf,
}

/// Why TLS cannot be served with the files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read, or holds nothing of the kind; look at its path, permissions and content.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The key is not that of the certificate, or of a kind that TLS does not know; give the right pair.
    #[error("the private key does not serve the certificate")]
    Mismatch(#[source] rustls::Error),
}

/// The certificate that is served at present.
#[derive(Debug)]
pub(crate) struct Identity {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    served: Mutex<Served>,
}

#[derive(Debug)]
struct Served {
    key: Arc<CertifiedKey>,
    version: Version,
}

/// What a pair of files looked like when it was read.
type Version = [(SystemTime, u64); 2];

impl Identity {
    /// Reads the files.
    pub(crate) fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        // Looked at first: a file that changes in between is read once more.
        let version = version(&files)?;
        let served = Served { key: read(&files, &provider)?, version };
        Ok(Arc::new(Self { files, provider, served: Mutex::new(served) }))
    }

    /// Makes what turns connections into TLS ones.
    pub(crate) fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .expect("ring serves the default versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// Reads the files again if they have changed; says whether they had.
    ///
    /// While the new ones are no good, the old ones are served.
    pub(crate) fn reload(&self) -> Result<bool, TlsError> {
        let version = version(&self.files)?;
        if self.lock().version == version {
            return Ok(false);
        }
        let key = read(&self.files, &self.provider)?;
        *self.lock() = Served { key, version };
        Ok(true)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Served> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.lock().key))
    }
}

/// Serves renewed files until told to stop.
pub(crate) async fn follow_files(identity: Arc<Identity>, stop: CancellationToken) {
    let mut beat = tokio::time::interval(RELOAD_INTERVAL);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match identity.reload() {
            Ok(false) => {}
            Ok(true) => tracing::info!("the certificate was renewed"),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "the renewed certificate is of no use; the old one is served");
            }
        }
    }
}

fn version(TlsFiles { cert, key }: &TlsFiles) -> Result<Version, TlsError> {
    let look = |path: &Path| {
        let looked = fs::metadata(path).and_then(|data| Ok((data.modified()?, data.len())));
        looked.map_err(|source: io::Error| unreadable(path, source))
    };
    Ok([look(cert)?, look(key)?])
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let TlsFiles { cert, key } = files;
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| unreadable(cert, source))?;
    if chain.is_empty() {
        return Err(unreadable(cert, "there is no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|source| unreadable(key, source))?;
    CertifiedKey::from_der(chain, key, provider).map(Arc::new).map_err(TlsError::Mismatch)
}

fn unreadable(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> TlsError {
    TlsError::Unreadable { path: path.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a new pair for `name`.
    fn issue(files: &TlsFiles, name: &str) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        fs::write(&files.cert, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    fn files(folder: &tempfile::TempDir) -> TlsFiles {
        TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") }
    }

    fn served(identity: &Identity) -> CertificateDer<'static> {
        identity.lock().key.cert[0].clone()
    }

    #[test]
    fn renewed_pair_is_served_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let first = issue(&files, "one.example");
        let identity = Identity::load(files.clone()).unwrap();
        assert!(!identity.reload().unwrap());
        assert_eq!(served(&identity), first);
        let second = issue(&files, "the-second.example");
        assert!(identity.reload().unwrap());
        assert_eq!(served(&identity), second);
        fs::write(&files.cert, "not a certificate").unwrap();
        assert!(matches!(identity.reload(), Err(TlsError::Unreadable { .. })));
        assert_eq!(served(&identity), second);
    }

    #[test]
    fn key_of_another_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        issue(&files, "one.example");
        let other = rcgen::generate_simple_self_signed(["two.example".to_owned()]).unwrap();
        fs::write(&files.key, other.signing_key.serialize_pem()).unwrap();
        assert!(matches!(Identity::load(files), Err(TlsError::Mismatch(_))));
    }

    #[test]
    fn missing_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Identity::load(files(&folder)).unwrap_err();
        assert!(error.to_string().ends_with("cert.pem"), "{error}");
    }
}
