//! The problems an answer can name; how they travel is the API's affair.

use serde::{Deserialize, Serialize};

/// What kind of problem a caller has; both of its names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The input breaks a rule; fix the request.
    BadRequest,
    /// A quota is used up; free something or raise the quota.
    LimitExceeded,
    /// A resource would have too many tags; remove some.
    TooManyTags,
    /// The caller is not authorised at present.
    Unauthorized,
    /// The caller is refused for good.
    Forbidden,
    /// The meeting or attendee is unknown or has ended; make another one.
    NotFound,
    /// The tagged resource is unknown.
    ResourceNotFound,
    /// The same request is in flight; retry later.
    Conflict,
    /// The request is well-formed and makes no sense in the present state.
    UnprocessableEntity,
    /// Requests come too fast; retry later.
    Throttling,
    /// The service broke; retry, and report it if it stays.
    ServiceFailure,
    /// The service cannot work at the moment; retry later.
    ServiceUnavailable,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::BadRequest,
        Self::LimitExceeded,
        Self::TooManyTags,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::ResourceNotFound,
        Self::Conflict,
        Self::UnprocessableEntity,
        Self::Throttling,
        Self::ServiceFailure,
        Self::ServiceUnavailable,
    ];

    /// Returns the name under which SDKs model the problem.
    #[must_use]
    pub const fn exception(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequestException",
            Self::LimitExceeded => "LimitExceededException",
            Self::TooManyTags => "TooManyTagsException",
            Self::Unauthorized => "UnauthorizedException",
            Self::Forbidden => "ForbiddenException",
            Self::NotFound => "NotFoundException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Conflict => "ConflictException",
            Self::UnprocessableEntity => "UnprocessableEntityException",
            Self::Throttling => "ThrottlingException",
            Self::ServiceFailure => "ServiceFailureException",
            Self::ServiceUnavailable => "ServiceUnavailableException",
        }
    }

    /// Returns the short name that stands in bodies.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequest",
            Self::LimitExceeded => "ResourceLimitExceeded",
            Self::TooManyTags => "TooManyTags",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::NotFound | Self::ResourceNotFound => "NotFound",
            Self::Conflict => "Conflict",
            Self::UnprocessableEntity => "Unprocessable",
            Self::Throttling => "Throttling",
            Self::ServiceFailure => "ServiceFailure",
            Self::ServiceUnavailable => "ServiceUnavailable",
        }
    }
}

impl From<ProblemKind> for &'static str {
    fn from(kind: ProblemKind) -> Self {
        kind.code()
    }
}

/// A code that no problem has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a problem")]
pub struct UnknownCode;

impl TryFrom<String> for ProblemKind {
    type Error = UnknownCode;

    fn try_from(code: String) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(UnknownCode)
    }
}

/// The body of an error answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProblemBody {
    /// The short name.
    pub code: ProblemKind,
    /// The problem in words, fit for the caller's eyes.
    pub message: String,
    /// The name of the request in the service's log.
    pub request_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_service() {
        let body = ProblemBody {
            code: ProblemKind::LimitExceeded,
            message: "m".to_owned(),
            request_id: "r".to_owned(),
        };
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"Code":"ResourceLimitExceeded","Message":"m","RequestId":"r"}"#
        );
        for kind in ProblemKind::ALL {
            assert!(kind.exception().ends_with("Exception"));
            let back = ProblemKind::try_from(kind.code().to_owned()).unwrap();
            assert_eq!(back.code(), kind.code());
        }
    }
}
