//! Transcripts ↔ the content of the messages that carry them.

use bytes::Bytes;
use carillon_types::WallTime;
use prost::Message as _;

use super::WireError;
use crate::{
    data_message::MessageSender,
    proto::{self, transcript_event::Event, transcript_item, transcription_status},
    transcript::{
        Transcript, TranscriptAlternative, TranscriptEntity, TranscriptEvent, TranscriptItem,
        TranscriptItemKind, TranscriptLanguageWithScore, TranscriptResult, TranscriptionStatus,
        TranscriptionStatusKind,
    },
};

/// Reads the content of a message on the transcription topic; what a client does not know is left out.
///
/// # Errors
/// [`WireError`] if it is no transcript.
pub fn decode_transcripts(data: &[u8]) -> Result<Vec<TranscriptEvent>, WireError> {
    let frame = proto::TranscriptFrame::decode(data).map_err(WireError::Malformed)?;
    let mut events = Vec::new();
    for event in frame.events.into_iter().filter_map(|event| event.event) {
        match event {
            Event::Status(told) => events.extend(status(told)?.map(TranscriptEvent::Status)),
            Event::Transcript(told) => {
                let results = each(told.results, result)?;
                events.push(TranscriptEvent::Transcript(Transcript { results }));
            }
        }
    }
    Ok(events)
}

/// Writes the content of a message on the transcription topic.
#[must_use]
pub fn encode_transcripts(events: &[TranscriptEvent]) -> Bytes {
    let events = events.iter().map(|event| {
        let event = match event {
            TranscriptEvent::Status(status) => Event::Status(status_frame(status)),
            TranscriptEvent::Transcript(transcript) => Event::Transcript(proto::Transcript {
                results: transcript.results.iter().map(result_frame).collect(),
            }),
        };
        proto::TranscriptEvent { event: Some(event) }
    });
    proto::TranscriptFrame { events: events.collect() }.encode_to_vec().into()
}

fn status(frame: proto::TranscriptionStatus) -> Result<Option<TranscriptionStatus>, WireError> {
    use transcription_status::Type;
    // The default of the schema is its first value; a number that nobody knows is a status that nobody understands.
    let Ok(kind) = Type::try_from(frame.r#type.unwrap_or(Type::Started.into())) else {
        return Ok(None);
    };
    let kind = match kind {
        Type::Started => TranscriptionStatusKind::Started,
        Type::Interrupted => TranscriptionStatusKind::Interrupted,
        Type::Resumed => TranscriptionStatusKind::Resumed,
        Type::Stopped => TranscriptionStatusKind::Stopped,
        Type::Failed => TranscriptionStatusKind::Failed,
    };
    Ok(Some(TranscriptionStatus {
        kind,
        event_time: time(frame.event_time, "event_time")?,
        transcription_region: frame.transcription_region.unwrap_or_default(),
        transcription_configuration: frame.transcription_configuration.unwrap_or_default(),
        message: filled(frame.message),
    }))
}

fn status_frame(status: &TranscriptionStatus) -> proto::TranscriptionStatus {
    use transcription_status::Type;
    let kind = match status.kind {
        TranscriptionStatusKind::Started => Type::Started,
        TranscriptionStatusKind::Interrupted => Type::Interrupted,
        TranscriptionStatusKind::Resumed => Type::Resumed,
        TranscriptionStatusKind::Stopped => Type::Stopped,
        TranscriptionStatusKind::Failed => Type::Failed,
    };
    proto::TranscriptionStatus {
        r#type: Some(kind.into()),
        event_time: Some(millis(status.event_time)),
        transcription_region: Some(status.transcription_region.clone()),
        transcription_configuration: Some(status.transcription_configuration.clone()),
        message: status.message.clone(),
    }
}

fn result(frame: proto::TranscriptResult) -> Result<TranscriptResult, WireError> {
    let languages = frame.language_identification.into_iter();
    Ok(TranscriptResult {
        result_id: frame.result_id.unwrap_or_default(),
        channel_id: frame.channel_id.unwrap_or_default(),
        is_partial: frame.is_partial.unwrap_or_default(),
        language_code: filled(frame.language_code),
        language_identification: languages.map(language).collect(),
        start_time: time(frame.start_time, "start_time")?,
        end_time: time(frame.end_time, "end_time")?,
        alternatives: each(frame.alternatives, alternative)?,
    })
}

fn result_frame(result: &TranscriptResult) -> proto::TranscriptResult {
    let languages = result.language_identification.iter();
    proto::TranscriptResult {
        alternatives: result.alternatives.iter().map(alternative_frame).collect(),
        channel_id: Some(result.channel_id.clone()),
        end_time: Some(millis(result.end_time)),
        is_partial: Some(result.is_partial),
        result_id: Some(result.result_id.clone()),
        start_time: Some(millis(result.start_time)),
        language_code: result.language_code.clone(),
        language_identification: languages.map(language_frame).collect(),
    }
}

