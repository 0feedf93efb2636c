//! Targets that are web servers: one request for each event.

mod link;
mod signature;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use carillon_control::Posting;
use carillon_types::{MeetingStateChange, WallTime};
use http_body_util::Full;
use hyper::{
    Method, Request, StatusCode, Uri,
    header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT},
};

use self::{
    link::{Endpoint, Link},
    signature::SigningKey,
};
use super::{retry::Failure, sink::Sink};
use crate::{
    clock,
    config::{EventsError, WebhookConfig},
};

/// What the service calls itself.
const AGENT: &str = concat!("carillon/", env!("CARGO_PKG_VERSION"));

/// One connection's worth of a web server that takes events.
#[derive(Debug)]
pub(crate) struct Webhook {
    link: Link,
    host: HeaderValue,
    path: Uri,
    key: Arc<SigningKey>,
    timeout: Duration,
}

impl Webhook {
    /// Makes so many ways to a target; they connect when there is something to tell.
    pub(crate) fn lanes(
        target: &str,
        config: &WebhookConfig,
        timeout: Duration,
        count: usize,
    ) -> Result<Vec<Self>, EventsError> {
        let invalid = || EventsError::Url(target.to_owned());
        config.check_secret(target)?;
        let url: Uri = config.url.parse().map_err(|_| invalid())?;
        let certificates = |source| EventsError::Certificates { target: target.to_owned(), source };
        let endpoint = Endpoint::of(&url, config.ca_file.as_deref())
            .map_err(certificates)?
            .ok_or_else(invalid)?;
        let host = url.authority().ok_or_else(invalid)?.as_str();
        let host = HeaderValue::from_str(host).map_err(|_| invalid())?;
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let path: Uri = path.parse().map_err(|_| invalid())?;
        let key = Arc::new(SigningKey::new(config.secret.0.as_bytes()));
        let lane = || Self {
            link: Link::new(endpoint.clone()),
            host: host.clone(),
            path: path.clone(),
            key: Arc::clone(&key),
            timeout,
        };
        Ok((0..count).map(|_| lane()).collect())
    }

    /// Writes an event as a CloudEvent in binary mode, signed for this moment.
    fn request(&self, posting: &Posting) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let seconds = clock::now().wall.as_millis() / 1_000;
        let body = Bytes::copy_from_slice(posting.body.as_bytes());
        Request::builder()
            .method(Method::POST)
            .uri(self.path.clone())
            .header(HOST, self.host.clone())
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, "application/json")
            .header("ce-specversion", "1.0")
            .header("ce-id", posting.event.to_string())
            .header("ce-source", MeetingStateChange::SOURCE)
            .header("ce-type", &posting.event_type)
            .header("ce-subject", posting.meeting.to_string())
            .header("ce-time", posting.time())
            .header(signature::HEADER, self.key.sign(seconds, &body))
            .body(Full::new(body))
    }
}

impl Sink for Webhook {
    async fn deliver(&mut self, posting: &Posting) -> Result<(), Failure> {
        let request = self.request(posting).map_err(|error| Failure::Unreachable(error.into()))?;
        let exchange = self.link.exchange(request);
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(Ok((status, headers))) => judge(status, &headers, clock::now().wall),
            Ok(Err(error)) => Err(Failure::Unreachable(error)),
            Err(late) => Err(Failure::Unreachable(late.into())),
        }
    }
}

/// Says what an answer means.
fn judge(status: StatusCode, headers: &HeaderMap, now: WallTime) -> Result<(), Failure> {
    let code = status.as_u16();
    match code {
        200..=299 => Ok(()),
        410 => Err(Failure::Gone),
        408 | 425 | 429 | 500..=599 => {
            Err(Failure::Busy { status: code, wish: wish(headers, now) })
        }
        _ => Err(Failure::Refused { status: code }),
    }
}

/// Reads `Retry-After`, which is a number of seconds or a date (RFC 9110 section 10.2.3).
fn wish(headers: &HeaderMap, now: WallTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            Some(WallTime::from(date).saturating_since(now))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<(), Failure> {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert(RETRY_AFTER, text.parse().unwrap());
        }
        let now = WallTime::from_millis(784_111_777_000);
        judge(StatusCode::from_u16(status).unwrap(), &headers, now)
    }

    #[test]
    fn answers_are_told_apart_by_what_can_be_done() {
        for status in [200, 202, 204] {
            assert!(answer(status, None).is_ok());
        }
        for status in [408, 425, 429, 500, 503] {
            assert!(matches!(answer(status, None), Err(Failure::Busy { .. })), "{status}");
        }
        for status in [301, 400, 401, 404, 413, 422] {
            assert!(matches!(answer(status, None), Err(Failure::Refused { .. })), "{status}");
        }
        assert!(matches!(answer(410, None), Err(Failure::Gone)));
    }

    #[test]
    fn target_says_when_to_come_back_in_seconds_or_as_a_date() {
        for (text, seconds) in [
            ("7", Some(7)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let Err(Failure::Busy { wish, .. }) = answer(503, Some(text)) else { panic!("{text}") };
            assert_eq!(wish, seconds.map(Duration::from_secs), "{text}");
        }
    }
}
