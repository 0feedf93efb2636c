//! Posting the steps of a session to whoever collects them, so that a failed join can be explained there.
//!
//! It is a task of its own beside the session: whatever becomes of the reports, the session does not notice.

mod journal;
mod post;

use std::sync::Arc;
use std::time::Duration;

use carillon_types::JoinToken;
use serde_json::{Value, json};
use tokio::sync::watch;

pub(crate) use self::journal::Journal;
pub use self::journal::MeetingHistoryItem;
use self::post::Target;
use crate::logger::Logger;
use crate::shared::Shared;
use crate::status::MeetingSessionStatus;

/// Between two posts; what is urgent does not wait. The figure of the browser client, as are the two below.
const INTERVAL: Duration = Duration::from_secs(5);

/// How many events go into one entry of a post.
const EVENTS_AN_ENTRY: usize = 2;

/// How often a post is repeated that failed for a reason that may pass.
const MOST_RETRIES: u32 = 15;

/// How many events go into one post: at their largest 150 kB, where a server takes 256.
const EVENTS_A_POST: usize = 50;

/// How long one post may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The wait before the first repetition, which doubles, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long the reports of a session that ended may still take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Answers to which the same post may have another one later.
const PASSING: [u16; 6] = [408, 429, 500, 502, 503, 504];

/// Posts the events of one session.
///
/// It holds nothing of the session: who waits until that is released must not wait for a collector.
pub(crate) struct Reporter {
    journal: Arc<Journal>,
    logger: Arc<dyn Logger>,
    target: Target,
    token: JoinToken,
    metadata: Value,
    /// What is being posted.
    batch: Vec<Value>,
    /// How often that failed.
    failures: u32,
}

impl Reporter {
    /// A reporter, if anybody collects the events of this session.
    pub(crate) fn new(shared: &Shared) -> Option<Self> {
        let url = shared.configuration.urls.event_ingestion_url.as_deref()?;
        if !shared.journal.is_collected() {
            return None;
        }
        let Some(target) = Target::parse(url) else {
            shared.logger.warn(&"events are not reported: their address is none of HTTP");
            return None;
        };
        shared.journal.handle_reporter_started();
        Some(Self {
            journal: Arc::clone(&shared.journal),
            logger: Arc::clone(&shared.logger),
            target,
            token: shared.configuration.credentials.join_token.clone(),
            metadata: metadata(shared),
            batch: Vec::new(),
            failures: 0,
        })
    }

    /// Posts until the session has ended and its last events are told.
    pub(crate) async fn run(mut self, mut ended: watch::Receiver<Option<MeetingSessionStatus>>) {
        tokio::select! {
            () = self.report() => {}
            // Whether it ended or is gone, nothing follows.
            _ = ended.wait_for(Option::is_some) => {}
        }
        self.failures = 0;
        if tokio::time::timeout(FAREWELL, self.post_all()).await.is_err() {
            self.logger.debug(&"the last events were not reported in time");
        }
    }

    /// Posts from time to time; may be dropped while it waits without losing anything.
    async fn report(&mut self) {
        loop {
            tokio::select! {
                () = self.journal.urgent() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
            self.post_all().await;
        }
    }

    /// Posts what waits. If it is dropped meanwhile, the next call goes on, and may post the same again.
    async fn post_all(&mut self) {
        loop {
            if self.batch.is_empty() {
                self.failures = 0;
                self.batch = self.journal.take(EVENTS_A_POST);
            }
            if self.batch.is_empty() {
                return;
            }
            if self.post().await {
                self.settle();
                continue;
            }
            self.failures = self.failures.saturating_add(1);
            if self.failures > MOST_RETRIES {
                self.logger.debug(&"events could not be reported");
                self.settle();
            } else {
                tokio::time::sleep(wait_after(self.failures)).await;
            }
        }
    }

    /// Posts once; false if it failed for a reason that may pass.
    async fn post(&self) -> bool {
        let body = body(&self.metadata, &self.batch).to_string();
        let posting = Box::pin(self.target.post(&self.token, &body));
        let status = match tokio::time::timeout(PATIENCE, posting).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => {
                self.logger.debug(&format_args!("events are not reported: {error}"));
                return false;
            }
            Err(_) => return false,
        };
        if !(200..300).contains(&status) {
            self.logger.debug(&format_args!("events are not taken: status {status}"));
        }
        !PASSING.contains(&status)
    }

    fn settle(&mut self) {
        self.journal.settle(self.batch.len());
        self.batch.clear();
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        // Whoever waits for the events must not wait for those that nobody posts any more.
        self.settle();
        self.journal.handle_reporter_ended();
    }
}

/// How long to wait after so many failures in a row.
fn wait_after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1);
    FIRST_WAIT.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(LONGEST_WAIT)
}

fn body(metadata: &Value, events: &[Value]) -> Value {
    let entries = events.chunks(EVENTS_AN_ENTRY);
    let entries = entries.map(|payloads| json!({ "type": "Meet", "v": 1, "payloads": payloads }));
    json!({ "metadata": metadata, "events": entries.collect::<Vec<_>>() })
}

/// Who reports, by the names of the browser client: where it names a browser, this names the application.
fn metadata(shared: &Shared) -> Value {
    let configuration = &shared.configuration;
    let application = configuration.application_metadata.as_ref();
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "browserName": application.map_or("native", |application| &application.app_name),
        "browserVersion": application.map_or(version, |application| &application.app_version),
        "deviceName": std::env::consts::ARCH,
        "osName": std::env::consts::OS,
        "sdkName": env!("CARGO_PKG_NAME"),
        "sdkVersion": version,
        "meetingId": configuration.meeting_id,
        "attendeeId": configuration.credentials.attendee_id.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_looks_as_the_browsers_does() {
        let event = |name: &str| json!({ "name": name, "ts": 1 });
        let events = [event("a"), event("b"), event("c")];
        let entry = |payloads: &[Value]| json!({ "type": "Meet", "v": 1, "payloads": payloads });
        let expected = json!({
            "metadata": { "sdkName": "x" },
            "events": [entry(&events[..2]), entry(&events[2..])],
        });
        assert_eq!(body(&json!({ "sdkName": "x" }), &events), expected);
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = (1..8).map(|failures| wait_after(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }
}
