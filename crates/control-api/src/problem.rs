//! The one place where errors become HTTP answers.
//!
//! SDKs find the type of an error in the header `x-amzn-ErrorType` alone, so every error answer has it.

use std::{borrow::Cow, error::Error};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use carillon_control::ControlError;
use carillon_types::{ProblemKind, Violations};
use serde::Serialize;

use crate::{query::QueryError, request_id::RequestId, sigv4::SignatureError};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Characters of a message, as the model has it; parsers quote what they did not like, however long.
const MAX_MESSAGE_CHARS: usize = 4096;

/// What a caller is told to wait when the service cannot work: a queue drains and a restart is over in
/// about a second. Longer makes recovery visible to people, shorter invites the next crowd too early.
const RETRY_AFTER_SECONDS: u16 = 1;

/// An error as the caller sees it, and what only the log may know.
#[derive(Debug)]
pub(crate) struct Problem {
    name: Name,
    message: Cow<'static, str>,
    /// In seconds.
    retry_after: Option<u16>,
    allow: Option<&'static str>,
    /// What the problem is about, where the model has a member for it.
    resource_name: Option<Box<str>>,
    /// Private detail: it goes to the log and never to the caller.
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// Makes an answer that the SDKs' model knows.
    pub(crate) fn new(kind: ProblemKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::named(Name::of(kind), message)
    }

    fn named(name: Name, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name,
            message: message.into(),
            retry_after: None,
            allow: None,
            resource_name: None,
            cause: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemKind::BadRequest, message)
    }

    /// A path that this service does not have.
    pub(crate) fn unknown_path() -> Self {
        Self::named(Name::UNKNOWN_OPERATION, "this service has no such path")
    }

    /// A path that exists, asked with a method that it does not have.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("this path answers to {allow} only");
        Self { allow: Some(allow), ..Self::named(Name::METHOD_NOT_ALLOWED, message) }
    }

    /// A call too many; the SDKs wait and try again by themselves.
    pub(crate) fn throttled() -> Self {
        let message = "the account calls this operation more often than it may";
        let throttled = Self::new(ProblemKind::Throttling, message);
        Self { retry_after: Some(RETRY_AFTER_SECONDS), ..throttled }
    }

    pub(crate) fn body_too_slow() -> Self {
        Self::named(Name::REQUEST_TIMEOUT, "the request body took too long to arrive")
    }

    pub(crate) fn body_too_large(limit: usize) -> Self {
        let message = format!("the request body has more than {limit} bytes");
        Self::named(Name::REQUEST_TOO_LARGE, message)
    }

    /// A fault of the service, whose cause is none of the caller's business.
    pub(crate) fn fault(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let message = "the service failed unexpectedly: its log tells more under the request id";
        let fault = Self::new(ProblemKind::ServiceFailure, message);
        Self { cause: Some(cause.into()), ..fault }
    }

    /// Writes the log line of this problem; the message stays out of it, because it may quote the caller.
    pub(crate) fn log(&self) {
        let (status, error) = (self.name.status.as_u16(), self.name.exception);
        match &self.cause {
            Some(cause) => tracing::error!(status, error, cause = chain(cause.as_ref()), "failed"),
            None => tracing::debug!(status, error, "refused"),
        }
    }

    /// Makes the answer, all but the request id's header, which every answer gets elsewhere.
    pub(crate) fn into_response(self, id: RequestId) -> Response<Body> {
        let message: String = self.message.chars().take(MAX_MESSAGE_CHARS).collect();
        let fields = Fields {
            code: self.name.code,
            message,
            request_id: id.to_string(),
            resource_name: self.resource_name,
        };
        let body = serde_json::to_vec(&fields).expect("strings always encode");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.name.status;
        let headers = response.headers_mut();
        headers.insert(ERROR_TYPE, HeaderValue::from_static(self.name.exception));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(pause) = self.retry_after {
            headers.insert(header::RETRY_AFTER, pause.into());
        }
        if let Some(methods) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}

