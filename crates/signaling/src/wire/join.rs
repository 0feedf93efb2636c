//! JOIN and its acknowledgement ↔ their messages.

use super::{WireError, checks::at_most};
use crate::{
    join::{AudioSessionId, ClientDetails, Join, JoinAck, NetworkAdaption, TurnCredentials},
    proto,
};

/// Kinds of adaption that a client supports: there are four.
const MAX_ADAPTIONS: usize = 16;

/// Bytes of a text that describes a client. What is longer is cut, because the application may have chosen it.
const MAX_DETAIL_BYTES: usize = 256;

pub(super) fn join(frame: proto::JoinFrame) -> Result<Join, WireError> {
    let supported = &frame.supported_server_side_network_adaptions;
    at_most(supported.len(), MAX_ADAPTIONS, "supported_server_side_network_adaptions")?;
    Ok(Join {
        audio_session_id: frame.audio_session_id.map(AudioSessionId),
        adaption: frame.server_side_network_adaption.and_then(adaption),
        supported_adaptions: supported.iter().copied().filter_map(adaption).collect(),
        wants_compressed_sdp: frame.wants_compressed_sdp(),
        wants_all_temporal_layers_in_index: frame.wants_all_temporal_layers_in_index(),
        disable_periodic_keyframe_request: frame
            .disable_periodic_keyframe_request_on_content_sender(),
        client: frame.client_details.map(client_details).unwrap_or_default(),
    })
}

pub(super) fn join_frame(join: &Join) -> proto::JoinFrame {
    proto::JoinFrame {
        protocol_version: Some(proto::JoinFrame::default().protocol_version()),
        max_num_of_videos: None,
        flags: Some(i32::from(proto::JoinFlags::HasStreamUpdate).unsigned_abs()),
        client_details: Some(client_details_frame(&join.client)),
        audio_session_id: join.audio_session_id.map(|id| id.0),
        wants_compressed_sdp: Some(join.wants_compressed_sdp),
        server_side_network_adaption: join.adaption.map(adaption_number),
        supported_server_side_network_adaptions: join
            .supported_adaptions
            .iter()
            .copied()
            .map(adaption_number)
            .collect(),
        wants_all_temporal_layers_in_index: Some(join.wants_all_temporal_layers_in_index),
        disable_periodic_keyframe_request_on_content_sender: Some(
            join.disable_periodic_keyframe_request,
        ),
    }
}

fn client_details(frame: proto::ClientDetails) -> ClientDetails {
    ClientDetails {
        app_name: frame.app_name.map(cut),
        app_version: frame.app_version.map(cut),
        device_model: frame.device_model.map(cut),
        platform_name: frame.platform_name.map(cut),
        platform_version: frame.platform_version.map(cut),
        client_source: frame.client_source.map(cut),
        sdk_version: frame.chime_sdk_version.map(cut),
        utc_offset: frame.client_utc_offset.map(cut),
        os_name: frame.os_name.map(cut),
        os_version: frame.os_version.map(cut),
    }
}

fn client_details_frame(client: &ClientDetails) -> proto::ClientDetails {
    proto::ClientDetails {
        app_name: client.app_name.clone(),
        app_version: client.app_version.clone(),
        device_model: client.device_model.clone(),
        device_make: None,
        platform_name: client.platform_name.clone(),
        platform_version: client.platform_version.clone(),
        client_source: client.client_source.clone(),
        chime_sdk_version: client.sdk_version.clone(),
        client_utc_offset: client.utc_offset.clone(),
        os_name: client.os_name.clone(),
        os_version: client.os_version.clone(),
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_DETAIL_BYTES));
    text
}

fn adaption(number: i32) -> Option<NetworkAdaption> {
    use proto::ServerSideNetworkAdaption as Wire;
    Some(match Wire::try_from(number).ok()? {
        Wire::Default => NetworkAdaption::Default,
        Wire::None => NetworkAdaption::Client,
        Wire::BandwidthProbing => NetworkAdaption::Probing,
        Wire::BandwidthProbingAndVideoQualityAdaption => NetworkAdaption::Server,
    })
}

fn adaption_number(adaption: NetworkAdaption) -> i32 {
    use proto::ServerSideNetworkAdaption as Wire;
    let adaption = match adaption {
        NetworkAdaption::Default => Wire::Default,
        NetworkAdaption::Client => Wire::None,
        NetworkAdaption::Probing => Wire::BandwidthProbing,
        NetworkAdaption::Server => Wire::BandwidthProbingAndVideoQualityAdaption,
    };
    adaption.into()
}

pub(super) fn join_ack(frame: proto::JoinAckFrame) -> JoinAck {
    let adaption = frame.default_server_side_network_adaption.and_then(adaption);
    JoinAck {
        video_subscription_limit: match frame.video_subscription_limit() {
            0 => JoinAck::default().video_subscription_limit,
            limit => limit,
        },
        wants_compressed_sdp: frame.wants_compressed_sdp(),
        adaption: adaption.unwrap_or(NetworkAdaption::Default),
        turn: frame.turn_credentials.map(|turn| TurnCredentials {
            ttl_seconds: turn.ttl(),
            username: turn.username.unwrap_or_default(),
            password: turn.password.unwrap_or_default(),
            uris: turn.uris,
        }),
    }
}

pub(super) fn join_ack_frame(ack: &JoinAck) -> proto::JoinAckFrame {
    proto::JoinAckFrame {
        turn_credentials: ack.turn.as_ref().map(|turn| proto::TurnCredentials {
            username: Some(turn.username.clone()),
            password: Some(turn.password.clone()),
            ttl: Some(turn.ttl_seconds),
            uris: turn.uris.clone(),
        }),
        video_subscription_limit: Some(ack.video_subscription_limit),
        wants_compressed_sdp: Some(ack.wants_compressed_sdp),
        default_server_side_network_adaption: Some(adaption_number(ack.adaption)),
    }
}
