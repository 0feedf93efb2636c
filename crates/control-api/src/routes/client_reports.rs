//! What a client has reported, for whoever has to explain how its meeting went: an operation of this service.

use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::{
    call::{Call, attendee_id, meeting_id, ok},
    client_events::ClientEvent,
    live_meetings::{Figure, Measurements, StreamMeasurements},
    problem::Problem,
};

pub(crate) async fn get(
    call: &Call<'_>,
    meeting: &str,
    attendee: &str,
) -> Result<Response, Problem> {
    let (meeting, attendee) = (meeting_id(meeting)?, attendee_id(attendee)?);
    call.control.get_meeting(&call.caller, meeting)?;
    let events = call.client_events.of(meeting, attendee);
    // What an attendee has reported outlives the attendee, who may have been deleted just because of it.
    if events.is_empty() {
        call.control.get_attendee(&call.caller, meeting, attendee)?;
    }
    let measured = call.live.measurements(meeting, attendee).await;
    ok(&json!({
        "ClientEvents": events.iter().map(event).collect::<Result<Vec<_>, _>>()?,
        "Measurements": measured.as_ref().map(measurements),
    }))
}

fn event(event: &ClientEvent) -> Result<Value, Problem> {
    let attributes: Value = serde_json::from_str(&event.attributes).map_err(Problem::fault)?;
    Ok(json!({
        "Name": event.name,
        "TimestampMs": event.at.as_millis(),
        "ReceivedMs": event.received.as_millis(),
        "Attributes": attributes,
    }))
}

fn measurements(measured: &Measurements) -> Value {
    let streams = measured.streams.iter().map(stream);
    json!({ "Client": figures(&measured.figures), "Streams": streams.collect::<Vec<_>>() })
}

fn stream(measured: &StreamMeasurements) -> Value {
    json!({
        "StreamId": measured.stream,
        "MediaType": measured.kind,
        "Figures": figures(&measured.figures),
    })
}

fn figures(figures: &[Figure]) -> Map<String, Value> {
    figures.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}
