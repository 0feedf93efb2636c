//! The words of a client ↔ their messages.

use super::{
    WireError,
    checks::{MAX_NAME_BYTES, MAX_STREAMS, at_most, muted, required, stream_ids},
    client_metrics::{client_metrics, client_metrics_frame},
    data_message::{sent_data, sent_data_frame},
    join::{join, join_frame},
    subscribe::{subscribe, subscribe_frame},
    video_subscription::{remote_video_update, remote_video_update_frame},
};
use crate::{
    client_message::{ClientMessage, PrimaryMeetingCredentials},
    id::{PingId, StreamId},
    proto::{self, SignalFrame, signal_frame::Type},
    roster::Mute,
};

/// Reads the message that its kind calls for; `None` is a kind that only servers send.
pub(super) fn decode(kind: Type, frame: SignalFrame) -> Result<Option<ClientMessage>, WireError> {
    Ok(Some(match kind {
        Type::PingPong => ping_pong(&required(frame.ping_pong, "ping_pong")?)?,
        Type::Join => ClientMessage::Join(join(required(frame.join, "join")?)?),
        Type::Subscribe => ClientMessage::Subscribe(subscribe(required(frame.sub, "sub")?)?),
        Type::Pause => ClientMessage::Pause(paused(required(frame.pause, "pause")?)?),
        Type::Resume => ClientMessage::Resume(paused(required(frame.pause, "pause")?)?),
        Type::AudioControl => {
            let flag = frame.audio_control.and_then(|control| control.muted);
            ClientMessage::Mute(muted(required(flag, "audio_control.muted")?))
        }
        Type::DataMessage => {
            ClientMessage::Data(sent_data(required(frame.data_message, "data_message")?)?)
        }
        Type::RemoteVideoUpdate => {
            let update = required(frame.remote_video_update, "remote_video_update")?;
            ClientMessage::UpdateRemoteVideos(remote_video_update(update)?)
        }
        Type::PrimaryMeetingJoin => {
            let join = frame.primary_meeting_join.and_then(|join| join.credentials);
            ClientMessage::JoinPrimaryMeeting(primary_meeting(required(join, "credentials")?)?)
        }
        Type::PrimaryMeetingLeave => ClientMessage::LeavePrimaryMeeting,
        Type::ClientMetric => {
            ClientMessage::Metrics(client_metrics(frame.client_metric.unwrap_or_default()))
        }
        Type::MeetingSessionTiming => ClientMessage::SessionTiming,
        Type::Leave => ClientMessage::Leave,
        Type::JoinAck
        | Type::SubscribeAck
        | Type::Index
        | Type::LeaveAck
        | Type::Bitrates
        | Type::AudioMetadata
        | Type::AudioStreamIdInfo
        | Type::AudioStatus
        | Type::PrimaryMeetingJoinAck
        | Type::Notification => return Ok(None),
    }))
}

