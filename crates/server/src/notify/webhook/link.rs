//! One kept connection to a web server.

use std::{path::Path, pin::pin, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, StatusCode, Uri,
    client::conn::http1::{self, SendRequest},
    header::HeaderMap,
    http::uri::Scheme,
};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Answer = (StatusCode, HeaderMap);

/// Bytes of an answer's body that are read to keep the connection: nobody looks at them, and a longer one costs a new
/// connection.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Where a web server is, and how it is known.
#[derive(Clone)]
pub(super) struct Endpoint {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Endpoint({}:{})", self.host, self.port)
    }
}

impl Endpoint {
    /// Reads an address; nothing is returned for what is no http(s) address, or one with a name and password in it.
    pub(super) fn of(url: &Uri, roots: Option<&Path>) -> Result<Option<Self>, BoxError> {
        let Some(authority) = url.authority().filter(|authority| !authority.as_str().contains('@'))
        else {
            return Ok(None);
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let (tls, port) = if url.scheme() == Some(&Scheme::HTTPS) {
            let Ok(name) = ServerName::try_from(host.clone()) else { return Ok(None) };
            (Some((connector(roots)?, name)), 443)
        } else if url.scheme() == Some(&Scheme::HTTP) {
            (None, 80)
        } else {
            return Ok(None);
        };
        let port = authority.port_u16().unwrap_or(port);
        Ok((!host.is_empty()).then_some(Self { host, port, tls }))
    }

    async fn connect(&self) -> Result<Open, BoxError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // A request is one short message, wanted at once.
        stream.set_nodelay(true)?;
        match &self.tls {
            Some((connector, name)) => {
                Open::over(connector.connect(name.clone(), stream).await?).await
            }
            None => Open::over(stream).await,
        }
    }
}

/// Trusts the certificates of a file, or those that the system trusts.
fn connector(roots: Option<&Path>) -> Result<TlsConnector, BoxError> {
    let mut trusted = RootCertStore::empty();
    match roots {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file)? {
                trusted.add(certificate?)?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            trusted.add_parsable_certificates(found.certs);
        }
    }
    if trusted.is_empty() {
        return Err("no certificate was found".into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A way to a web server, which is opened when there is something to say.
#[derive(Debug)]
pub(super) struct Link {
    endpoint: Endpoint,
    open: Option<Open>,
}

impl Link {
    pub(super) const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, open: None }
    }

    /// Asks and returns the answer without its body; dropped before, it closes the connection.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, BoxError> {
        // A kept connection may have ended since: then a new one is as good as none before it.
        if let Some(open) = self.open.take()
            && let Ok((answer, kept)) = open.exchange(request.clone()).await
        {
            self.open = kept;
            return Ok(answer);
        }
        let (answer, kept) = self.endpoint.connect().await?.exchange(request).await?;
        self.open = kept;
        Ok(answer)
    }
}

/// An open connection. It makes no progress but while somebody asks over it.
struct Open {
    sender: SendRequest<Full<Bytes>>,
    connection: std::pin::Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Open")
    }
}

impl Open {
    async fn over<T>(stream: T) -> Result<Self, BoxError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, connection: Box::pin(connection) })
    }

    /// Asks once; returns the connection with the answer if it can be used again.
    async fn exchange(
        self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Answer, Option<Self>), BoxError> {
        let Self { mut sender, mut connection } = self;
        let (answer, reusable) = {
            let mut talk = pin!(async {
                sender.ready().await?;
                let (head, body) = sender.send_request(request).await?.into_parts();
                let whole = Limited::new(body, LONGEST_ANSWER).collect().await.is_ok();
                Ok::<_, BoxError>(((head.status, head.headers), whole))
            });
            tokio::select! {
                answer = &mut talk => answer?,
                // Whatever had arrived by then is there to be read.
                _ended = &mut connection => (talk.await?.0, false),
            }
        };
        Ok((answer, reusable.then_some(Self { sender, connection })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Option<String> {
        let endpoint = Endpoint::of(&url.parse().unwrap(), None).unwrap()?;
        Some(format!("{endpoint:?}"))
    }

    #[test]
    fn address_has_a_scheme_and_a_host_and_no_password() {
        assert_eq!(endpoint("http://h/p?q").as_deref(), Some("Endpoint(h:80)"));
        assert_eq!(endpoint("http://[::1]:8080").as_deref(), Some("Endpoint(::1:8080)"));
        for bad in ["ftp://h/p", "/p", "h:80", "http://u:p@h/p"] {
            assert_eq!(endpoint(bad), None, "{bad}");
        }
    }
}
