//! One request of HTTP/1.1, of which nothing but the status of its answer matters.

use std::sync::Arc;

use carillon_types::JoinToken;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::http::Uri;

/// Octets of an answer's head that are read: servers and proxies write a few hundred.
const MAX_HEAD: usize = 8 * 1024;

/// Lines of a head.
const MAX_HEADERS: usize = 64;

/// Why a request has no answer: it may have one next time.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    /// The server cannot be reached.
    #[error("the server cannot be reached")]
    Unreachable(#[from] std::io::Error),
    /// The server cannot be trusted.
    #[error("the connection cannot be secured")]
    Unsecured(#[from] rustls::Error),
    /// Something else answers.
    #[error("the answer is not HTTP")]
    Odd,
}

/// Where to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    is_secure: bool,
    host: String,
    port: u16,
    authority: String,
    path: String,
}

impl Target {
    /// Reads an `http://` or `https://` address; nothing if it is none.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let is_secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        // Brackets are how an address is written in a URL, and no part of it.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let without_user = authority.as_str().rsplit('@').next()?.to_owned();
        Some(Self { is_secure, host, port, authority: without_user, path })
    }

    /// Posts JSON, and gives the status of the answer.
    ///
    /// # Errors
    /// [`PostError`] when there is no answer.
    pub(super) async fn post(&self, token: &JoinToken, body: &str) -> Result<u16, PostError> {
        let request = self.request(token, body);
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        if !self.is_secure {
            return exchange(stream, &request).await;
        }
        let name = ServerName::try_from(self.host.clone()).map_err(|_| PostError::Odd)?;
        let stream = TlsConnector::from(trust()?).connect(name, stream).await?;
        exchange(stream, &request).await
    }

    fn request(&self, token: &JoinToken, body: &str) -> String {
        let Self { path, authority, .. } = self;
        let (token, length) = (token.as_str(), body.len());
        format!(
            "POST {path} HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }
}

/// What this machine trusts.
fn trust() -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> Result<u16, PostError> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    loop {
        let read = (&mut stream).take(1_024).read_buf(&mut head).await?;
        if let Some(status) = status_of(&head)? {
            return Ok(status);
        }
        if read == 0 || head.len() > MAX_HEAD {
            return Err(PostError::Odd);
        }
    }
}

/// The status in a head; nothing while it is incomplete.
fn status_of(head: &[u8]) -> Result<Option<u16>, PostError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(head).map_err(|_| PostError::Odd)?;
    Ok(if parsed.is_complete() { response.code } else { None })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_and_anything_else_is_none() {
        let target = Target::parse("https://[::1]/v1/events?x=1").unwrap();
        let parts = (target.is_secure, target.host.as_str(), target.port, target.path.as_str());
        assert_eq!(parts, (true, "::1", 443, "/v1/events?x=1"));
        let target = Target::parse("http://user@meetings.example:8080").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("meetings.example", 8_080));
        assert_eq!(
            (target.authority.as_str(), target.path.as_str()),
            ("meetings.example:8080", "/")
        );
        for odd in ["", "/v1", "ws://host/", "http://", "host:80", "http://a b/"] {
            assert_eq!(Target::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_status_is_read_once_the_head_is_complete() {
        let answer = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\n\r\n{}";
        assert_eq!(status_of(answer).unwrap(), Some(429));
        assert_eq!(status_of(&answer[..40]).unwrap(), None);
        assert!(status_of(b"SSH-2.0-x\r\n").is_err());
    }

    proptest! {
        #[test]
        fn any_octets_are_a_status_or_none(octets: Vec<u8>) {
            drop(status_of(&octets));
        }
    }
}
