//! The words of a server ↔ their messages.

use carillon_frame::Bitrate;

use super::{
    WireError,
    checks::{bps, group_id, required, stream_id},
    client::{ping_pong_frame, read_ping_pong},
    data_message::{received_data, received_data_frame},
    index::{index, index_frame},
    join::{join_ack, join_ack_frame},
    roster::{audio_states, audio_states_frame, roster, roster_frame},
    subscribe::{subscribe_ack, subscribe_ack_frame},
};
use crate::{
    id::GroupId,
    proto::{self, SignalFrame, notification_frame, signal_frame::Type},
    server_message::{Bitrates, Notification, NotificationLevel, ServerFrame, ServerMessage},
    status::{AudioStatus, ErrorStatus},
};

/// Reads the message that its kind calls for; `None` is a kind that only clients send.
pub(super) fn decode(kind: Type, frame: SignalFrame) -> Result<Option<ServerFrame>, WireError> {
    let status = frame.error.as_ref().map_or(0, proto::ErrorFrame::status);
    let error = (status != 0).then_some(ErrorStatus(status));
    Ok(message(kind, frame)?.map(|message| ServerFrame { error, message }))
}

fn message(kind: Type, frame: SignalFrame) -> Result<Option<ServerMessage>, WireError> {
    Ok(Some(match kind {
        Type::PingPong => ping_pong(&required(frame.ping_pong, "ping_pong")?)?,
        Type::JoinAck => ServerMessage::JoinAck(join_ack(required(frame.joinack, "joinack")?)),
        Type::Index => ServerMessage::Index(index(required(frame.index, "index")?)?),
        Type::SubscribeAck => {
            ServerMessage::SubscribeAck(subscribe_ack(required(frame.suback, "suback")?)?)
        }
        Type::AudioStreamIdInfo => {
            let info = required(frame.audio_stream_id_info, "audio_stream_id_info")?;
            ServerMessage::Roster(roster(info)?)
        }
        Type::AudioMetadata => {
            let metadata = required(frame.audio_metadata, "audio_metadata")?;
            ServerMessage::AudioMetadata(audio_states(&metadata)?)
        }
        Type::AudioStatus => {
            let status = frame.audio_status.and_then(|status| status.audio_status);
            ServerMessage::AudioStatus(AudioStatus(required(status, "audio_status")?))
        }
        Type::Pause => ServerMessage::Pause(groups(&required(frame.pause, "pause")?)?),
        Type::Resume => ServerMessage::Resume(groups(&required(frame.pause, "pause")?)?),
        Type::Bitrates => {
            ServerMessage::Bitrates(bitrates(&required(frame.bitrates, "bitrates")?)?)
        }
        Type::DataMessage => {
            ServerMessage::Data(received_data(required(frame.data_message, "data_message")?)?)
        }
        Type::PrimaryMeetingJoinAck => ServerMessage::JoinPrimaryMeetingAck,
        Type::PrimaryMeetingLeave => ServerMessage::LeavePrimaryMeeting,
        Type::Notification => {
            ServerMessage::Notification(notification(required(frame.notification, "notification")?))
        }
        Type::LeaveAck => ServerMessage::LeaveAck,
        Type::Join
        | Type::Subscribe
        | Type::Leave
        | Type::AudioControl
        | Type::ClientMetric
        | Type::RemoteVideoUpdate
        | Type::PrimaryMeetingJoin
        | Type::MeetingSessionTiming => return Ok(None),
    }))
}

