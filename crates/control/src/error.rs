//! Why a request to the control plane was not carried out.

use carillon_types::{
    AttendeeId, FeatureConflict, MediaRegion, MeetingId, NotificationArn, ProblemKind,
};

use crate::store::StoreError;

/// Why a request was not carried out.
///
/// The text is meant for the caller and begins as the original service's do;
/// private detail stays in the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The meeting is unknown to this account or has ended; make another one.
    #[error("Meeting {0} not found")]
    MeetingNotFound(MeetingId),
    /// The attendee is unknown or was deleted; make another one.
    #[error("Attendee {0} not found")]
    AttendeeNotFound(AttendeeId),
    /// No media is served there; name another region or configure this one.
    #[error("MediaRegion {0} is not served")]
    UnknownMediaRegion(MediaRegion),
    /// The meeting lacks a medium that a capability names; name fewer.
    #[error(transparent)]
    FeatureConflict(#[from] FeatureConflict),
    /// Full-HD video or UHD content was asked for without a small enough number of attendees; name one.
    #[error(
        "High-definition meetings must set MeetingFeatures Attendee MaxCount to at most {most}"
    )]
    HighDefinitionNeedsMaxCount {
        /// The greatest number.
        most: usize,
    },
    /// The named primary is no meeting of this account; name a living one.
    #[error("PrimaryMeetingId does not name a meeting")]
    UnknownPrimary,
    /// Replica meetings are not part of this version; make an ordinary meeting.
    #[error("Replica meetings are not supported by this service")]
    ReplicasUnsupported,
    /// Events are wanted where nothing is configured; name another queue, topic or function, or configure this one.
    #[error("NotificationsConfiguration names a target that this service does not know: {}", .0.as_str())]
    UnknownTarget(NotificationArn),
    /// The token of a page is not one that was given out for this meeting; begin at the first page.
    #[error("NextToken is not valid for this meeting")]
    BadPageToken,
    /// The account has all its meetings; end one or raise the quota.
    #[error("Limit of {most} concurrent meetings reached")]
    MeetingQuota {
        /// The quota.
        most: usize,
    },
    /// The meeting has all its attendees; delete one.
    #[error("Limit of {most} attendees per meeting reached")]
    AttendeeCap {
        /// The cap.
        most: usize,
    },
    /// Too many changes wait to be written; retry in a moment.
    #[error("Service is busy")]
    Overloaded,
    /// The control plane is closing; ask another node, or retry after the restart.
    #[error("Service is shutting down")]
    Closed,
    /// Nothing can be written at present, as on a full disk; retry later, nothing has to be restarted.
    #[error("Service is unable to store changes at present")]
    StoreUnavailable(#[source] StoreError),
    /// The store is broken; report it.
    #[error("Service has experienced an unexpected failure")]
    StoreFailed(#[source] StoreError),
}

impl ControlError {
    /// Returns the kind of problem that this is to the caller.
    #[must_use]
    pub const fn kind(&self) -> ProblemKind {
        match self {
            Self::MeetingNotFound(_) | Self::AttendeeNotFound(_) => ProblemKind::NotFound,
            Self::UnknownMediaRegion(_)
            | Self::FeatureConflict(_)
            | Self::HighDefinitionNeedsMaxCount { .. }
            | Self::UnknownPrimary
            | Self::UnknownTarget(_)
            | Self::BadPageToken => ProblemKind::BadRequest,
            Self::ReplicasUnsupported => ProblemKind::Forbidden,
            Self::MeetingQuota { .. } | Self::AttendeeCap { .. } => ProblemKind::LimitExceeded,
            Self::Overloaded | Self::Closed | Self::StoreUnavailable(_) => {
                ProblemKind::ServiceUnavailable
            }
            Self::StoreFailed(_) => ProblemKind::ServiceFailure,
        }
    }
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full(_) | StoreError::Unavailable(_) => Self::StoreUnavailable(error),
            StoreError::Fenced | StoreError::Broken(_) => Self::StoreFailed(error),
        }
    }
}
