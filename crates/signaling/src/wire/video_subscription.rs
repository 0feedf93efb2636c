//! Wishes for received videos ↔ their messages.

use carillon_frame::Bitrate;

use super::{
    WireError,
    checks::{MAX_STREAMS, at_most, kbps, mid, required},
};
use crate::{
    id::{GroupId, StreamId},
    proto,
    video_subscription::{QualityPreference, RemoteVideoUpdate, VideoPriority, VideoSubscription},
};

pub(super) fn remote_video_update(
    frame: proto::RemoteVideoUpdateFrame,
) -> Result<RemoteVideoUpdate, WireError> {
    let removed = frame.removed_video_subscription_mids;
    at_most(removed.len(), MAX_STREAMS, "removed_video_subscription_mids")?;
    Ok(RemoteVideoUpdate {
        updated: video_subscriptions(frame.added_or_updated_video_subscriptions)?,
        removed: removed.iter().map(|text| mid(text)).collect::<Result<_, _>>()?,
    })
}

pub(super) fn remote_video_update_frame(
    update: &RemoteVideoUpdate,
) -> proto::RemoteVideoUpdateFrame {
    proto::RemoteVideoUpdateFrame {
        added_or_updated_video_subscriptions: subscription_frames(&update.updated),
        removed_video_subscription_mids: update.removed.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn video_subscriptions(
    frames: Vec<proto::VideoSubscriptionConfiguration>,
) -> Result<Vec<VideoSubscription>, WireError> {
    at_most(frames.len(), MAX_STREAMS, "video_subscription_configuration")?;
    frames.into_iter().map(video_subscription).collect()
}

fn video_subscription(
    frame: proto::VideoSubscriptionConfiguration,
) -> Result<VideoSubscription, WireError> {
    Ok(VideoSubscription {
        mid: mid(&required(frame.mid, "mid")?)?,
        // The section and the stream say it all; an owner that is none of ours does no harm.
        owner: frame.attendee_id.and_then(|id| id.parse().ok()),
        stream_id: frame.stream_id.and_then(StreamId::new),
        group_id: frame.group_id.and_then(GroupId::new),
        priority: frame.priority.map(VideoPriority),
        target_bitrate: frame.target_bitrate_kbps.map(Bitrate::from_kbps),
        preference: frame.quality_adaptation_preference.and_then(preference),
    })
}

pub(super) fn subscription_frames(
    subscriptions: &[VideoSubscription],
) -> Vec<proto::VideoSubscriptionConfiguration> {
    let frame = |wish: &VideoSubscription| proto::VideoSubscriptionConfiguration {
        mid: Some(wish.mid.to_string()),
        attendee_id: wish.owner.map(|owner| owner.to_string()),
        stream_id: wish.stream_id.map(StreamId::get),
        priority: wish.priority.map(|priority| priority.0),
        target_bitrate_kbps: wish.target_bitrate.map(kbps),
        group_id: wish.group_id.map(GroupId::get),
        quality_adaptation_preference: wish.preference.map(preference_number),
    };
    subscriptions.iter().map(frame).collect()
}

fn preference(number: i32) -> Option<QualityPreference> {
    use proto::VideoQualityAdaptationPreference as Wire;
    Some(match Wire::try_from(number).ok()? {
        Wire::Balanced => QualityPreference::Balanced,
        Wire::MaintainFramerate => QualityPreference::MaintainFramerate,
        Wire::MaintainResolution => QualityPreference::MaintainResolution,
    })
}

fn preference_number(preference: QualityPreference) -> i32 {
    use proto::VideoQualityAdaptationPreference as Wire;
    let preference = match preference {
        QualityPreference::Balanced => Wire::Balanced,
        QualityPreference::MaintainFramerate => Wire::MaintainFramerate,
        QualityPreference::MaintainResolution => Wire::MaintainResolution,
    };
    preference.into()
}
