//! The control plane's vocabulary: meetings, attendees, what they may do, and how requests and answers look.
//!
//! It is plain data with validation at the border; it knows no I/O, reads no clock and speaks no HTTP.
//! Start at [`Meeting`], [`Attendee`] and the bodies in [`api`];
//! `carillon-control` holds the rules that use these words.

pub mod api;
mod attendee;
mod caller;
mod capability;
mod constraint;
mod event;
mod feature;
mod id;
mod life;
mod meeting;
mod notification;
mod object;
mod problem;
mod tag;
mod text;
mod transcription;
mod wall_time;
mod word;

pub use attendee::{Attendee, CreateAttendeeError};
pub use caller::Caller;
pub use capability::{AttendeeCapabilities, AttendeeCapabilitiesBody, MediaCapability};
pub use constraint::{Constraint, Violation, Violations};
pub use event::{
    CapabilitiesUpdate, ConnectedAttendee, EventAttendee, EventCapabilities, MeetingStateChange,
    NetworkType, Occurrence, StateChangeDetail, Transcription, TranscriptionTrouble, UpdateSuccess,
};
pub use feature::{
    AttendeeFeatures, AttendeeFeaturesBody, AttendeeMax, AudioFeatures, AudioFeaturesBody,
    ContentFeatures, ContentFeaturesBody, ContentResolution, FeatureConflict, MeetingFeatureStatus,
    MeetingFeatures, MeetingFeaturesBody, VideoFeatures, VideoFeaturesBody, VideoResolution,
};
pub use id::{AttendeeId, EventId, InvalidId, MeetingId};
pub use life::MeetingLife;
pub use meeting::{
    MediaPlacement, MediaPlacementNetworkType, Meeting, MeetingArn, MeetingResource,
};
pub use notification::{NotificationsConfiguration, NotificationsConfigurationBody};
pub use problem::{ProblemBody, ProblemKind, UnknownCode};
pub use tag::{Tag, TagBody, Tags};
pub use text::{
    AccountId, ClientRequestToken, ControlRegion, DataTopic, ExternalMeetingId, ExternalUserId,
    JoinToken, LanguageModelName, LanguageOptions, MediaRegion, NotificationArn, PiiEntityTypes,
    PrimaryMeetingId, ResourceArn, TagKey, TagValue, TenantId, VocabularyName, VocabularyNames,
};
pub use transcription::{
    EngineTranscribeMedicalSettings, EngineTranscribeMedicalSettingsBody, EngineTranscribeSettings,
    EngineTranscribeSettingsBody, HealthContent, LanguageCode, MedicalLanguageCode,
    MedicalSpecialty, MedicalType, PartialResultsStability, PersonalContent,
    TranscribeMedicalRegion, TranscribeRegion, TranscriptionConfiguration,
    TranscriptionConfigurationBody, TranscriptionTurn, VocabularyFilterMethod,
};
pub use wall_time::WallTime;
