//! SUBSCRIBE and its acknowledgement ↔ their messages.

use bytes::Bytes;
use carillon_frame::{Bitrate, Ssrc};

use super::{
    WireError,
    checks::{
        MAX_NAME_BYTES, MAX_STREAMS, at_most, bps, group_id, kbps, muted, required, stream_id,
    },
    video_subscription::{subscription_frames, video_subscriptions},
};
use crate::{
    id::{GroupId, Mid, StreamId},
    proto,
    roster::Mute,
    subscribe::{Allocation, AudioCheckIn, Sdp, SendLayer, Subscribe, SubscribeAck, Track},
};

/// Layers that a client sends, with its sound: browsers send four at most.
const MAX_SEND_STREAMS: usize = 16;

pub(super) fn subscribe(frame: proto::SubscribeFrame) -> Result<Subscribe, WireError> {
    at_most(frame.send_streams.len(), MAX_SEND_STREAMS, "send_streams")?;
    at_most(frame.receive_stream_ids.len(), MAX_STREAMS, "receive_stream_ids")?;
    let audio = match frame.audio_host.filter(|host| !host.is_empty()) {
        Some(host) => {
            at_most(host.len(), MAX_NAME_BYTES, "audio_host")?;
            Some(AudioCheckIn { host, mute: muted(frame.audio_muted.unwrap_or_default()) })
        }
        None => None,
    };
    let is_video =
        |stream: &&proto::StreamDescriptor| stream.media_type() == proto::StreamMediaType::Video;
    Ok(Subscribe {
        offer: sdp(frame.sdp_offer, frame.compressed_sdp_offer, "sdp_offer")?,
        audio,
        send_layers: frame.send_streams.iter().filter(is_video).map(send_layer).collect(),
        receive: frame.receive_stream_ids.into_iter().map(StreamId::new).collect(),
        video_subscriptions: video_subscriptions(frame.video_subscription_configuration)?,
    })
}

pub(super) fn subscribe_frame(subscribe: &Subscribe) -> proto::SubscribeFrame {
    let duplex = if subscribe.send_layers.is_empty() {
        proto::StreamServiceType::Rx
    } else {
        proto::StreamServiceType::Duplex
    };
    let (sdp_offer, compressed_sdp_offer) = sdp_fields(&subscribe.offer);
    let audio = subscribe.audio.as_ref();
    proto::SubscribeFrame {
        duplex: Some(duplex.into()),
        send_streams: subscribe.send_layers.iter().map(send_layer_frame).collect(),
        receive_stream_ids: subscribe
            .receive
            .iter()
            .map(|id| id.map_or(0, StreamId::get))
            .collect(),
        sdp_offer,
        audio_host: audio.map(|audio| audio.host.clone()),
        audio_checkin: audio.map(|_| false),
        audio_muted: audio.map(|audio| audio.mute == Mute::Muted),
        compressed_sdp_offer,
        video_subscription_configuration: subscription_frames(&subscribe.video_subscriptions),
    }
}

fn send_layer(frame: &proto::StreamDescriptor) -> SendLayer {
    SendLayer {
        stream_id: frame.stream_id.and_then(StreamId::new),
        group_id: frame.group_id.and_then(GroupId::new),
        framerate: frame.framerate,
        max_bitrate: Bitrate::from_kbps(frame.max_bitrate_kbps()),
        average_bitrate: frame.avg_bitrate_bps.map(|bps| Bitrate::from_bps(bps.into())),
    }
}

fn send_layer_frame(layer: &SendLayer) -> proto::StreamDescriptor {
    proto::StreamDescriptor {
        stream_id: layer.stream_id.map(StreamId::get),
        group_id: layer.group_id.map(GroupId::get),
        framerate: layer.framerate,
        max_bitrate_kbps: Some(kbps(layer.max_bitrate)),
        avg_bitrate_bps: layer.average_bitrate.map(bps),
        media_type: Some(proto::StreamMediaType::Video.into()),
        ..proto::StreamDescriptor::default()
    }
}

/// Reads a description that comes as text or compressed, of which the compressed one counts.
fn sdp(
    plain: Option<String>,
    compressed: Option<Bytes>,
    field: &'static str,
) -> Result<Sdp, WireError> {
    let compressed = compressed.filter(|bytes| !bytes.is_empty()).map(Sdp::Compressed);
    let plain = || plain.filter(|text| !text.is_empty()).map(Sdp::Plain);
    required(compressed.or_else(plain), field)
}

fn sdp_fields(sdp: &Sdp) -> (Option<String>, Option<Bytes>) {
    match sdp {
        Sdp::Plain(text) => (Some(text.clone()), None),
        Sdp::Compressed(bytes) => (Some(String::new()), Some(bytes.clone())),
    }
}

pub(super) fn subscribe_ack(frame: proto::SubscribeAckFrame) -> Result<SubscribeAck, WireError> {
    Ok(SubscribeAck {
        answer: sdp(frame.sdp_answer, frame.compressed_sdp_answer, "sdp_answer")?,
        allocations: frame.allocations.iter().map(allocation).collect::<Result<_, _>>()?,
        tracks: frame.tracks.iter().map(track).collect::<Result<_, _>>()?,
    })
}

pub(super) fn subscribe_ack_frame(ack: &SubscribeAck) -> proto::SubscribeAckFrame {
    let allocation = |allocation: &Allocation| proto::StreamAllocation {
        track_label: None,
        stream_id: Some(allocation.stream_id.get()),
        group_id: Some(allocation.group_id.get()),
    };
    let track = |track: &Track| proto::TrackMapping {
        stream_id: Some(track.stream_id.get()),
        ssrc: Some(track.ssrc.0),
        track_label: Some(track.mid.video_label()),
    };
    let (sdp_answer, compressed_sdp_answer) = sdp_fields(&ack.answer);
    proto::SubscribeAckFrame {
        duplex: None,
        allocations: ack.allocations.iter().map(allocation).collect(),
        sdp_answer,
        tracks: ack.tracks.iter().map(track).collect(),
        compressed_sdp_answer,
    }
}

fn allocation(frame: &proto::StreamAllocation) -> Result<Allocation, WireError> {
    let stream_id = stream_id(frame.stream_id)?;
    Ok(Allocation { stream_id, group_id: group_id(frame.group_id)? })
}

fn track(frame: &proto::TrackMapping) -> Result<Track, WireError> {
    let label = required(frame.track_label.as_deref(), "track_label")?;
    Ok(Track {
        stream_id: stream_id(frame.stream_id)?,
        ssrc: Ssrc(frame.ssrc.unwrap_or_default()),
        mid: Mid::from_video_label(label).map_err(|_| WireError::Illegal("track_label"))?,
    })
}
