//! An attendee that joins, waits for events, and leaves.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use carillon_facade::frame::{AudioFrame, AudioSource, Captured};
use carillon_facade::{
    AudioInput, MeetingSession, MeetingSessionConfiguration, MetricsReport, NoOpLogger,
    SessionEvent, SessionEvents, VideoInput,
};
use carillon_testkit::tone::Tone;

/// How long anything may take: more than a loaded machine ever needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody in the meeting.
pub(crate) struct Attendee {
    pub(crate) session: MeetingSession,
    events: SessionEvents,
}

impl Attendee {
    /// Somebody who has not joined.
    pub(crate) fn new(configuration: MeetingSessionConfiguration) -> Self {
        let session = MeetingSession::new(configuration, Arc::new(NoOpLogger));
        let events = session.audio_video().events();
        Self { session, events }
    }

    pub(crate) async fn join(&mut self) -> anyhow::Result<()> {
        self.session.audio_video().start()?;
        self.wait("start", |event| matches!(event, SessionEvent::Started).then_some(())).await
    }

    pub(crate) async fn leave(self) -> anyhow::Result<()> {
        self.session.audio_video().stop();
        let stopped = tokio::time::timeout(PATIENCE, self.session.audio_video().stopped());
        let status = stopped.await.context("a session does not end")?.context("it was started")?;
        if status.is_failure() {
            bail!("a session ended by {status}");
        }
        Ok(())
    }

    pub(crate) fn speak(&self, hertz: f64) {
        let voice = AudioInput::Sound(Box::new(Voice(Tone::new(hertz, 8_000))));
        self.session.device_controller().start_audio_input(voice);
    }

    pub(crate) fn show(&self, input: VideoInput) -> anyhow::Result<()> {
        self.session.device_controller().start_video_input(input)?;
        self.session.audio_video().start_local_video_tile()?;
        Ok(())
    }

    /// The figures of the second that ends next.
    pub(crate) async fn metrics(&mut self) -> anyhow::Result<MetricsReport> {
        self.wait("a report", |event| match event {
            SessionEvent::Metrics(report) => Some((**report).clone()),
            _ => None,
        })
        .await
    }

    /// Waits for an event, and gives what is wanted of it.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&SessionEvent) -> Option<T>,
    ) -> anyhow::Result<T> {
        let found = tokio::time::timeout(PATIENCE, async {
            while let Some(event) = self.events.next().await {
                if let SessionEvent::Stopped(status) = &event {
                    bail!("the session stopped by {status}");
                }
                if let Some(found) = wanted(&event) {
                    return Ok(found);
                }
            }
            bail!("the session is gone")
        });
        found.await.with_context(|| format!("no {what} in {PATIENCE:?}"))?
    }
}

/// A voice that says one tone.
struct Voice(Tone);

impl AudioSource for Voice {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        *frame = self.0.next_frame();
        Captured::Frame(())
    }
}
