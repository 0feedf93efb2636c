//! Every path on one screen, and what happens to every request before it reaches one.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, request::Parts},
    response::Response,
    routing::{any, get},
};
use carillon_control::CLIENT_EVENTS_PATH;
use tracing::{Instrument as _, Span};

use crate::{
    call::{ApiState, Call, Shared},
    limits, openapi,
    operation::{Operation, OwnOperation},
    problem::Problem,
    query::Query,
    request_id::RequestId,
    routes::{
        attendees, capabilities, client_events, client_reports, data_messages, live, media_region,
        meetings, moderation, tags, transcription,
    },
    sigv4,
};

/// Where the operations are that no AWS SDK has.
const OWN: &str = "/carillon/v1/{*rest}";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Makes the API's part of an HTTP service: everything at and under `/meetings` and `/tags`, the service's own operations
/// under `/carillon/v1`, the place where clients report, and the one where demos ask for a region.
///
/// Other paths are left alone, so the router can be merged with others.
pub fn router(state: ApiState) -> Router {
    // A wildcard does not match nothing, hence the three patterns for everything under a path.
    ["/meetings", "/meetings/", "/meetings/{*rest}", "/tags", "/tags/", "/tags/{*rest}", OWN]
        .into_iter()
        .fold(Router::new(), |router, path| router.route(path, any(serve)))
        .route(CLIENT_EVENTS_PATH, any(serve_client))
        .route("/nearest-media-region", get(media_region::nearest))
        .route(openapi::PATH, get(openapi::serve))
        .with_state(state)
}

/// Carries an operation out.
async fn run(operation: Operation<'_>, call: &Call<'_>) -> Result<Response, Problem> {
    match operation {
        Operation::CreateMeeting => meetings::create(call).await,
        Operation::CreateMeetingWithAttendees => meetings::create_with_attendees(call).await,
        Operation::GetMeeting(meeting) => meetings::get(call, meeting),
        Operation::DeleteMeeting(meeting) => meetings::delete(call, meeting).await,
        Operation::CreateAttendee(meeting) => attendees::create(call, meeting).await,
        Operation::BatchCreateAttendee(meeting) => attendees::batch_create(call, meeting).await,
        Operation::ListAttendees(meeting) => attendees::list(call, meeting),
        Operation::GetAttendee(meeting, attendee) => attendees::get(call, meeting, attendee),
        Operation::DeleteAttendee(meeting, attendee) => {
            attendees::delete(call, meeting, attendee).await
        }
        Operation::UpdateAttendeeCapabilities(meeting, attendee) => {
            capabilities::update(call, meeting, attendee).await
        }
        Operation::BatchUpdateAttendeeCapabilitiesExcept(meeting) => {
            capabilities::batch_update_except(call, meeting).await
        }
        Operation::StartMeetingTranscription(meeting) => transcription::start(call, meeting).await,
        Operation::StopMeetingTranscription(meeting) => transcription::stop(call, meeting).await,
        Operation::ListTagsForResource => tags::list(call),
        Operation::TagResource => tags::add(call).await,
        Operation::UntagResource => tags::remove(call).await,
        Operation::Own(operation) => run_own(operation, call).await,
    }
}

/// Carries out one of the service's own.
async fn run_own(operation: OwnOperation<'_>, call: &Call<'_>) -> Result<Response, Problem> {
    match operation {
        OwnOperation::GetServer => live::server(call),
        OwnOperation::ListMeetings => live::list(call),
        OwnOperation::GetLiveMeeting(meeting) => live::get(call, meeting).await,
        OwnOperation::LockMeeting(meeting) => moderation::lock(call, meeting).await,
        OwnOperation::UnlockMeeting(meeting) => moderation::unlock(call, meeting).await,
        OwnOperation::MuteAttendee(meeting, attendee) => {
            moderation::silence(call, (meeting, attendee), true).await
        }
        OwnOperation::UnmuteAttendee(meeting, attendee) => {
            moderation::silence(call, (meeting, attendee), false).await
        }
        OwnOperation::SendDataMessage(meeting) => data_messages::send(call, meeting).await,
        OwnOperation::GetClientEvents(meeting, attendee) => {
            client_reports::get(call, meeting, attendee).await
        }
    }
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
    let Shared { control, live, client_events, .. } = state;
    let call = Call { control, live: &**live, client_events, caller, now, query, body };
    let Parts { method, uri, .. } = parts;
    let path: Vec<_> = uri.path().split('/').skip(1).collect();
    let operation = Operation::find(&method, &path, call.query.value("operation")?.as_deref())?;
    if let Some(throttle) = &state.throttle
        && !throttle.admits(now.instant, &call.caller.account, operation.name())
    {
        return Err(Problem::throttled());
    }
    run(operation, &call).await
}

#[cfg(test)]
mod tests;
