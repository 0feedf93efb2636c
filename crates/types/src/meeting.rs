//! A meeting as the API shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    caller::Caller,
    feature::MeetingFeatures,
    id::MeetingId,
    text::{
        ExternalMeetingId, ExternalUserId, MediaRegion, PrimaryMeetingId, ResourceArn, TenantId,
    },
    word::words,
};

words! {
    /// Which addresses the media hosts of a meeting should have.
    MediaPlacementNetworkType {
        /// IPv4 addresses only.
        Ipv4Only = "Ipv4Only",
        /// IPv4 and IPv6 addresses.
        DualStack = "DualStack",
    }
}

/// A meeting: what was asked for, and where its clients go.
///
/// Unset members are written as the original service writes them: `null` or an empty list,
/// except for features, which are left out when none were requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Meeting {
    /// The service's name for the meeting.
    pub meeting_id: MeetingId,
    /// Reserved; echoed.
    #[serde(default)]
    pub meeting_host_id: Option<ExternalUserId>,
    /// The builder's name for the meeting.
    pub external_meeting_id: ExternalMeetingId,
    /// Where its media lives.
    pub media_region: MediaRegion,
    /// Where its clients go.
    pub media_placement: MediaPlacement,
    /// The requested features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_features: Option<MeetingFeatures>,
    /// The meeting of which this is a replica.
    #[serde(default)]
    pub primary_meeting_id: Option<PrimaryMeetingId>,
    /// The tenants to which it is open; empty means everybody.
    #[serde(default)]
    pub tenant_ids: Vec<TenantId>,
    /// The resource name.
    pub meeting_arn: MeetingArn,
}

/// The addresses of a meeting's services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MediaPlacement {
    /// Host and port of the meeting's sound.
    pub audio_host_url: String,
    /// Where old clients fetch sound when UDP is blocked; no current client does.
    #[serde(default)]
    pub audio_fallback_url: Option<String>,
    /// The WebSocket of the signaling; has neither query nor fragment, because clients append one.
    pub signaling_url: String,
    /// Where old clients asked for relays; they come over signaling.
    #[serde(default)]
    pub turn_control_url: Option<String>,
    /// Without use.
    #[serde(default)]
    pub screen_data_url: Option<String>,
    /// Without use.
    #[serde(default)]
    pub screen_viewing_url: Option<String>,
    /// Without use.
    #[serde(default)]
    pub screen_sharing_url: Option<String>,
    /// Where clients report what happened to them; they do not when it is `null`.
    #[serde(default)]
    pub event_ingestion_url: Option<String>,
}

/// The resource name of a meeting, `arn:aws:chime:<region>:<account>:meeting/<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingArn(String);

impl MeetingArn {
    /// Names the meeting that `owner` made.
    #[must_use]
    pub fn new(owner: &Caller, meeting: MeetingId) -> Self {
        Self(format!("arn:aws:chime:{}:{}:meeting/{meeting}", owner.region, owner.account))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MeetingArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a resource name says of the meeting that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeetingResource<'a> {
    /// The control region, where the name has one.
    pub region: Option<&'a str>,
    /// The account.
    pub account: &'a str,
    /// The meeting.
    pub meeting: MeetingId,
}

impl<'a> MeetingResource<'a> {
    /// Reads both forms in use: `arn:aws:chime:<region>:<account>:meeting/<id>`, and `arn:aws:chime::<account>:meeting:<id>`
    /// of media pipelines; nothing if another kind of resource is named.
    #[must_use]
    pub fn parse(arn: &'a ResourceArn) -> Option<Self> {
        let rest = arn.as_str().strip_prefix("arn:")?;
        let (_partition, rest) = rest.split_once(':')?;
        let (region, rest) = rest.strip_prefix("chime:")?.split_once(':')?;
        let (account, resource) = rest.split_once(':')?;
        let meeting = resource.strip_prefix("meeting/").or(resource.strip_prefix("meeting:"))?;
        let region = (!region.is_empty()).then_some(region);
        Some(Self { region, account, meeting: meeting.parse().ok()? })
    }
}
