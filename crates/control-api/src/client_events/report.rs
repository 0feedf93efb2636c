//! The body of a report.

use carillon_types::WallTime;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ClientEvent;
use crate::{limits, problem::Problem};

/// Bytes of one event's attributes. Browsers send no event of more than 3,000 bytes by their own count, which takes two
/// a character; a larger one is left out whole, because half of it is no JSON.
const MAX_ATTRIBUTES_BYTES: usize = 4 * 1024;

/// Characters of an event's name. The longest of the browser client has 29, and applications may add their own.
const MAX_NAME_CHARS: usize = 64;

/// A report as it arrives; members without use are ignored.
#[derive(Deserialize)]
pub(crate) struct Report {
    /// The join token, where the client cannot send a header.
    pub(crate) authorization: Option<String>,
    #[serde(default)]
    events: Vec<Batch>,
}

#[derive(Deserialize)]
struct Batch {
    #[serde(default)]
    payloads: Vec<Map<String, Value>>,
}

impl Report {
    /// Reads a body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Problem> {
        limits::json(body)
    }

    /// The events of the report that make sense.
    pub(crate) fn into_events(self, received: WallTime) -> Vec<ClientEvent> {
        let payloads = self.events.into_iter().flat_map(|batch| batch.payloads);
        payloads.filter_map(|payload| event(payload, received)).collect()
    }
}

fn event(mut payload: Map<String, Value>, received: WallTime) -> Option<ClientEvent> {
    let Value::String(name) = payload.remove("name")? else { return None };
    let at = payload.remove("ts").and_then(|ts| ts.as_u64()).map(WallTime::from_millis);
    let attributes = Value::Object(payload).to_string();
    let sensible = is_name(&name) && attributes.len() <= MAX_ATTRIBUTES_BYTES;
    sensible.then(|| ClientEvent {
        name: name.into_boxed_str(),
        at: at.unwrap_or(received),
        received,
        attributes: attributes.into_boxed_str(),
    })
}

/// Whether a text is an event's name, or a status as the client writes it.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: WallTime = WallTime::from_millis(1_700_000_000_000);

    #[test]
    fn events_of_all_batches_are_read_in_order() {
        let events = events(&json!({
            "metadata": {"browserName": "Chrome"},
            "events": [
                {"type": "Meet", "v": 1, "payloads": [
                    {"name": "audioInputSelected", "ts": 1, "retryCount": 0},
                    {"name": "meetingStartSucceeded"},
                ]},
                {"type": "Meet", "v": 1, "payloads": [{"name": "meetingEnded", "ts": -4}]},
            ],
        }));
        let names: Vec<_> = events.iter().map(|event| &*event.name).collect();
        assert_eq!(names, ["audioInputSelected", "meetingStartSucceeded", "meetingEnded"]);
        assert_eq!(events[0].at.as_millis(), 1);
        assert_eq!(&*events[0].attributes, r#"{"retryCount":0}"#);
        assert_eq!((events[1].at, &*events[1].attributes), (NOW, "{}"));
        assert_eq!(events[2].at, NOW);
    }

    #[test]
    fn senseless_events_are_left_out() {
        let long = "x".repeat(MAX_ATTRIBUTES_BYTES);
        let events = events(&json!({"events": [{"payloads": [
            {}, {"name": 7}, {"name": ""}, {"name": "a b"}, {"name": "x".repeat(65)},
            {"name": "large", "text": long}, {"name": "good"},
        ]}, {}]}));
        assert_eq!(events.len(), 1);
    }

    #[test]
    fn bodies_of_another_shape_are_refused() {
        for body in ["", "[]", "{\"events\":7}", "{\"events\":[{\"payloads\":[7]}]}"] {
            assert!(Report::read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Report::read(b"{}").is_ok());
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(
            body in prop_oneof!["[{\\[\"a:,}\\]0-9]{0,60}", ".*"],
            inside in "[{\\[\"a:,}\\]0-9]{0,40}",
        ) {
            for body in [body, format!("{{\"events\":[{{\"payloads\":[{inside}]}}]}}")] {
                if let Ok(report) = Report::read(body.as_bytes()) {
                    for event in report.into_events(NOW) {
                        let attributes: Value = serde_json::from_str(&event.attributes).unwrap();
                        prop_assert!(attributes.is_object() && is_name(&event.name));
                    }
                }
            }
        }
    }

    fn events(body: &Value) -> Vec<ClientEvent> {
        Report::read(body.to_string().as_bytes()).ok().unwrap().into_events(NOW)
    }
}