/// Writes a message, all but its time.
pub(super) fn encode(message: &ClientMessage) -> (Type, SignalFrame) {
    let mut frame = SignalFrame::default();
    let kind = match message {
        ClientMessage::Ping(id) => {
            frame.ping_pong = Some(ping_pong_frame(proto::PingPongType::Ping, *id));
            Type::PingPong
        }
        ClientMessage::Pong(id) => {
            frame.ping_pong = Some(ping_pong_frame(proto::PingPongType::Pong, *id));
            Type::PingPong
        }
        ClientMessage::Join(join) => {
            frame.join = Some(join_frame(join));
            Type::Join
        }
        ClientMessage::Subscribe(subscribe) => {
            frame.sub = Some(subscribe_frame(subscribe));
            Type::Subscribe
        }
        ClientMessage::Mute(mute) => {
            let muted = Some(*mute == Mute::Muted);
            frame.audio_control = Some(proto::AudioControlFrame { muted });
            Type::AudioControl
        }
        ClientMessage::Pause(ids) => {
            frame.pause = Some(pause_frame(ids));
            Type::Pause
        }
        ClientMessage::Resume(ids) => {
            frame.pause = Some(pause_frame(ids));
            Type::Resume
        }
        ClientMessage::UpdateRemoteVideos(update) => {
            frame.remote_video_update = Some(remote_video_update_frame(update));
            Type::RemoteVideoUpdate
        }
        ClientMessage::Data(data) => {
            frame.data_message =
                Some(proto::DataMessageFrame { messages: vec![sent_data_frame(data)] });
            Type::DataMessage
        }
        ClientMessage::JoinPrimaryMeeting(credentials) => {
            let credentials = Some(proto::MeetingSessionCredentials {
                attendee_id: Some(credentials.attendee.to_string()),
                external_user_id: Some(credentials.external_user_id.to_string()),
                join_token: Some(credentials.token.as_str().to_owned()),
            });
            frame.primary_meeting_join = Some(proto::PrimaryMeetingJoinFrame { credentials });
            Type::PrimaryMeetingJoin
        }
        ClientMessage::LeavePrimaryMeeting => {
            frame.primary_meeting_leave = Some(proto::PrimaryMeetingLeaveFrame {});
            Type::PrimaryMeetingLeave
        }
        ClientMessage::Metrics(metrics) => {
            frame.client_metric = Some(client_metrics_frame(metrics));
            Type::ClientMetric
        }
        ClientMessage::SessionTiming => {
            frame.meeting_session_timing = Some(proto::MeetingSessionTimingFrame::default());
            Type::MeetingSessionTiming
        }
        ClientMessage::Leave => {
            frame.leave = Some(proto::LeaveFrame {});
            Type::Leave
        }
    };
    (kind, frame)
}

fn ping_pong(frame: &proto::PingPongFrame) -> Result<ClientMessage, WireError> {
    let (kind, id) = read_ping_pong(frame)?;
    Ok(match kind {
        proto::PingPongType::Ping => ClientMessage::Ping(id),
        proto::PingPongType::Pong => ClientMessage::Pong(id),
    })
}

pub(super) fn read_ping_pong(
    frame: &proto::PingPongFrame,
) -> Result<(proto::PingPongType, PingId), WireError> {
    let kind = required(frame.r#type, "ping_pong.type")?;
    let kind = kind.try_into().map_err(|_| WireError::Illegal("ping_pong.type"))?;
    Ok((kind, PingId(required(frame.ping_id, "ping_pong.ping_id")?)))
}

pub(super) fn ping_pong_frame(kind: proto::PingPongType, id: PingId) -> proto::PingPongFrame {
    proto::PingPongFrame { r#type: Some(kind.into()), ping_id: Some(id.0) }
}

fn paused(frame: proto::PauseResumeFrame) -> Result<Vec<StreamId>, WireError> {
    at_most(frame.stream_ids.len(), MAX_STREAMS, "stream_ids")?;
    stream_ids(&frame.stream_ids)
}

fn pause_frame(ids: &[StreamId]) -> proto::PauseResumeFrame {
    let stream_ids = ids.iter().map(|id| id.get()).collect();
    proto::PauseResumeFrame { stream_ids, group_ids: Vec::new() }
}

fn primary_meeting(
    frame: proto::MeetingSessionCredentials,
) -> Result<PrimaryMeetingCredentials, WireError> {
    let attendee = required(frame.attendee_id, "attendee_id")?;
    let token = required(frame.join_token, "join_token")?;
    let external_user_id = frame.external_user_id.unwrap_or_default();
    at_most(external_user_id.len(), MAX_NAME_BYTES, "external_user_id")?;
    Ok(PrimaryMeetingCredentials {
        attendee: attendee.parse().map_err(|_| WireError::Illegal("attendee_id"))?,
        external_user_id: external_user_id.into(),
        token: token.parse().map_err(|_| WireError::Illegal("join_token"))?,
    })
}
