//! Messages of applications ↔ theirs on the wire.

use std::time::Duration;

use super::{
    WireError,
    checks::{at_most, required},
};
use crate::{
    data_message::{Arrival, MAX_DATA_BYTES, MessageSender, ReceivedData, SentData, Topic},
    epoch::UnixNanos,
    proto,
};

pub(super) fn sent_data(frame: proto::DataMessageFrame) -> Result<SentData, WireError> {
    let mut messages = frame.messages;
    at_most(messages.len(), 1, "messages")?;
    let message = required(messages.pop(), "messages")?;
    let data = message.data.unwrap_or_default();
    at_most(data.len(), MAX_DATA_BYTES, "data")?;
    let topic = required(message.topic, "topic")?;
    Ok(SentData {
        topic: topic.parse().map_err(|_| WireError::Illegal("topic"))?,
        data,
        lifetime: message.lifetime_ms.map(|ms| Duration::from_millis(ms.into())),
    })
}

pub(super) fn sent_data_frame(data: &SentData) -> proto::DataMessagePayload {
    let millis = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
    proto::DataMessagePayload {
        topic: Some(data.topic.to_string()),
        data: Some(data.data.clone()),
        lifetime_ms: data.lifetime.map(millis),
        ..proto::DataMessagePayload::default()
    }
}

pub(super) fn received_data(
    frame: proto::DataMessageFrame,
) -> Result<Vec<ReceivedData>, WireError> {
    frame.messages.into_iter().map(received).collect()
}

pub(super) fn received_data_frame(messages: &[ReceivedData]) -> proto::DataMessageFrame {
    proto::DataMessageFrame { messages: messages.iter().map(received_frame).collect() }
}

fn received(frame: proto::DataMessagePayload) -> Result<ReceivedData, WireError> {
    let arrival = match u64::try_from(frame.ingest_time_ns()) {
        Ok(0) => Arrival::Throttled,
        Ok(nanos) => Arrival::At(UnixNanos(nanos)),
        Err(_) => return Err(WireError::Illegal("ingest_time_ns")),
    };
    let topic = required(frame.topic, "topic")?;
    let external_user_id = frame.sender_external_user_id.unwrap_or_default();
    let sender = match frame.sender_attendee_id.filter(|id| !id.is_empty()) {
        Some(id) => Some(MessageSender {
            identity: id.parse().map_err(|_| WireError::Illegal("sender_attendee_id"))?,
            external_user_id: external_user_id.into(),
        }),
        None => None,
    };
    Ok(ReceivedData {
        topic: Topic::from_server(&topic).map_err(|_| WireError::Illegal("topic"))?,
        data: frame.data.unwrap_or_default(),
        sender,
        arrival,
    })
}

fn received_frame(message: &ReceivedData) -> proto::DataMessagePayload {
    let sender = message.sender.as_ref();
    let ingest_time_ns = match message.arrival {
        // Zero is the mark of a throttled message.
        Arrival::At(at) => at.0.max(1),
        Arrival::Throttled => 0,
    };
    proto::DataMessagePayload {
        topic: Some(message.topic.to_string()),
        data: Some(message.data.clone()),
        lifetime_ms: None,
        sender_attendee_id: sender.map(|sender| sender.identity.to_string()),
        ingest_time_ns: Some(i64::try_from(ingest_time_ns).unwrap_or(i64::MAX)),
        sender_external_user_id: sender.map(|sender| sender.external_user_id.to_string()),
    }
}