fn language(frame: proto::TranscriptLanguageWithScore) -> TranscriptLanguageWithScore {
    TranscriptLanguageWithScore {
        language_code: frame.language_code.unwrap_or_default(),
        score: frame.score.unwrap_or_default(),
    }
}

fn language_frame(language: &TranscriptLanguageWithScore) -> proto::TranscriptLanguageWithScore {
    proto::TranscriptLanguageWithScore {
        language_code: Some(language.language_code.clone()),
        score: Some(language.score),
    }
}

fn alternative(frame: proto::TranscriptAlternative) -> Result<TranscriptAlternative, WireError> {
    Ok(TranscriptAlternative {
        transcript: frame.transcript.unwrap_or_default(),
        items: each(frame.items, item)?,
        entities: each(frame.entities, entity)?,
    })
}

fn alternative_frame(alternative: &TranscriptAlternative) -> proto::TranscriptAlternative {
    proto::TranscriptAlternative {
        items: alternative.items.iter().map(item_frame).collect(),
        transcript: Some(alternative.transcript.clone()),
        entities: alternative.entities.iter().map(entity_frame).collect(),
    }
}

fn item(frame: proto::TranscriptItem) -> Result<TranscriptItem, WireError> {
    let punctuation = i32::from(transcript_item::Type::Punctuation);
    // Whatever else there may be one day, it is better read as a word than left out.
    let kind = match frame.r#type == Some(punctuation) {
        true => TranscriptItemKind::Punctuation,
        false => TranscriptItemKind::Pronunciation,
    };
    let external_user_id = frame.speaker_external_user_id.unwrap_or_default();
    let speaker = |id: String| {
        let identity = id.parse().map_err(|_| WireError::Illegal("speaker_attendee_id"))?;
        Ok(MessageSender { identity, external_user_id: external_user_id.into() })
    };
    Ok(TranscriptItem {
        kind,
        start_time: time(frame.start_time, "start_time")?,
        end_time: time(frame.end_time, "end_time")?,
        attendee: filled(frame.speaker_attendee_id).map(speaker).transpose()?,
        content: frame.content.unwrap_or_default(),
        confidence: frame.confidence,
        stable: frame.stable,
        vocabulary_filter_match: frame.vocabulary_filter_match.unwrap_or_default(),
    })
}

fn item_frame(item: &TranscriptItem) -> proto::TranscriptItem {
    let kind = match item.kind {
        TranscriptItemKind::Pronunciation => transcript_item::Type::Pronunciation,
        TranscriptItemKind::Punctuation => transcript_item::Type::Punctuation,
    };
    let speaker = item.attendee.as_ref();
    proto::TranscriptItem {
        content: Some(item.content.clone()),
        end_time: Some(millis(item.end_time)),
        speaker_attendee_id: speaker.map(|speaker| speaker.identity.to_string()),
        speaker_external_user_id: speaker.map(|speaker| speaker.external_user_id.to_string()),
        start_time: Some(millis(item.start_time)),
        r#type: Some(kind.into()),
        vocabulary_filter_match: item.vocabulary_filter_match.then_some(true),
        confidence: item.confidence,
        stable: item.stable,
    }
}

fn entity(frame: proto::TranscriptEntity) -> Result<TranscriptEntity, WireError> {
    Ok(TranscriptEntity {
        category: frame.category.unwrap_or_default(),
        confidence: frame.confidence,
        content: frame.content.unwrap_or_default(),
        start_time: time(frame.start_time, "start_time")?,
        end_time: time(frame.end_time, "end_time")?,
        kind: filled(frame.r#type),
    })
}

fn entity_frame(entity: &TranscriptEntity) -> proto::TranscriptEntity {
    proto::TranscriptEntity {
        category: Some(entity.category.clone()),
        confidence: entity.confidence,
        content: Some(entity.content.clone()),
        end_time: Some(millis(entity.end_time)),
        start_time: Some(millis(entity.start_time)),
        r#type: entity.kind.clone(),
    }
}

fn each<T, U>(list: Vec<T>, read: fn(T) -> Result<U, WireError>) -> Result<Vec<U>, WireError> {
    list.into_iter().map(read).collect()
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn time(millis: Option<i64>, field: &'static str) -> Result<WallTime, WireError> {
    let millis =
        u64::try_from(millis.unwrap_or_default()).map_err(|_| WireError::Illegal(field))?;
    Ok(WallTime::from_millis(millis))
}

fn millis(time: WallTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
