//! What requests and answers of the service's own operations look like.

use carillon_types::api::{MessageText, PageSize};
use serde_json::{Value, json};

/// Refers to one of [`all`].
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Describes a parameter of a query.
pub(super) fn parameter(name: &str) -> Value {
    match name {
        "max-results" => {
            json!({ "type": "integer", "minimum": 1, "maximum": PageSize::GREATEST.get() })
        }
        _ => json!({ "type": "string", "maxLength": 4096 }),
    }
}

/// Every schema by its name.
pub(super) fn all() -> Value {
    json!({
        "Id": {
            "type": "string",
            "pattern": "^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$",
        },
        "Error": object(&[("Code", text()), ("Message", text()), ("RequestId", text())]),
        "Server": object(&[
            ("Name", json!({ "const": "carillon" })),
            ("Version", text()),
            ("MediaRegion", text()),
            ("Meetings", count()),
        ]),
        "Meeting": meeting(),
        "Meetings": object(&[
            ("Meetings", list(&reference("Meeting"))),
            ("NextToken", json!({ "type": ["string", "null"] })),
        ]),
        "LiveMeeting": object(&[
            ("Meeting", reference("Meeting")),
            ("CreatedMs", millis()),
            ("Locked", truth()),
            ("Transcribing", truth()),
            ("Attendees", list(&reference("LiveAttendee"))),
        ]),
        "LiveAttendee": live_attendee(),
        "DataMessage": data_message(),
        "Recipients": object(&[("Recipients", count())]),
        "ClientEvents": client_events(),
    })
}

fn meeting() -> Value {
    json!({
        "type": "object",
        "description": "As the Amazon Chime SDK Meetings API shows it",
        "required": ["MeetingId", "ExternalMeetingId", "MediaRegion", "MediaPlacement", "MeetingArn"],
        "properties": {
            "MeetingId": reference("Id"),
            "ExternalMeetingId": text(),
            "MediaRegion": text(),
            "MediaPlacement": { "type": "object" },
            "MeetingArn": text(),
        },
    })
}

fn live_attendee() -> Value {
    let capability = || json!({ "enum": ["SendReceive", "Send", "Receive", "None"] });
    let capabilities =
        [("Audio", capability()), ("Video", capability()), ("Content", capability())];
    object(&[
        ("AttendeeId", reference("Id")),
        ("ExternalUserId", text()),
        ("Capabilities", object(&capabilities)),
        ("Connected", truth()),
        ("Muted", truth()),
        ("Video", truth()),
        ("Content", truth()),
    ])
}

fn data_message() -> Value {
    json!({
        "type": "object",
        "required": ["Topic", "Data"],
        "properties": {
            "Topic": { "type": "string", "pattern": "^[a-zA-Z0-9_-]{1,36}$" },
            "Data": {
                "type": "string",
                "description": format!("At most {} bytes of UTF-8", MessageText::MAX_BYTES),
            },
            "LifetimeMs": { "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX },
        },
    })
}

fn client_events() -> Value {
    let figures = || json!({ "type": "object", "additionalProperties": { "type": "number" } });
    let event = object(&[
        ("Name", text()),
        ("TimestampMs", millis()),
        ("ReceivedMs", millis()),
        ("Attributes", json!({ "type": "object" })),
    ]);
    let stream = object(&[
        ("StreamId", json!({ "type": ["integer", "null"] })),
        ("MediaType", json!({ "enum": ["Audio", "Video"] })),
        ("Figures", figures()),
    ]);
    let measurements = object(&[("Client", figures()), ("Streams", list(&stream))]);
    object(&[
        ("ClientEvents", list(&event)),
        ("Measurements", json!({ "anyOf": [{ "type": "null" }, measurements] })),
    ])
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn truth() -> Value {
    json!({ "type": "boolean" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn millis() -> Value {
    json!({ "type": "integer", "minimum": 0, "description": "Milliseconds since 1970" })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Describes an object with all of these members.
fn object(members: &[(&str, Value)]) -> Value {
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<_, _> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}
