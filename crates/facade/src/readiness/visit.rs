//! One short stay in the meeting.

use std::sync::Arc;
use std::time::Duration;

use crate::configuration::MeetingSessionConfiguration;
use crate::event::{SessionEvent, SessionEvents};
use crate::logger::Logger;
use crate::session::MeetingSession;

/// What is in the way of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The server is not there, or does not let the attendee in.
    Server,
    /// Media does not get through.
    Media,
}

/// A session that is there to be looked at.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) session: MeetingSession,
    events: SessionEvents,
    timeout: Duration,
}

impl Visit {
    pub(super) fn new(
        configuration: &MeetingSessionConfiguration,
        logger: &Arc<dyn Logger>,
        timeout: Duration,
    ) -> Self {
        let mut configuration = configuration.clone();
        configuration.connection_timeout = configuration.connection_timeout.min(timeout);
        configuration.reconnect_timeout = timeout;
        let session = MeetingSession::new(configuration, Arc::clone(logger));
        let events = session.audio_video().events();
        Self { session, events, timeout }
    }

    /// Joins.
    pub(super) async fn connect(&mut self) -> Result<(), Missing> {
        let mut is_at_server = false;
        let started = |event: &SessionEvent| {
            is_at_server |= matches!(event, SessionEvent::SignalingConnected);
            matches!(event, SessionEvent::Started).then_some(())
        };
        let started = match self.session.audio_video().start() {
            Ok(()) => self.wait(self.timeout, started).await,
            Err(_) => None,
        };
        started.ok_or(if is_at_server { Missing::Media } else { Missing::Server })
    }

    /// Waits for an event, for so long or until the session ends.
    pub(super) async fn wait<T>(
        &mut self,
        patience: Duration,
        mut wanted: impl FnMut(&SessionEvent) -> Option<T>,
    ) -> Option<T> {
        let found = async {
            while let Some(event) = self.events.next().await {
                if let Some(found) = wanted(&event) {
                    return Some(found);
                }
                if matches!(event, SessionEvent::Stopped(_)) {
                    return None;
                }
            }
            None
        };
        tokio::time::timeout(patience, found).await.ok().flatten()
    }

    /// Leaves, and waits until that is done, so that the next visit meets nobody.
    pub(super) async fn end(self) {
        self.session.audio_video().stop();
        self.session.audio_video().stopped().await;
    }
}
