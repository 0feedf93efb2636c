//! Why a request to the control plane was not carried out.

use carillon_types::{
    AttendeeId, FeatureConflict, MediaRegion, MeetingId, NotificationArn, ProblemKind, ResourceArn,
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
    /// The named primary is itself a replica; name its own primary.
    #[error("PrimaryMeetingId names a replica meeting")]
    PrimaryIsReplica,
    /// The primary has all its replicas; end one or raise the quota.
    #[error("Limit of {most} replica meetings per primary meeting reached")]
    ReplicaQuota {
        /// The quota.
        most: usize,
    },
    /// Who is in a replica meeting only receives; grant nothing that sends.
    #[error("Attendees of replica meetings must not have capabilities that send")]
    ReplicaSends,
    /// The meeting is locked; unlock it first.
    #[error("Meeting {0} is locked")]
    MeetingLocked(MeetingId),
    /// The name is that of no meeting of this account and region; name a living one.
    #[error("Resource {0} not found")]
    ResourceNotFound(ResourceArn),
    /// The resource would have too many tags; remove some.
    #[error("Limit of {most} tags per resource exceeded")]
    TooManyTags {
        /// The greatest number.
        most: usize,
        /// The resource.
        resource: ResourceArn,
    },
    /// No engine turns speech into text here; configure one.
    #[error("No transcription engine is configured on this service")]
    NoTranscriptionEngine,
    /// The speech of replica meetings is transcribed in their primary; start it there.
    #[error("Transcription of a replica meeting is started on its primary meeting")]
    TranscriptionOfReplica,
    /// The meeting is not being transcribed; start that first.
    #[error("Meeting {0} is not being transcribed")]
    NotTranscribing(MeetingId),
    /// Events are wanted where nothing is configured; name another queue, topic or function, or configure this one.
    #[error("NotificationsConfiguration names a target that this service does not know: {}", .0.as_str())]
    UnknownTarget(NotificationArn),
    /// The token of a page is not one that was given out for this list; begin at the first page.
    #[error("NextToken is not valid for this list")]
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
            | Self::PrimaryIsReplica
            | Self::ReplicaSends
            | Self::UnknownTarget(_)
            | Self::BadPageToken => ProblemKind::BadRequest,
            Self::MeetingQuota { .. } | Self::AttendeeCap { .. } | Self::ReplicaQuota { .. } => {
                ProblemKind::LimitExceeded
            }
            Self::MeetingLocked(_)
            | Self::NoTranscriptionEngine
            | Self::TranscriptionOfReplica
            | Self::NotTranscribing(_) => ProblemKind::UnprocessableEntity,
            Self::ResourceNotFound(_) => ProblemKind::ResourceNotFound,
            Self::TooManyTags { .. } => ProblemKind::TooManyTags,
            Self::Overloaded | Self::Closed | Self::StoreUnavailable(_) => {
                ProblemKind::ServiceUnavailable
            }
            Self::StoreFailed(_) => ProblemKind::ServiceFailure,
        }
    }

    /// Returns the resource that the problem is about, where the answer names one.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceArn> {
        if let Self::ResourceNotFound(resource) | Self::TooManyTags { resource, .. } = self {
            Some(resource)
        } else {
            None
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
