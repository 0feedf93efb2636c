//! The log line of a join that failed.

use std::time::Duration;

use serde_json::Value;

use super::{ClientEvent, report::is_name};
use crate::token_bucket::Rate;

/// What the client calls it.
pub(crate) const NAME: &str = "meetingStartFailed";

/// Lines for one attendee. A client that cannot get in tells so once for each attempt of its user; one that says it more
/// often than people try is out to fill the log.
const MAX_LINES_PER_ATTENDEE: u32 = 10;

/// Lines about attendees that are gone already, which nothing is counted for: enough for a class that comes to a meeting
/// that is over, and no way to fill a disk with an old token.
pub(crate) const LAST_WORDS: Rate = Rate { interval: Duration::from_secs(6), burst: 50 };

/// Characters of a reason: one sentence of the client.
const MAX_REASON_CHARS: usize = 200;

/// Characters of a word in a reason. Words of people are shorter, while identifiers, tokens and addresses are longer.
const MAX_WORD_CHARS: usize = 24;

/// Says whether an attendee's failed join of this number, counted from 1, gets a line.
pub(crate) const fn is_news(number: u32) -> bool {
    number <= MAX_LINES_PER_ATTENDEE
}

/// Writes the line: the client's status and its reason, and nothing by which a person is known.
pub(crate) fn log(event: &ClientEvent) {
    let attributes: Value = serde_json::from_str(&event.attributes).unwrap_or_default();
    let text = |name| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    let status = Some(text("meetingStatus")).filter(|status| is_name(status)).unwrap_or("unknown");
    let reason = impersonal(text("meetingErrorMessage"));
    tracing::info!(
        target: "carillon::client_events",
        event = NAME, status, reason,
        "a client failed to join"
    );
}

/// Strikes out of a sentence what may name somebody or open something.
fn impersonal(sentence: &str) -> String {
    let mut words = Vec::new();
    for word in sentence.split(|c: char| c.is_whitespace() || c.is_control()) {
        let named = word.contains(['@', '#']) || word.chars().nth(MAX_WORD_CHARS).is_some();
        words.push(if named { "\u{2026}" } else { word });
    }
    words.join(" ").chars().take(MAX_REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_keep_their_words_and_lose_names() {
        let kept = "The signaling connection was closed with code 4403 and reason: 'gone'";
        assert_eq!(impersonal(kept), kept);
        let id = "00000000-0000-4000-8000-000000000ada";
        assert_eq!(impersonal(&format!("no {id}\nor ada@example.org")), "no \u{2026} or \u{2026}");
        assert_eq!(impersonal(&"word ".repeat(1_000)).chars().count(), MAX_REASON_CHARS);
    }
}
