//! The steps of a session: a history to look at, and what waits to be posted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use carillon_types::WallTime;
use serde_json::{Map, Value};
use tokio::sync::{Notify, watch};

use crate::event::MeetingEvent;
use crate::shared::lock;

/// How many steps are remembered: a session without trouble has about a dozen.
const MAX_HISTORY: usize = 256;

/// How many events wait to be posted, the latest ones: an application that publishes one a second while nobody answers
/// for four minutes. More would only be memory.
const MAX_WAITING: usize = 256;

/// A step that was taken, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingHistoryItem {
    /// What, as the browser client spells it.
    pub name: Arc<str>,
    /// When, by the clock of this machine.
    pub timestamp: WallTime,
}

/// What became of what was recorded.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    /// Events that wait or are being posted.
    outstanding: usize,
    /// Tasks that post them.
    reporters: usize,
}

/// The steps of one session.
#[derive(Debug)]
pub(crate) struct Journal {
    is_collected: bool,
    state: Mutex<State>,
    urgent: Notify,
    standing: watch::Sender<Standing>,
}

#[derive(Debug, Default)]
struct State {
    history: VecDeque<MeetingHistoryItem>,
    waiting: VecDeque<Value>,
}

impl Journal {
    /// A journal of nothing; what is not collected waits for nobody.
    pub(crate) fn new(is_collected: bool) -> Self {
        Self {
            is_collected,
            state: Mutex::default(),
            urgent: Notify::new(),
            standing: watch::Sender::default(),
        }
    }

    pub(super) const fn is_collected(&self) -> bool {
        self.is_collected
    }

    pub(crate) fn record(&self, event: &MeetingEvent, at: WallTime) {
        let mut state = lock(&self.state);
        if state.history.len() >= MAX_HISTORY {
            state.history.pop_front();
        }
        let name = Arc::from(event.name());
        state.history.push_back(MeetingHistoryItem { name, timestamp: at });
        if !self.is_collected {
            return;
        }
        let lost =
            if state.waiting.len() >= MAX_WAITING { state.waiting.pop_front() } else { None };
        state.waiting.push_back(payload(event, at));
        // Counted before the lock is released, or it could be posted before it is known of.
        if lost.is_none() {
            self.standing.send_modify(|standing| {
                standing.outstanding = standing.outstanding.saturating_add(1);
            });
        }
        drop(state);
        if is_urgent(event) {
            self.urgent.notify_one();
        }
    }

    pub(crate) fn history(&self) -> Vec<MeetingHistoryItem> {
        lock(&self.state).history.iter().cloned().collect()
    }

    /// Waits until all are posted or given up, or nobody posts any.
    pub(crate) async fn settled(&self) {
        let mut standing = self.standing.subscribe();
        let is_done = |standing: &Standing| standing.outstanding == 0 || standing.reporters == 0;
        // Fails only when the journal is gone, and it is borrowed here.
        drop(standing.wait_for(is_done).await);
    }

    /// Waits for an event that is to be posted at once.
    pub(super) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Takes out the oldest events that wait.
    pub(super) fn take(&self, most: usize) -> Vec<Value> {
        let mut state = lock(&self.state);
        let count = state.waiting.len().min(most);
        state.waiting.drain(..count).collect()
    }

    /// Takes note that so many events are posted or given up.
    pub(super) fn settle(&self, count: usize) {
        self.standing.send_modify(|standing| {
            standing.outstanding = standing.outstanding.saturating_sub(count);
        });
    }

    pub(super) fn handle_reporter_started(&self) {
        self.standing.send_modify(|standing| {
            standing.reporters = standing.reporters.saturating_add(1);
        });
    }

    pub(super) fn handle_reporter_ended(&self) {
        self.standing.send_modify(|standing| {
            standing.reporters = standing.reporters.saturating_sub(1);
        });
    }
}

/// What whoever looks at a server wants to know while it happens.
fn is_urgent(event: &MeetingEvent) -> bool {
    match event {
        MeetingEvent::MeetingStartSucceeded { .. }
        | MeetingEvent::MeetingStartFailed { .. }
        | MeetingEvent::MeetingEnded { .. }
        | MeetingEvent::MeetingFailed { .. } => true,
        MeetingEvent::MeetingStartRequested
        | MeetingEvent::MeetingReconnected { .. }
        | MeetingEvent::AttendeePresenceReceived { .. }
        | MeetingEvent::SignalingDropped
        | MeetingEvent::ReceivingAudioDropped
        | MeetingEvent::SendingAudioFailed
        | MeetingEvent::SendingAudioRecovered
        | MeetingEvent::AudioInputSelected
        | MeetingEvent::AudioInputUnselected
        | MeetingEvent::AudioInputFailed { .. }
        | MeetingEvent::VideoInputSelected
        | MeetingEvent::VideoInputUnselected
        | MeetingEvent::VideoInputFailed { .. }
        | MeetingEvent::Custom { .. } => false,
    }
}

fn payload(event: &MeetingEvent, at: WallTime) -> Value {
    let mut payload: Map<String, Value> = event.attributes();
    payload.insert("name".to_owned(), Value::from(event.name()));
    payload.insert("ts".to_owned(), Value::from(at.as_millis()));
    Value::Object(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: WallTime = WallTime::from_millis(7);

    #[test]
    fn the_latest_events_are_remembered_and_wait() {
        let journal = Journal::new(true);
        journal.record(&MeetingEvent::MeetingStartRequested, AT);
        for retry_count in 0..300 {
            journal.record(&MeetingEvent::MeetingReconnected { retry_count }, AT);
        }
        let waiting = journal.take(1_000);
        assert_eq!(waiting.len(), MAX_WAITING);
        let last = serde_json::json!({ "name": "meetingReconnected", "ts": 7, "retryCount": 299 });
        assert_eq!(waiting.last(), Some(&last));
        assert_eq!(journal.history().len(), MAX_HISTORY);
        assert_eq!(journal.standing.borrow().outstanding, MAX_WAITING);
        journal.settle(waiting.len());
        assert_eq!(journal.standing.borrow().outstanding, 0);
    }

    #[test]
    fn what_nobody_collects_is_only_remembered() {
        let journal = Journal::new(false);
        journal.record(&MeetingEvent::SignalingDropped, AT);
        assert!(journal.take(9).is_empty());
        let [item] = &journal.history()[..] else { panic!("one step") };
        assert_eq!((&*item.name, item.timestamp), ("signalingDropped", AT));
    }
}
