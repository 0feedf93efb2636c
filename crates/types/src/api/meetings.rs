//! Bodies of the operations on meetings.

use serde::{Deserialize, Serialize};

use super::{
    attendees::{CreateAttendeeBody, NewAttendee},
    tags::TAGS,
};
use crate::{
    attendee::{Attendee, CreateAttendeeError},
    constraint::{Checked, Checker, Violations},
    feature::{MeetingFeatures, MeetingFeaturesBody},
    meeting::{MediaPlacementNetworkType, Meeting},
    notification::{NotificationsConfiguration, NotificationsConfigurationBody},
    object,
    tag::{Tag, TagBody},
    text::{
        ClientRequestToken, ExternalMeetingId, ExternalUserId, MediaRegion, PrimaryMeetingId,
        TenantId,
    },
};

/// The most attendees that are made together with a meeting.
const ATTENDEES_WITH_MEETING: usize = 20;
/// The most tenants of a meeting.
const TENANTS: usize = 5;

/// `CreateMeeting` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateMeetingBody {
    /// Required.
    pub client_request_token: Option<String>,
    /// Required.
    pub media_region: Option<String>,
    /// Required.
    pub external_meeting_id: Option<String>,
    /// Reserved.
    pub meeting_host_id: Option<String>,
    /// Where events go.
    #[serde(deserialize_with = "object::optional")]
    pub notifications_configuration: Option<NotificationsConfigurationBody>,
    /// What the meeting offers.
    #[serde(deserialize_with = "object::optional")]
    pub meeting_features: Option<MeetingFeaturesBody>,
    /// The meeting to replicate.
    pub primary_meeting_id: Option<String>,
    /// 1 to 5 tenants.
    pub tenant_ids: Option<Vec<String>>,
    /// At most 50 tags.
    #[serde(deserialize_with = "object::list")]
    pub tags: Option<Vec<TagBody>>,
    /// Addresses of the media hosts.
    pub media_placement_network_type: Option<String>,
}

/// A valid wish for a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateMeetingRequest {
    /// The mark of this wish.
    pub client_request_token: ClientRequestToken,
    /// Where media is to live.
    pub media_region: MediaRegion,
    /// The builder's name for the meeting.
    pub external_meeting_id: ExternalMeetingId,
    /// Reserved; echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_host_id: Option<ExternalUserId>,
    /// Where events go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications_configuration: Option<NotificationsConfiguration>,
    /// What the meeting offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_features: Option<MeetingFeatures>,
    /// The meeting to replicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_meeting_id: Option<PrimaryMeetingId>,
    /// The tenants; empty means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenant_ids: Vec<TenantId>,
    /// The tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Addresses of the media hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_placement_network_type: Option<MediaPlacementNetworkType>,
}

impl CreateMeetingRequest {
    /// Returns the features, the default ones when none were requested.
    #[must_use]
    pub fn features(&self) -> MeetingFeatures {
        self.meeting_features.unwrap_or_default()
    }
}

impl Checked for CreateMeetingRequest {
    type Raw = CreateMeetingBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let client_request_token =
            checker.required((path, "clientRequestToken"), raw.client_request_token);
        let media_region = checker.required((path, "mediaRegion"), raw.media_region);
        let external_meeting_id =
            checker.required((path, "externalMeetingId"), raw.external_meeting_id);
        let meeting_host_id = checker.optional((path, "meetingHostId"), raw.meeting_host_id);
        let notifications_configuration =
            checker.optional((path, "notificationsConfiguration"), raw.notifications_configuration);
        let meeting_features = checker.optional((path, "meetingFeatures"), raw.meeting_features);
        let primary_meeting_id =
            checker.optional((path, "primaryMeetingId"), raw.primary_meeting_id);
        // Absent is allowed, an empty list is not.
        let tenant_ids = match raw.tenant_ids {
            Some(tenants) => checker.list((path, "tenantIds"), Some(tenants), 1..=TENANTS),
            None => Vec::new(),
        };
        let tags = checker.list((path, "tags"), raw.tags, 0..=TAGS);
        let media_placement_network_type =
            checker.optional((path, "mediaPlacementNetworkType"), raw.media_placement_network_type);
        Some(Self {
            client_request_token: client_request_token?,
            media_region: media_region?,
            external_meeting_id: external_meeting_id?,
            meeting_host_id,
            notifications_configuration,
            meeting_features,
            primary_meeting_id,
            tenant_ids,
            tags,
            media_placement_network_type,
        })
    }
}

impl TryFrom<CreateMeetingBody> for CreateMeetingRequest {
    type Error = Violations;

    fn try_from(body: CreateMeetingBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// `CreateMeetingWithAttendees` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateMeetingWithAttendeesBody {
    /// The meeting.
    #[serde(flatten)]
    pub meeting: CreateMeetingBody,
    /// Required: 1 to 20 attendees.
    #[serde(deserialize_with = "object::list")]
    pub attendees: Option<Vec<CreateAttendeeBody>>,
}

/// A valid wish for a meeting and its first attendees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateMeetingWithAttendeesRequest {
    /// The meeting.
    pub meeting: CreateMeetingRequest,
    /// Its attendees, 1 to 20.
    pub attendees: Vec<NewAttendee>,
}

impl Checked for CreateMeetingWithAttendeesRequest {
    type Raw = CreateMeetingWithAttendeesBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let meeting = CreateMeetingRequest::check(checker, path, raw.meeting);
        let attendees =
            checker.list((path, "attendees"), raw.attendees, 1..=ATTENDEES_WITH_MEETING);
        Some(Self { meeting: meeting?, attendees })
    }
}

impl TryFrom<CreateMeetingWithAttendeesBody> for CreateMeetingWithAttendeesRequest {
    type Error = Violations;

    fn try_from(body: CreateMeetingWithAttendeesBody) -> Result<Self, Violations> {
        Checker::run(body)
    }
}

/// The answer to `CreateMeeting` and `GetMeeting`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MeetingResponse {
    /// The meeting.
    pub meeting: Meeting,
}

/// The answer to `CreateMeetingWithAttendees`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateMeetingWithAttendeesResponse {
    /// The meeting.
    pub meeting: Meeting,
    /// Those attendees that were made, in the order of the request.
    pub attendees: Vec<Attendee>,
    /// Those that were not.
    pub errors: Vec<CreateAttendeeError>,
}