/// Writes a frame, all but its time.
pub(super) fn encode(content: &ServerFrame) -> (Type, SignalFrame) {
    let error = content.error.map(|error| error.0);
    let error = error.map(|status| proto::ErrorFrame { status: Some(status), description: None });
    let mut frame = SignalFrame { error, ..SignalFrame::default() };
    let kind = match &content.message {
        ServerMessage::Ping(id) => {
            frame.ping_pong = Some(ping_pong_frame(proto::PingPongType::Ping, *id));
            Type::PingPong
        }
        ServerMessage::Pong(id) => {
            frame.ping_pong = Some(ping_pong_frame(proto::PingPongType::Pong, *id));
            Type::PingPong
        }
        ServerMessage::JoinAck(ack) => {
            frame.joinack = Some(join_ack_frame(ack));
            Type::JoinAck
        }
        ServerMessage::Index(index) => {
            frame.index = Some(index_frame(index));
            Type::Index
        }
        ServerMessage::SubscribeAck(ack) => {
            frame.suback = Some(subscribe_ack_frame(ack));
            Type::SubscribeAck
        }
        ServerMessage::Roster(entries) => {
            frame.audio_stream_id_info = Some(roster_frame(entries));
            Type::AudioStreamIdInfo
        }
        ServerMessage::AudioMetadata(states) => {
            frame.audio_metadata = Some(audio_states_frame(states));
            Type::AudioMetadata
        }
        ServerMessage::AudioStatus(status) => {
            frame.audio_status = Some(proto::AudioStatusFrame { audio_status: Some(status.0) });
            Type::AudioStatus
        }
        ServerMessage::Pause(ids) => {
            frame.pause = Some(groups_frame(ids));
            Type::Pause
        }
        ServerMessage::Resume(ids) => {
            frame.pause = Some(groups_frame(ids));
            Type::Resume
        }
        ServerMessage::Bitrates(bitrates) => {
            frame.bitrates = Some(bitrates_frame(bitrates));
            Type::Bitrates
        }
        ServerMessage::Data(messages) => {
            frame.data_message = Some(received_data_frame(messages));
            Type::DataMessage
        }
        ServerMessage::JoinPrimaryMeetingAck => {
            frame.primary_meeting_join_ack = Some(proto::PrimaryMeetingJoinAckFrame {});
            Type::PrimaryMeetingJoinAck
        }
        ServerMessage::LeavePrimaryMeeting => {
            frame.primary_meeting_leave = Some(proto::PrimaryMeetingLeaveFrame {});
            Type::PrimaryMeetingLeave
        }
        ServerMessage::Notification(notification) => {
            frame.notification = Some(notification_frame(notification));
            Type::Notification
        }
        ServerMessage::LeaveAck => {
            frame.leave_ack = Some(proto::LeaveAckFrame {});
            Type::LeaveAck
        }
    };
    (kind, frame)
}

fn ping_pong(frame: &proto::PingPongFrame) -> Result<ServerMessage, WireError> {
    let (kind, id) = read_ping_pong(frame)?;
    Ok(match kind {
        proto::PingPongType::Ping => ServerMessage::Ping(id),
        proto::PingPongType::Pong => ServerMessage::Pong(id),
    })
}

fn groups(frame: &proto::PauseResumeFrame) -> Result<Vec<GroupId>, WireError> {
    frame.group_ids.iter().map(|id| group_id(Some(*id))).collect()
}

fn groups_frame(ids: &[GroupId]) -> proto::PauseResumeFrame {
    let group_ids = ids.iter().copied().map(GroupId::get).collect();
    proto::PauseResumeFrame { stream_ids: Vec::new(), group_ids }
}

fn bitrates(frame: &proto::BitrateFrame) -> Result<Bitrates, WireError> {
    let stream = |bitrate: &proto::Bitrate| {
        let average = Bitrate::from_bps(bitrate.avg_bitrate_bps().into());
        Ok((stream_id(bitrate.source_stream_id)?, average))
    };
    let available = frame.server_available_outgoing_bitrate.filter(|kbps| *kbps > 0);
    Ok(Bitrates {
        streams: frame.bitrates.iter().map(stream).collect::<Result<_, _>>()?,
        available: available.map(Bitrate::from_kbps),
    })
}

fn bitrates_frame(bitrates: &Bitrates) -> proto::BitrateFrame {
    let stream = |(id, average): &(crate::id::StreamId, Bitrate)| proto::Bitrate {
        source_stream_id: Some(id.get()),
        avg_bitrate_bps: Some(bps(*average)),
    };
    proto::BitrateFrame {
        bitrates: bitrates.streams.iter().map(stream).collect(),
        server_available_outgoing_bitrate: bitrates.available.map(Bitrate::kbps),
    }
}

fn notification(frame: proto::NotificationFrame) -> Notification {
    use notification_frame::NotificationLevel as Wire;
    let level = match frame.level() {
        Wire::Info => NotificationLevel::Info,
        Wire::Warning => NotificationLevel::Warning,
        Wire::Error => NotificationLevel::Error,
    };
    Notification { level, message: frame.message.unwrap_or_default() }
}

fn notification_frame(notification: &Notification) -> proto::NotificationFrame {
    use notification_frame::NotificationLevel as Wire;
    let level = match notification.level {
        NotificationLevel::Info => Wire::Info,
        NotificationLevel::Warning => Wire::Warning,
        NotificationLevel::Error => Wire::Error,
    };
    let message = Some(notification.message.clone());
    proto::NotificationFrame { level: Some(level.into()), message }
}
