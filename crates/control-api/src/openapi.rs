//! The service's own operations as an OpenAPI document, for those who generate clients or tests from one.

mod schemas;

use axum::{http::header, response::IntoResponse};
use serde_json::{Map, Value, json};

/// Where the document is served, to anybody: it tells nothing of this service but its version.
pub(crate) const PATH: &str = "/carillon/v1/openapi.json";

/// One operation of the service's own.
struct Described {
    /// As `Operation::name` has it.
    name: &'static str,
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    /// The parameters of its query.
    query: &'static [&'static str],
    /// The schema of its body.
    body: Option<&'static str>,
    /// The schema of its answer; none for an answer without a body.
    answer: Option<&'static str>,
    /// The errors beyond those that every operation may answer with.
    errors: &'static [u16],
}

const OPERATIONS: [Described; 9] = [
    Described {
        name: "GetServer",
        method: "get",
        path: "/carillon/v1/server",
        summary: "Says what serves, and how much of it the account uses",
        query: &[],
        body: None,
        answer: Some("Server"),
        errors: &[],
    },
    Described {
        name: "ListMeetings",
        method: "get",
        path: "/carillon/v1/meetings",
        summary: "Lists the account's meetings, in the order of their identifiers",
        query: &["max-results", "next-token"],
        body: None,
        answer: Some("Meetings"),
        errors: &[],
    },
    Described {
        name: "GetLiveMeeting",
        method: "get",
        path: "/carillon/v1/meetings/{MeetingId}",
        summary: "Shows a meeting, its attendees and what they do at this moment",
        query: &[],
        body: None,
        answer: Some("LiveMeeting"),
        errors: &[404],
    },
    Described {
        name: "LockMeeting",
        method: "put",
        path: "/carillon/v1/meetings/{MeetingId}/lock",
        summary: "Lets nobody enter a meeting but those who are in it",
        query: &[],
        body: None,
        answer: None,
        errors: &[404],
    },
    Described {
        name: "UnlockMeeting",
        method: "delete",
        path: "/carillon/v1/meetings/{MeetingId}/lock",
        summary: "Lets everybody with a token enter a meeting again",
        query: &[],
        body: None,
        answer: None,
        errors: &[404],
    },
    Described {
        name: "SendDataMessage",
        method: "post",
        path: "/carillon/v1/meetings/{MeetingId}/data-messages",
        summary: "Says something to everybody in a meeting, in the name of the server",
        query: &[],
        body: Some("DataMessage"),
        answer: Some("Recipients"),
        errors: &[404, 422],
    },
    Described {
        name: "MuteAttendee",
        method: "put",
        path: "/carillon/v1/meetings/{MeetingId}/attendees/{AttendeeId}/mute",
        summary: "Lets nobody hear an attendee until it turns its microphone on anew",
        query: &[],
        body: None,
        answer: None,
        errors: &[404, 422],
    },
    Described {
        name: "UnmuteAttendee",
        method: "delete",
        path: "/carillon/v1/meetings/{MeetingId}/attendees/{AttendeeId}/mute",
        summary: "Lets everybody hear an attendee again",
        query: &[],
        body: None,
        answer: None,
        errors: &[404, 422],
    },
    Described {
        name: "GetClientEvents",
        method: "get",
        path: "/carillon/v1/meetings/{MeetingId}/attendees/{AttendeeId}/client-events",
        summary: "Tells what an attendee's client has reported and measured",
        query: &[],
        body: None,
        answer: Some("ClientEvents"),
        errors: &[404],
    },
];

/// What any operation may answer: broken rules, bad signatures, too many calls, faults.
const ERRORS: [u16; 5] = [400, 403, 429, 500, 503];

/// Serves the document.
pub(crate) async fn serve() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text())
}

/// Writes the document.
fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).expect("JSON always encodes");
    text.push('\n');
    text
}

fn document() -> Value {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(operation.method.to_owned(), described(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Carillon",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What this service can do beyond the Amazon Chime SDK Meetings API. \
                Requests are signed with Signature Version 4 for the service `chime`, as those of an AWS SDK are.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "security": [{ "sigv4": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, service `chime`",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
            "schemas": schemas::all(),
        },
    })
}

fn described(operation: &Described) -> Value {
    let mut value = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": responses(operation),
    });
    let parameters = parameters(operation);
    if let Value::Object(value) = &mut value {
        if !parameters.is_empty() {
            value.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = operation.body {
            let body = json!({ "required": true, "content": content(body) });
            value.insert("requestBody".to_owned(), body);
        }
    }
    value
}

fn parameters(operation: &Described) -> Vec<Value> {
    let ids = operation.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        let schema = schemas::reference("Id");
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let query = operation.query.iter().map(|name| {
        let schema = schemas::parameter(name);
        json!({ "name": name, "in": "query", "required": false, "schema": schema })
    });
    ids.chain(query).collect()
}

fn responses(operation: &Described) -> Value {
    let mut responses = Map::new();
    let (status, good) = match operation.answer {
        Some(answer) => ("200", json!({ "description": "Done", "content": content(answer) })),
        None => ("204", json!({ "description": "Done" })),
    };
    responses.insert(status.to_owned(), good);
    let too_large =
        json!({ "description": "The request's line and headers are too large together" });
    responses.insert("431".to_owned(), too_large);
    for status in ERRORS.iter().chain(operation.errors) {
        let description = match status {
            400 => "The request breaks a rule",
            403 => "The request is not signed, or not by somebody who is known",
            404 => "There is no such meeting or attendee, or it is another account's",
            422 => "Nobody is there whom it could concern",
            429 => "There are too many calls at once",
            500 => "The service is at fault",
            _ => "The service cannot work at the moment",
        };
        let problem = json!({ "description": description, "content": content("Error") });
        responses.insert(status.to_string(), problem);
    }
    responses.into()
}

fn content(schema: &str) -> Value {
    json!({ "application/json": { "schema": schemas::reference(schema) } })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use axum::http::Method;

    use super::*;
    use crate::operation::Operation;

    #[test]
    fn document_is_the_one_in_the_documentation() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        if std::env::var("CARILLON_GOLDEN").is_ok_and(|mode| mode == "accept") {
            std::fs::write(&golden, text()).unwrap();
        }
        let written = std::fs::read_to_string(golden).unwrap_or_default();
        assert_eq!(
            written,
            text(),
            "`CARILLON_GOLDEN=accept cargo test -p carillon-control-api openapi` writes it anew"
        );
    }

    #[test]
    fn every_described_operation_is_found_under_its_path() {
        for Described { name, method, path, .. } in &OPERATIONS {
            let segments: Vec<_> = path.split('/').skip(1).collect();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            assert_eq!(Operation::find(&method, &segments, None).unwrap().name(), *name);
        }
    }

    #[test]
    fn every_named_schema_is_there() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for piece in text().split("#/components/schemas/").skip(1) {
            let name = piece.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}
