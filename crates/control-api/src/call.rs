//! One verified request, and what the API needs to serve it.

use std::sync::{Arc, Mutex};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use carillon_control::{ControlPlane, Moment};
use carillon_types::{AttendeeId, Caller, MeetingId, Violations, api};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    caller::Credentials,
    client_events::{ClientEvents, failed_join},
    clock::Clock,
    limits,
    live_meetings::LiveMeetings,
    problem::Problem,
    query::{self, Query},
    request_id::RequestIds,
    sigv4::SignatureRules,
    throttle::Throttle,
    token_bucket::{Rate, TokenBucket},
};

/// How the API is set up.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Who may call.
    pub credentials: Credentials,
    /// What signatures have to keep.
    pub rules: SignatureRules,
    /// The meetings that somebody is in.
    pub live: Arc<dyn LiveMeetings>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Random bytes, another choice for every run: request ids of different runs differ by them.
    pub seed: [u8; 16],
}

/// What the API serves from; copies share everything.
#[derive(Clone, Debug)]
pub struct ApiState(pub(crate) Arc<Shared>);

/// What the copies of [`ApiState`] share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) control: ControlPlane,
    pub(crate) live: Arc<dyn LiveMeetings>,
    pub(crate) credentials: Credentials,
    pub(crate) rules: SignatureRules,
    pub(crate) clock: Clock,
    pub(crate) request_ids: RequestIds,
    pub(crate) client_events: ClientEvents,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) last_words: Mutex<TokenBucket>,
}

impl ApiState {
    /// Puts the API in front of a control plane.
    #[must_use]
    pub fn new(control: ControlPlane, config: ApiConfig) -> Self {
        Self::build(control, config, None)
    }

    /// Puts the API in front of a control plane, and lets no account call an operation more often than this.
    #[must_use]
    pub fn throttled(control: ControlPlane, config: ApiConfig, rate: Rate) -> Self {
        Self::build(control, config, Some(Throttle::new(rate)))
    }

    fn build(control: ControlPlane, config: ApiConfig, throttle: Option<Throttle>) -> Self {
        let ApiConfig { credentials, rules, live, clock, seed } = config;
        let shared = Shared {
            control,
            live,
            credentials,
            rules,
            request_ids: RequestIds::new(seed),
            client_events: ClientEvents::default(),
            throttle,
            last_words: Mutex::new(TokenBucket::new(clock.now().instant, failed_join::LAST_WORDS)),
            clock,
        };
        Self(Arc::new(shared))
    }

    /// What clients have reported of how their meetings went.
    #[must_use]
    pub fn client_events(&self) -> ClientEvents {
        self.0.client_events.clone()
    }
}

/// A request whose signature holds.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) control: &'a ControlPlane,
    pub(crate) live: &'a dyn LiveMeetings,
    pub(crate) client_events: &'a ClientEvents,
    pub(crate) caller: Caller,
    pub(crate) now: Moment,
    pub(crate) query: Query,
    pub(crate) body: Bytes,
}

impl Call<'_> {
    /// Reads the body as `B` and checks it.
    pub(crate) fn request<B, R>(&self) -> Result<R, Problem>
    where
        B: DeserializeOwned,
        R: TryFrom<B, Error = Violations>,
    {
        Ok(limits::json::<B>(&self.body)?.try_into()?)
    }
}

/// Reads the meeting of a path.
pub(crate) fn meeting_id(segment: &str) -> Result<MeetingId, Problem> {
    Ok(api::meeting_id(&query::decode(segment)?)?)
}

/// Reads the attendee of a path.
pub(crate) fn attendee_id(segment: &str) -> Result<AttendeeId, Problem> {
    Ok(api::attendee_id(&query::decode(segment)?)?)
}

/// Answers with a body.
pub(crate) fn ok(body: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(body).map_err(Problem::fault)?;
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// Answers that something was done, without a body.
pub(crate) fn done() -> Response {
    Response::new(Body::empty())
}

/// Answers that something is gone, without a body.
pub(crate) fn gone() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
