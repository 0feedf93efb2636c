//! How received videos shall be adapted, without another round of SDP.

use carillon_frame::Bitrate;

use crate::{
    id::{GroupId, Mid, StreamId},
    identity::Identity,
};

/// How much a video matters to its receiver; more is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VideoPriority(pub u32);

/// What shall suffer when a video does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QualityPreference {
    /// Both, in turns.
    Balanced,
    /// The resolution.
    MaintainFramerate,
    /// The frame rate.
    MaintainResolution,
}

/// What a client wants on one received section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoSubscription {
    /// The section.
    pub mid: Mid,
    /// Whose video it is, where the client says so.
    pub owner: Option<Identity>,
    /// The very layer, where the client chooses layers.
    pub stream_id: Option<StreamId>,
    /// The publishing session, where the server chooses layers.
    pub group_id: Option<GroupId>,
    /// How much it matters.
    pub priority: Option<VideoPriority>,
    /// How much of it the receiver can use.
    pub target_bitrate: Option<Bitrate>,
    /// What shall suffer first.
    pub preference: Option<QualityPreference>,
}

/// Changed wishes for sections that exist; nothing acknowledges them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteVideoUpdate {
    /// Sections with another wish.
    pub updated: Vec<VideoSubscription>,
    /// Sections that want nothing any more.
    pub removed: Vec<Mid>,
}
