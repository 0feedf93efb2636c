//! Turning speech into text: starting, stopping, and telling everybody what was understood.

use std::{sync::Arc, time::Instant};

use carillon_signaling::{
    MessageSender, SentData, Topic, TranscriptEvent, TranscriptionStatus, TranscriptionStatusKind,
    encode_transcripts,
};
use carillon_types::TranscriptionConfiguration;

use super::Meeting;
use crate::transcription::Transcriber;

/// A transcription that runs.
#[derive(Debug)]
pub(super) struct Transcription {
    configuration: Arc<TranscriptionConfiguration>,
    /// Absent when the engine would not.
    transcriber: Option<Box<dyn Transcriber>>,
}

impl Meeting {
    /// Turns speech into text like this from here on, or no longer; nothing changes if it is so already.
    pub fn transcribe(
        &mut self,
        now: Instant,
        configuration: Option<Arc<TranscriptionConfiguration>>,
    ) {
        let current = self.transcription.as_ref().map(|running| &running.configuration);
        if current == configuration.as_ref() {
            return;
        }
        match (configuration, self.transcription.take()) {
            (Some(configuration), _) => self.start_transcribing(now, configuration),
            (None, Some(ended)) => {
                let stopped = TranscriptionStatusKind::Stopped;
                self.tell_status(now, stopped, &ended.configuration, None);
            }
            (None, None) => {}
        }
        self.settle(now);
    }

    fn start_transcribing(&mut self, now: Instant, configuration: Arc<TranscriptionConfiguration>) {
        let Some(engine) = self.config.transcription.clone() else { return };
        let begun = engine.begin(self.config.epoch, &configuration);
        let (kind, message) = match &begun {
            Ok(_) => (TranscriptionStatusKind::Started, None),
            Err(refusal) => (TranscriptionStatusKind::Failed, Some(refusal.to_string())),
        };
        self.tell_status(now, kind, &configuration, message);
        self.transcription = Some(Transcription { configuration, transcriber: begun.ok() });
    }

    /// Lets the engine hear the last tick, and tells what it understood.
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
        let understood = transcriber.poll(now);
        if !understood.is_empty() {
            self.tell_transcript(now, &understood);
        }
    }

    fn tell_status(
        &mut self,
        now: Instant,
        kind: TranscriptionStatusKind,
        configuration: &TranscriptionConfiguration,
        message: Option<String>,
    ) {
        let status = TranscriptionStatus {
            kind,
            event_time: self.config.epoch.wall_time(now),
            transcription_region: configuration.region().unwrap_or_default().to_owned(),
            transcription_configuration: configuration.to_json(),
            message,
        };
        self.tell_transcript(now, &[TranscriptEvent::Status(status)]);
    }

    fn tell_transcript(&mut self, now: Instant, events: &[TranscriptEvent]) {
        let data = encode_transcripts(events);
        let said = SentData { topic: Topic::transcription(), data, lifetime: None };
        if self.announce(now, said).is_err() {
            tracing::warn!("a transcript says too much at once, and some of it is left out");
        }
    }
}
