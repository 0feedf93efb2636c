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
    let id = reference("Id");
    let capability = json!({ "enum": ["SendReceive", "Send", "Receive", "None"] });
    let millis =
        json!({ "type": "integer", "minimum": 0, "description": "Milliseconds since 1970" });
    let figures = json!({ "type": "object", "additionalProperties": { "type": "number" } });
    json!({
        "Id": {
            "type": "string",
            "pattern": "^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$",
        },
        "Error": object(&[
            ("Code", json!({ "type": "string" })),
            ("Message", json!({ "type": "string" })),
            ("RequestId", json!({ "type": "string" })),
        ]),
        "Server": object(&[
            ("Name", json!({ "const": "carillon" })),
            ("Version", json!({ "type": "string" })),
            ("MediaRegion", json!({ "type": "string" })),
            ("Meetings", json!({ "type": "integer", "minimum": 0 })),
        ]),
        "Meeting": {
            "type": "object",
            "description": "As the Amazon Chime SDK Meetings API shows it",
            "required": ["MeetingId", "ExternalMeetingId", "MediaRegion", "MediaPlacement", "MeetingArn"],
            "properties": {
                "MeetingId": id,
                "ExternalMeetingId": { "type": "string" },
                "MediaRegion": { "type": "string" },
                "MediaPlacement": { "type": "object" },
                "MeetingArn": { "type": "string" },
            },
        },
        "Meetings": object(&[
            ("Meetings", json!({ "type": "array", "items": reference("Meeting") })),
            ("NextToken", json!({ "type": ["string", "null"] })),
        ]),
        "LiveMeeting": object(&[
            ("Meeting", reference("Meeting")),
            ("CreatedMs", millis.clone()),
            ("Locked", json!({ "type": "boolean" })),
            ("Transcribing", json!({ "type": "boolean" })),
            ("Attendees", json!({ "type": "array", "items": reference("LiveAttendee") })),
        ]),
        "LiveAttendee": object(&[
            ("AttendeeId", id),
            ("ExternalUserId", json!({ "type": "string" })),
            ("Capabilities", object(&[
                ("Audio", capability.clone()),
                ("Video", capability.clone()),
                ("Content", capability),
            ])),
            ("Connected", json!({ "type": "boolean" })),
            ("Muted", json!({ "type": "boolean" })),
            ("Video", json!({ "type": "boolean" })),
            ("Content", json!({ "type": "boolean" })),
        ]),
        "DataMessage": {
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
        },
        "Recipients": object(&[("Recipients", json!({ "type": "integer", "minimum": 0 }))]),
        "ClientEvents": object(&[
            ("ClientEvents", json!({ "type": "array", "items": object(&[
                ("Name", json!({ "type": "string" })),
                ("TimestampMs", millis.clone()),
                ("ReceivedMs", millis),
                ("Attributes", json!({ "type": "object" })),
            ]) })),
            ("Measurements", json!({ "anyOf": [{ "type": "null" }, object(&[
                ("Client", figures.clone()),
                ("Streams", json!({ "type": "array", "items": object(&[
                    ("StreamId", json!({ "type": ["integer", "null"] })),
                    ("MediaType", json!({ "enum": ["Audio", "Video"] })),
                    ("Figures", figures),
                ]) })),
            ])] })),
        ]),
    })
}

/// Describes an object with all of these members.
fn object(members: &[(&str, Value)]) -> Value {
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<_, _> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}
