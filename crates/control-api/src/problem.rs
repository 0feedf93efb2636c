//! The one place where errors become HTTP answers.
//!
//! SDKs find the type of an error in the header `x-amzn-ErrorType` alone, so every error answer has it.

use std::{borrow::Cow, error::Error, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;

use crate::{query::QueryError, request_id::RequestId, sigv4::SignatureError};

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Characters of a message. The model allows 4,096; parsers quote what they did not like, however long.
const MAX_MESSAGE_CHARS: usize = 1024;

/// An error as the caller sees it, and what only the log may know.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    allow: Option<&'static str>,
    /// Private detail: it goes to the log and never to the caller.
    pub(crate) cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), retry_after: None, allow: None, cause: None }
    }

    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::BadRequest, message)
    }

    /// A path that exists, asked with a method that it does not have.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("this path answers to {allow} only");
        Self { allow: Some(allow), ..Self::new(Kind::MethodNotAllowed, message) }
    }

    /// A fault of the service, whose cause is none of the caller's business.
    pub(crate) fn fault(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let message = "the service failed unexpectedly; the request id finds the cause in its log";
        Self { cause: Some(cause.into()), ..Self::new(Kind::ServiceFailure, message) }
    }

    /// Makes the answer, all but the request id's header, which every answer gets elsewhere.
    pub(crate) fn into_response(self, id: RequestId) -> Response<Body> {
        let (status, error_type, code) = self.kind.row();
        let message: String = self.message.chars().take(MAX_MESSAGE_CHARS).collect();
        let body = Fields { code, message, request_id: id.to_string() };
        let body = serde_json::to_vec(&body).expect("three strings always encode");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error_type));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(pause) = self.retry_after {
            headers.insert(header::RETRY_AFTER, pause.as_secs().max(1).into());
        }
        if let Some(methods) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Fields {
    code: &'static str,
    message: String,
    request_id: String,
}

/// Every error that this API answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadRequest,
    LimitExceeded,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    Unprocessable,
    Throttling,
    ServiceFailure,
    ServiceUnavailable,
    MissingAuthenticationToken,
    IncompleteSignature,
    UnrecognizedClient,
    InvalidSignature,
    ExpiredToken,
    UnknownOperation,
    MethodNotAllowed,
    RequestTimeout,
    RequestTooLarge,
}

impl Kind {
    /// Returns the status, the type in the header, and the code in the body.
    ///
    /// The code is the short form for modelled errors, which is what older SDKs report; for the others it
    /// repeats the type, because those SDKs correct their clock on seeing it.
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadRequest => (S::BAD_REQUEST, "BadRequestException", "BadRequest"),
            Self::LimitExceeded => {
                (S::BAD_REQUEST, "LimitExceededException", "ResourceLimitExceeded")
            }
            Self::Unauthorized => (S::UNAUTHORIZED, "UnauthorizedException", "Unauthorized"),
            Self::Forbidden => (S::FORBIDDEN, "ForbiddenException", "Forbidden"),
            Self::NotFound => (S::NOT_FOUND, "NotFoundException", "NotFound"),
            Self::Conflict => (S::CONFLICT, "ConflictException", "Conflict"),
            Self::Unprocessable => {
                (S::UNPROCESSABLE_ENTITY, "UnprocessableEntityException", "Unprocessable")
            }
            Self::Throttling => (S::TOO_MANY_REQUESTS, "ThrottlingException", "Throttling"),
            Self::ServiceFailure => {
                (S::INTERNAL_SERVER_ERROR, "ServiceFailureException", "ServiceFailure")
            }
            Self::ServiceUnavailable => {
                (S::SERVICE_UNAVAILABLE, "ServiceUnavailableException", "ServiceUnavailable")
            }
            Self::MissingAuthenticationToken => {
                same(S::FORBIDDEN, "MissingAuthenticationTokenException")
            }
            Self::IncompleteSignature => same(S::FORBIDDEN, "IncompleteSignatureException"),
            Self::UnrecognizedClient => same(S::FORBIDDEN, "UnrecognizedClientException"),
            Self::InvalidSignature => same(S::FORBIDDEN, "InvalidSignatureException"),
            Self::ExpiredToken => same(S::FORBIDDEN, "ExpiredTokenException"),
            Self::UnknownOperation => same(S::NOT_FOUND, "UnknownOperationException"),
            Self::MethodNotAllowed => same(S::METHOD_NOT_ALLOWED, "MethodNotAllowedException"),
            Self::RequestTimeout => same(S::REQUEST_TIMEOUT, "RequestTimeoutException"),
            Self::RequestTooLarge => same(S::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException"),
        }
    }

    /// Returns the name that SDKs know the error by.
    pub(crate) const fn name(self) -> &'static str {
        self.row().1
    }
}

const fn same(status: StatusCode, name: &'static str) -> (StatusCode, &'static str, &'static str) {
    (status, name, name)
}

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        let kind = match error {
            SignatureError::Missing => Kind::MissingAuthenticationToken,
            SignatureError::Incomplete(_) => Kind::IncompleteSignature,
            SignatureError::UnknownKey | SignatureError::SessionToken => Kind::UnrecognizedClient,
            SignatureError::SessionExpired => Kind::ExpiredToken,
            SignatureError::Scope(_)
            | SignatureError::Expired { .. }
            | SignatureError::NotYetCurrent { .. }
            | SignatureError::PayloadHash
            | SignatureError::Mismatch => Kind::InvalidSignature,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        Self::bad_request(error.to_string())
    }
}
