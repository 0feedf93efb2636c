//! Turning speech into text: starting, stopping, and telling everybody what was understood.

use std::{sync::Arc, time::Instant};

use carillon_signaling::{
    MessageSender, SentData, Topic, TranscriptEvent, TranscriptionStatus, TranscriptionStatusKind,
    encode_transcripts,
};
use carillon_types::{TranscriptionConfiguration, TranscriptionTurn};

use super::Meeting;
use crate::{
    output::Output,
    transcription::{EngineRefusal, EngineReport, Transcriber},
};

/// A transcription that was started and not stopped.
#[derive(Debug)]
pub(super) struct Transcription {
    configuration: Arc<TranscriptionConfiguration>,
    /// Absent when the engine would not, or cannot any more.
    transcriber: Option<Box<dyn Transcriber>>,
}

impl Meeting {
    /// Turns speech into text like this from here on, or no longer.
    ///
    /// The same order may come any number of times and counts once; one that was given anew is another `Arc`, and has
    /// the engine begin anew.
    pub fn transcribe(
        &mut self,
        now: Instant,
        configuration: Option<Arc<TranscriptionConfiguration>>,
    ) {
        let current = self.transcription.as_ref().map(|running| &running.configuration);
        if current.map(Arc::as_ptr) == configuration.as_ref().map(Arc::as_ptr) {
            return;
        }
        match (configuration, self.transcription.take()) {
            (Some(configuration), _) => self.start_transcribing(now, configuration),
            (None, Some(ended)) => {
                let stopped = TranscriptionStatusKind::Stopped;
                let stopped = self.status(now, stopped, &ended.configuration, None);
                self.tell_transcript(now, &[stopped]);
            }
            (None, None) => {}
        }
        self.settle(now);
    }

    /// Whether an engine listens.
    #[must_use]
    pub fn is_transcribed(&self) -> bool {
        self.transcription.as_ref().is_some_and(|running| running.transcriber.is_some())
    }

    fn start_transcribing(&mut self, now: Instant, configuration: Arc<TranscriptionConfiguration>) {
        let Some(engine) = self.config.transcription.clone() else { return };
        let told = match engine.begin(self.config.epoch, &configuration) {
            Ok(transcriber) => {
                let started = TranscriptionStatusKind::Started;
                let started = self.status(now, started, &configuration, None);
                let transcriber = Some(transcriber);
                self.transcription = Some(Transcription { configuration, transcriber });
                Some(started)
            }
            Err(EngineRefusal(message)) => {
                self.transcription = Some(Transcription { configuration, transcriber: None });
                self.turn(now, TranscriptionTurn::Failed(message))
            }
        };
        self.tell_transcript(now, told.as_slice());
    }

    /// Lets the engine hear the last tick, and tells what it has to tell.
    pub(super) fn listen_for_text(&mut self, now: Instant) {
        let Some(transcriber) =
            self.transcription.as_mut().and_then(|running| running.transcriber.as_mut())
        else {
            return;
        };
        for (source, frame) in self.mixer.heard() {
            let session = self.present.get(&source.0);
            let Some(speaker) = session.and_then(|session| self.participants.get(session)) else {
                continue;
            };
            let speaker = MessageSender {
                identity: speaker.attendee.identity,
                external_user_id: Arc::clone(&speaker.external_user_id),
            };
            transcriber.hear(now, &speaker, frame);
        }
        let reports = transcriber.poll(now).into_iter();
        let told: Vec<TranscriptEvent> = reports
            .filter_map(|report| match report {
                EngineReport::Understood(said) => Some(TranscriptEvent::Transcript(said)),
                EngineReport::Turned(turn) => self.turn(now, turn),
            })
            .collect();
        if !told.is_empty() {
            self.tell_transcript(now, &told);
        }
    }

    /// Follows what became of the transcription, tells it to whoever watches the meeting, and returns what its clients
    /// are to be told.
    fn turn(&mut self, now: Instant, turn: TranscriptionTurn) -> Option<TranscriptEvent> {
        let running = self.transcription.as_mut()?;
        let configuration = Arc::clone(&running.configuration);
        let (kind, message) = match &turn {
            TranscriptionTurn::Interrupted(message) => {
                (TranscriptionStatusKind::Interrupted, Some(message.clone()))
            }
            TranscriptionTurn::Resumed => (TranscriptionStatusKind::Resumed, None),
            TranscriptionTurn::Failed(message) => {
                running.transcriber = None;
                (TranscriptionStatusKind::Failed, Some(message.clone()))
            }
        };
        let status = self.status(now, kind, &configuration, message);
        self.outputs.push_back(Output::Transcription { configuration, turn });
        Some(status)
    }

    fn status(
        &self,
        now: Instant,
        kind: TranscriptionStatusKind,
        configuration: &TranscriptionConfiguration,
        message: Option<String>,
    ) -> TranscriptEvent {
        TranscriptEvent::Status(TranscriptionStatus {
            kind,
            event_time: self.config.epoch.wall_time(now),
            transcription_region: configuration.region().unwrap_or_default().to_owned(),
            transcription_configuration: configuration.to_json(),
            message,
        })
    }

    fn tell_transcript(&mut self, now: Instant, events: &[TranscriptEvent]) {
        let data = encode_transcripts(events);
        let said = SentData { topic: Topic::transcription(), data, lifetime: None };
        if self.announce(now, said).is_err() {
            tracing::warn!("a transcript says too much at once, and some of it is left out");
        }
    }
}
