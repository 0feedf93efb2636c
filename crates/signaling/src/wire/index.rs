//! The index of videos ↔ its message.

use carillon_frame::{Bitrate, VideoSize};

use super::{
    WireError,
    checks::{bps, group_id, kbps, required, stream_id, stream_ids},
};
use crate::{
    id::StreamId,
    proto,
    video_index::{Index, VideoCodec, VideoLayer, VideoSource},
};

pub(super) fn index(frame: proto::IndexFrame) -> Result<Index, WireError> {
    let is_video =
        |stream: &proto::StreamDescriptor| stream.media_type() == proto::StreamMediaType::Video;
    Ok(Index {
        at_capacity: frame.at_capacity(),
        participants: frame.num_participants(),
        paused: stream_ids(&frame.paused_at_source_ids)?,
        receive_codecs: frame.supported_receive_codec_intersection().filter_map(codec).collect(),
        sources: frame
            .sources
            .into_iter()
            .filter(is_video)
            .map(source)
            .collect::<Result<_, _>>()?,
    })
}

pub(super) fn index_frame(index: &Index) -> proto::IndexFrame {
    proto::IndexFrame {
        at_capacity: Some(index.at_capacity),
        sources: index.sources.iter().map(source_frame).collect(),
        paused_at_source_ids: index.paused.iter().copied().map(StreamId::get).collect(),
        num_participants: Some(index.participants),
        supported_receive_codec_intersection: index
            .receive_codecs
            .iter()
            .map(|codec| codec_capability(*codec).into())
            .collect(),
    }
}

fn source(frame: proto::StreamDescriptor) -> Result<VideoSource, WireError> {
    let size = frame.width.zip(frame.height);
    let layer = VideoLayer {
        max_bitrate: Bitrate::from_kbps(frame.max_bitrate_kbps()),
        average_bitrate: Bitrate::from_bps(frame.avg_bitrate_bps().into()),
        framerate: frame.framerate,
        size: size.map(|(width, height)| VideoSize { width, height }),
    };
    let owner = required(frame.attendee_id, "attendee_id")?;
    Ok(VideoSource {
        stream_id: stream_id(frame.stream_id)?,
        group_id: group_id(frame.group_id)?,
        owner: owner.parse().map_err(|_| WireError::Illegal("attendee_id"))?,
        external_user_id: frame.external_user_id.unwrap_or(owner).into(),
        layer,
    })
}

fn source_frame(source: &VideoSource) -> proto::StreamDescriptor {
    let VideoLayer { max_bitrate, average_bitrate, framerate, size } = source.layer;
    proto::StreamDescriptor {
        stream_id: Some(source.stream_id.get()),
        framerate,
        max_bitrate_kbps: Some(kbps(max_bitrate)),
        track_label: None,
        group_id: Some(source.group_id.get()),
        avg_bitrate_bps: Some(bps(average_bitrate)),
        attendee_id: Some(source.owner.to_string()),
        // Left out, it would read as audio and the entry would be skipped.
        media_type: Some(proto::StreamMediaType::Video.into()),
        external_user_id: Some(source.external_user_id.to_string()),
        width: size.map(|size| size.width),
        height: size.map(|size| size.height),
    }
}

fn codec(capability: proto::VideoCodecCapability) -> Option<VideoCodec> {
    use proto::VideoCodecCapability as Wire;
    Some(match capability {
        Wire::Vp8 => VideoCodec::Vp8,
        Wire::H264BaselineProfile => VideoCodec::H264Baseline,
        Wire::H264ConstrainedBaselineProfile => VideoCodec::H264ConstrainedBaseline,
        Wire::H264MainProfile => VideoCodec::H264Main,
        Wire::H264HighProfile => VideoCodec::H264High,
        Wire::H264ConstrainedHighProfile => VideoCodec::H264ConstrainedHigh,
        Wire::Vp9Profile0 => VideoCodec::Vp9,
        Wire::Av1MainProfile => VideoCodec::Av1,
    })
}

const fn codec_capability(codec: VideoCodec) -> proto::VideoCodecCapability {
    use proto::VideoCodecCapability as Wire;
    match codec {
        VideoCodec::Vp8 => Wire::Vp8,
        VideoCodec::H264Baseline => Wire::H264BaselineProfile,
        VideoCodec::H264ConstrainedBaseline => Wire::H264ConstrainedBaselineProfile,
        VideoCodec::H264Main => Wire::H264MainProfile,
        VideoCodec::H264High => Wire::H264HighProfile,
        VideoCodec::H264ConstrainedHigh => Wire::H264ConstrainedHighProfile,
        VideoCodec::Vp9 => Wire::Vp9Profile0,
        VideoCodec::Av1 => Wire::Av1MainProfile,
    }
}
