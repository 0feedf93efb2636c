//! Where clients report how their meetings went: no operation of an AWS SDK, but a place that browsers post to.

use std::sync::PoisonError;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use carillon_control::AdmissionError;
use carillon_types::ProblemKind;
use serde_json::json;

use crate::{
    call::{Shared, ok},
    client_events::{ClientEvent, Reporter, failed_join, report::Report},
    limits,
    problem::Problem,
};

/// Seconds for which a browser need not ask again whether it may post: as long as any of them remembers.
const PREFLIGHT_SECONDS: &str = "86400";

/// Takes a report, or says what a browser may send here.
pub(crate) async fn take(state: &Shared, request: Request) -> Result<Response, Problem> {
    match *request.method() {
        Method::POST => post(state, request).await,
        Method::OPTIONS => Ok(preflight()),
        _ => Err(Problem::method_not_allowed("POST, OPTIONS")),
    }
}

/// Lets pages of any origin read the answer, refusals included: the page is the customer's, and the token is the proof.
pub(crate) fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        // A wildcard would not cover the first (Fetch standard, CORS-preflight fetch).
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn post(state: &Shared, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    // Who can send a header is refused before its body is read.
    let by_header = bearer(&parts.headers).map(|token| reporter(state, token)).transpose()?;
    let report = Report::read(&limits::read(body).await?)?;
    let reporter = match (by_header, &report.authorization) {
        (Some(reporter), _) => reporter,
        (None, Some(token)) => reporter(state, token)?,
        (None, None) => return Err(unauthorized("the report needs a join token")),
    };
    let now = state.clock.now();
    let events = report.into_events(now.wall);
    let failures = events.iter().filter(|event| *event.name == *failed_join::NAME).cloned();
    let failures: Vec<_> = failures.collect();
    if let Some(reporter) = reporter {
        state.client_events.keep(reporter, events, |meeting| state.control.is_alive(meeting));
    }
    let is_news = |_: &&ClientEvent| match reporter {
        Some(reporter) => failed_join::is_news(state.client_events.count_failed_join(reporter)),
        None => state.last_words.lock().unwrap_or_else(PoisonError::into_inner).take(now.instant),
    };
    failures.iter().filter(is_news).for_each(failed_join::log);
    ok(&json!({}))
}

/// Says who holds a token; nobody of whom anything is kept if the meeting or the attendee is gone.
///
/// Clients report how a meeting ended when it has, so that is no mistake of theirs.
fn reporter(state: &Shared, token: &str) -> Result<Option<Reporter>, Problem> {
    match state.control.admit(token) {
        Ok(admission) => Ok(Some((admission.meeting.meeting_id, admission.attendee.attendee_id))),
        Err(
            AdmissionError::MeetingEnded
            | AdmissionError::AttendeeRemoved
            | AdmissionError::MeetingLocked,
        ) => Ok(None),
        Err(error @ AdmissionError::BadToken) => Err(unauthorized(error.to_string())),
    }
}

/// Reads the token of a header (RFC 6750 section 2.1); the name of the scheme may be spelled in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized(message: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(ProblemKind::Unauthorized, message)
}
