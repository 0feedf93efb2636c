//! The meetings API as a server application calls it: signed requests, one connection each.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a request may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(15);

/// Octets of an answer: a hundred attendees have about 200,000.
const MOST_OCTETS: u64 = 4 << 20;

/// The service that requests are signed for, as the original's SDKs do.
const SERVICE: &str = "chime";

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Give another.
    #[error("--endpoint is an http:// URL such as http://127.0.0.1:8080, and not {0}")]
    Endpoint(String),
    /// Start the service, or name the right address.
    #[error(
        "cannot reach the API at {address}: start it with `carillon serve --dev`, or name another with --endpoint"
    )]
    Unreachable {
        address: String,
        #[source]
        source: std::io::Error,
    },
    /// Something else answers there, or nothing does.
    #[error("{address} does not answer as the meetings API does: name another with --endpoint")]
    Odd { address: String },
    /// As the service says.
    #[error("the API refuses {what} ({status}): {message}")]
    Refused { what: String, status: u16, message: String },
    /// Give other keys.
    #[error("the access key cannot sign: give another with --access-key and --secret-key")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What opens the API.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) access: String,
    pub(crate) secret: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("access", &self.access).finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Where the API is, and who calls it.
#[derive(Debug)]
pub(crate) struct Api {
    /// Host and port.
    authority: String,
    key: Key,
    region: String,
    wall: fn() -> SystemTime,
}

impl Api {
    /// # Errors
    /// When the endpoint is none.
    pub(crate) fn new(
        endpoint: &str,
        key: Key,
        region: String,
        wall: fn() -> SystemTime,
    ) -> Result<Self, ApiError> {
        let no_endpoint = || ApiError::Endpoint(endpoint.to_owned());
        let authority = endpoint.trim_end_matches('/').strip_prefix("http://");
        let authority = authority.filter(|authority| {
            !authority.is_empty() && authority.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
        });
        let authority = authority.ok_or_else(no_endpoint)?.to_owned();
        Ok(Self { authority, key, region, wall })
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The address of something that the service shows to people.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority)
    }

    /// Creates something; gives the body of the answer.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        let body = body.to_string();
        let mut head = format!("POST {path} HTTP/1.0\r\nhost: {}\r\n", self.authority);
        for (name, value) in self.signature(path, &body)? {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("content-type: application/json\r\n");
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        let answer = self.exchange(&request).await?;
        let json: Option<Value> = serde_json::from_str(&answer.body).ok();
        match (answer.status, json) {
            (200..=299, Some(json)) => Ok(json),
            (status @ 400.., json) => {
                let message = json.as_ref().and_then(message_of).unwrap_or("no reason given");
                let (what, message) = (format!("POST {path}"), message.to_owned());
                Err(ApiError::Refused { what, status, message })
            }
            (_, _) => Err(self.odd()),
        }
    }

    /// Fetches something that needs no key.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, ApiError> {
        let request = format!("GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.authority);
        self.exchange(&request).await
    }

    fn signature(&self, path: &str, body: &str) -> Result<Vec<(String, String)>, ApiError> {
        let Key { access, secret } = &self.key;
        let identity = Credentials::new(access, secret, None, None, "carillon").into();
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| ApiError::Key(error);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time((self.wall)())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(error.into()))?
            .into();
        let headers = [("host", self.authority.as_str())].into_iter();
        let bytes = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new("POST", self.url(path), headers, bytes)
            .map_err(|error| failed(error.into()))?;
        let signed = sign(request, &params).map_err(|error| failed(error.into()))?;
        let (instructions, _) = signed.into_parts();
        let headers = instructions.headers();
        Ok(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Asks in HTTP/1.0, to which an answer is its octets and then the end.
    async fn exchange(&self, request: &str) -> Result<Answer, ApiError> {
        let exchanged = tokio::time::timeout(PATIENCE, self.read(request)).await;
        let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
        let octets = exchanged
            .unwrap_or_else(|_| Err(late()))
            .map_err(|source| ApiError::Unreachable { address: self.authority.clone(), source })?;
        answer_of(&octets).ok_or_else(|| self.odd())
    }

    async fn read(&self, request: &str) -> std::io::Result<Vec<u8>> {
        let has_port = self
            .authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
        let port = if has_port { "" } else { ":80" };
        let mut stream = TcpStream::connect(format!("{}{port}", self.authority)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut octets = Vec::new();
        stream.take(MOST_OCTETS).read_to_end(&mut octets).await?;
        Ok(octets)
    }

    fn odd(&self) -> ApiError {
        ApiError::Odd { address: self.authority.clone() }
    }
}

fn answer_of(octets: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(octets).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

/// What a refusal says, however its writer spells it.
fn message_of(body: &Value) -> Option<&str> {
    let message = body.get("Message").or_else(|| body.get("message"))?;
    message.as_str().filter(|message| !message.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(endpoint: &str) -> Result<Api, ApiError> {
        let key = Key { access: "devkey".to_owned(), secret: "hush".to_owned() };
        Api::new(endpoint, key, "us-east-1".to_owned(), || SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn only_plain_http_is_an_endpoint() {
        assert_eq!(api("http://host:8080/").unwrap().url("/m/x"), "http://host:8080/m/x");
        for endpoint in ["https://host", "host:8080", "http://", "http://a/b", "http://a b"] {
            assert!(matches!(api(endpoint), Err(ApiError::Endpoint(_))), "{endpoint}");
        }
    }

    #[test]
    fn answers_are_read_and_anything_else_is_none() {
        let answer = answer_of(b"HTTP/1.0 403 Forbidden\r\na: b\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (403, "{}"));
        for octets in [&b""[..], b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\n", &[0xff]] {
            assert!(answer_of(octets).is_none());
        }
    }

    #[test]
    fn the_secret_never_shows() {
        assert!(!format!("{:?}", api("http://host").unwrap()).contains("hush"));
    }
}
