//! Whether the service takes new meetings, and what it answers when it does not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use carillon_media_server::MediaServer;
use carillon_types::ProblemKind;
use serde_json::json;

/// The header in which SDKs look for the type of an error.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// How it stands with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It takes new meetings.
    Ready,
    /// It was told to stop: running meetings go on, and may be joined.
    Draining,
    /// A media worker has ended: some meetings cannot be joined, and the process should be replaced.
    Broken,
}

/// Knows how it stands with the service.
#[derive(Clone, Debug)]
pub(crate) struct Readiness {
    media: Arc<MediaServer>,
    draining: Arc<AtomicBool>,
}

impl Readiness {
    pub(crate) fn new(media: Arc<MediaServer>) -> Self {
        Self { media, draining: Arc::default() }
    }

    /// Takes no new meetings from here on.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn standing(&self) -> Standing {
        if self.draining.load(Ordering::Relaxed) {
            Standing::Draining
        } else if self.media.is_whole() {
            Standing::Ready
        } else {
            Standing::Broken
        }
    }
}

/// Refuses to make meetings while the service takes none; everything else passes.
pub(crate) async fn refuse_new_meetings(
    State(readiness): State<Readiness>,
    request: Request,
    next: Next,
) -> Response {
    let makes_meeting = request.method() == Method::POST
        && matches!(request.uri().path(), "/meetings" | "/meetings/");
    if makes_meeting && readiness.standing() != Standing::Ready {
        return unavailable();
    }
    next.run(request).await
}

/// What SDKs understand as a reason to try again.
fn unavailable() -> Response {
    let kind = ProblemKind::ServiceUnavailable;
    let body = Json(json!({ "Code": kind.code(), "Message": "Service takes no new meetings" }));
    let headers = [
        (ERROR_TYPE, HeaderValue::from_static(kind.exception())),
        (RETRY_AFTER, HeaderValue::from_static("1")),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body).into_response()
}
