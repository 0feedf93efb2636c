//! Every route on one screen, and what happens to every request before it reaches one.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, Method, request::Parts},
    response::Response,
    routing::any,
};
use carillon_control::CLIENT_EVENTS_PATH;
use carillon_types::ProblemKind;
use tracing::{Instrument as _, Span};

use crate::{
    call::{ApiState, Call, Shared},
    limits,
    problem::Problem,
    query::Query,
    request_id::RequestId,
    routes::{attendees, capabilities, client_events, meetings},
    sigv4,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Makes the API's part of an HTTP service: everything at and under `/meetings` and `/tags`, and the place where clients
/// report.
///
/// Other paths are left alone, so the router can be merged with others.
pub fn router(state: ApiState) -> Router {
    // A wildcard does not match nothing, hence the three patterns for everything under a path.
    ["/meetings", "/meetings/", "/meetings/{*rest}", "/tags", "/tags/", "/tags/{*rest}"]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, any(serve)))
        .route(CLIENT_EVENTS_PATH, any(serve_client))
        .with_state(state)
}

/// Finds the operation that a method, a path and the parameter `operation` name together, and runs it.
async fn dispatch(method: &Method, path: &[&str], call: &Call<'_>) -> Result<Response, Problem> {
    let operation = call.query.value("operation")?;
    match (path, method.as_str(), operation.as_deref()) {
        (["meetings"], "POST", None) => meetings::create(call).await,
        (["meetings"], "POST", Some("create-attendees")) => {
            meetings::create_with_attendees(call).await
        }
        (["meetings"], _, other) => Err(refuse(method, "POST", other)),

        (["meetings", meeting], "GET", None) => meetings::get(call, meeting),
        (["meetings", meeting], "DELETE", None) => meetings::delete(call, meeting).await,
        (["meetings", _], _, other) => Err(refuse(method, "GET, DELETE", other)),

        (["meetings", meeting, "attendees"], "POST", None) => {
            attendees::create(call, meeting).await
        }
        (["meetings", meeting, "attendees"], "POST", Some("batch-create")) => {
            attendees::batch_create(call, meeting).await
        }
        (["meetings", meeting, "attendees"], "GET", None) => attendees::list(call, meeting),
        (["meetings", _, "attendees"], _, other) => Err(refuse(method, "POST, GET", other)),

        (["meetings", _, "attendees", "capabilities"], "PUT", Some("batch-update-except")) => {
            Err(unsupported("BatchUpdateAttendeeCapabilitiesExcept"))
        }
        (["meetings", _, "attendees", "capabilities"], _, other) => {
            Err(refuse(method, "PUT", other))
        }

        (["meetings", meeting, "attendees", attendee], "GET", None) => {
            attendees::get(call, meeting, attendee)
        }
        (["meetings", meeting, "attendees", attendee], "DELETE", None) => {
            attendees::delete(call, meeting, attendee).await
        }
        (["meetings", _, "attendees", _], _, other) => Err(refuse(method, "GET, DELETE", other)),

        (["meetings", meeting, "attendees", attendee, "capabilities"], "PUT", None) => {
            capabilities::update(call, meeting, attendee).await
        }
        (["meetings", _, "attendees", _, "capabilities"], _, other) => {
            Err(refuse(method, "PUT", other))
        }

        (["meetings", _, "transcription"], "POST", Some("start")) => {
            Err(unsupported("StartMeetingTranscription"))
        }
        (["meetings", _, "transcription"], "POST", Some("stop")) => {
            Err(unsupported("StopMeetingTranscription"))
        }
        (["meetings", _, "transcription"], _, other) => Err(refuse(method, "POST", other)),

        (["tags"], "GET", None) => Err(unsupported("ListTagsForResource")),
        (["tags"], "POST", Some("tag-resource")) => Err(unsupported("TagResource")),
        (["tags"], "POST", Some("untag-resource")) => Err(unsupported("UntagResource")),
        (["tags"], _, other) => Err(refuse(method, "GET, POST", other)),

        (_, _, _) => Err(Problem::unknown_path()),
    }
}

/// Refuses what no route takes of a path that exists: the method, or else the operation.
fn refuse(method: &Method, allowed: &'static str, operation: Option<&str>) -> Problem {
    if !allowed.split(", ").any(|name| name == method.as_str()) {
        return Problem::method_not_allowed(allowed);
    }
    Problem::bad_request(match operation {
        Some(name) => format!("{method} has no operation `{name}` on this path"),
        None => format!("{method} on this path needs the query parameter `operation`"),
    })
}

fn unsupported(operation: &str) -> Problem {
    let message = format!("{operation} is not part of this version of the service");
    Problem::new(ProblemKind::Forbidden, message)
}

/// Answers any request of a caller.
async fn serve(State(ApiState(state)): State<ApiState>, request: Request) -> Response {
    let (id, span) = begin(&state, &request);
    let result = perform(&state, request).instrument(span.clone()).await;
    span.in_scope(|| answer(id, result))
}

/// Answers any request of a client that takes part in a meeting.
async fn serve_client(State(ApiState(state)): State<ApiState>, request: Request) -> Response {
    let (id, span) = begin(&state, &request);
    let result = client_events::take(&state, request).instrument(span.clone()).await;
    let mut response = span.in_scope(|| answer(id, result));
    client_events::allow_any_origin(response.headers_mut());
    response
}

fn begin(state: &Shared, request: &Request) -> (RequestId, Span) {
    let id = state.request_ids.next();
    let (method, path) = (request.method().as_str(), request.uri().path());
    (id, tracing::info_span!("api", request = %id, method, path))
}

/// Makes the answer of a result, with the request's id.
fn answer(id: RequestId, result: Result<Response, Problem>) -> Response {
    let mut response = result.unwrap_or_else(|problem| {
        problem.log();
        problem.into_response(id)
    });
    tracing::debug!(status = response.status().as_u16(), "answered");
    response.headers_mut().insert(REQUEST_ID, id.to_header());
    response
}

/// Verifies who asks before anything of the request is understood, then runs the operation.
async fn perform(state: &Shared, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = limits::read(body).await?;
    let query = Query::parse(parts.uri.query())?;
    let now = state.clock.now();
    let caller =
        sigv4::verify((&parts, &query, &body), &state.credentials, &state.rules, now.wall)?;
    let call = Call { control: &state.control, caller, now, query, body };
    let Parts { method, uri, .. } = parts;
    let path: Vec<_> = uri.path().split('/').skip(1).collect();
    dispatch(&method, &path, &call).await
}

#[cfg(test)]
mod tests;