/// The body of an error answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    code: &'static str,
    message: String,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<Box<str>>,
}

/// What an error answer is called: status, type in the header, code in the body.
#[derive(Clone, Copy, Debug)]
struct Name {
    status: StatusCode,
    exception: &'static str,
    code: &'static str,
}

impl Name {
    const MISSING_TOKEN: Self =
        Self::beyond_model(StatusCode::FORBIDDEN, "MissingAuthenticationTokenException");
    const INCOMPLETE_SIGNATURE: Self =
        Self::beyond_model(StatusCode::FORBIDDEN, "IncompleteSignatureException");
    const UNRECOGNIZED_CLIENT: Self =
        Self::beyond_model(StatusCode::FORBIDDEN, "UnrecognizedClientException");
    const INVALID_SIGNATURE: Self =
        Self::beyond_model(StatusCode::FORBIDDEN, "InvalidSignatureException");
    const EXPIRED_TOKEN: Self = Self::beyond_model(StatusCode::FORBIDDEN, "ExpiredTokenException");
    const UNKNOWN_OPERATION: Self =
        Self::beyond_model(StatusCode::NOT_FOUND, "UnknownOperationException");
    const METHOD_NOT_ALLOWED: Self =
        Self::beyond_model(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowedException");
    const REQUEST_TIMEOUT: Self =
        Self::beyond_model(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException");
    const REQUEST_TOO_LARGE: Self =
        Self::beyond_model(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException");

    /// Names an error that no SDK models. Its code repeats the type, because old SDKs read the code and
    /// correct their clock on seeing it.
    const fn beyond_model(status: StatusCode, exception: &'static str) -> Self {
        Self { status, exception, code: exception }
    }

    const fn of(kind: ProblemKind) -> Self {
        let status = match kind {
            ProblemKind::BadRequest | ProblemKind::LimitExceeded | ProblemKind::TooManyTags => {
                StatusCode::BAD_REQUEST
            }
            ProblemKind::Unauthorized => StatusCode::UNAUTHORIZED,
            ProblemKind::Forbidden => StatusCode::FORBIDDEN,
            ProblemKind::NotFound | ProblemKind::ResourceNotFound => StatusCode::NOT_FOUND,
            ProblemKind::Conflict => StatusCode::CONFLICT,
            ProblemKind::UnprocessableEntity => StatusCode::UNPROCESSABLE_ENTITY,
            ProblemKind::Throttling => StatusCode::TOO_MANY_REQUESTS,
            ProblemKind::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            // The vocabulary may grow before this table does.
            ProblemKind::ServiceFailure | _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, exception: kind.exception(), code: kind.code() }
    }
}

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        let name = match error {
            SignatureError::Missing => Name::MISSING_TOKEN,
            SignatureError::Incomplete(_) => Name::INCOMPLETE_SIGNATURE,
            SignatureError::UnknownKey | SignatureError::SessionToken => Name::UNRECOGNIZED_CLIENT,
            SignatureError::SessionExpired => Name::EXPIRED_TOKEN,
            SignatureError::Scope(_)
            | SignatureError::Expired { .. }
            | SignatureError::NotYetCurrent { .. }
            | SignatureError::PayloadHash
            | SignatureError::Mismatch => Name::INVALID_SIGNATURE,
        };
        Self::named(name, error.to_string())
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let (kind, problem) = (error.kind(), Self::new(error.kind(), error.to_string()));
        let unavailable = kind == ProblemKind::ServiceUnavailable;
        let fault = unavailable || kind == ProblemKind::ServiceFailure;
        Self {
            resource_name: error.resource().map(|resource| resource.as_str().into()),
            retry_after: unavailable.then_some(RETRY_AFTER_SECONDS),
            cause: fault.then(|| error.into()),
            ..problem
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::bad_request(violations.to_string())
    }
}

/// Renders an error with everything below it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text = format!("{text}: {cause}");
        below = cause.source();
    }
    text
}
