use carillon_types::AttendeeId;
use proptest::prelude::*;

use super::*;
use crate::Identity;

const AT: WallTime = WallTime::from_millis(1_700_000_000_123);

fn said() -> TranscriptEvent {
    let ada = MessageSender {
        identity: Identity::main(AttendeeId::from_random(1)),
        external_user_id: "ada".into(),
    };
    let item = |kind, content: &str| TranscriptItem {
        kind,
        start_time: AT,
        end_time: WallTime::from_millis(AT.as_millis() + 400),
        attendee: Some(ada.clone()),
        content: content.to_owned(),
        confidence: Some(0.5),
        stable: Some(false),
        vocabulary_filter_match: true,
    };
    let entity = TranscriptEntity {
        category: "PII".to_owned(),
        confidence: None,
        content: "Ada".to_owned(),
        start_time: AT,
        end_time: AT,
        kind: Some("NAME".to_owned()),
    };
    let alternative = TranscriptAlternative {
        transcript: "Ada.".to_owned(),
        items: vec![
            item(TranscriptItemKind::Pronunciation, "Ada"),
            item(TranscriptItemKind::Punctuation, "."),
        ],
        entities: vec![entity],
    };
    let language = TranscriptLanguageWithScore { language_code: "en-US".to_owned(), score: 0.75 };
    let result = TranscriptResult {
        result_id: "r1".to_owned(),
        channel_id: "ch_0".to_owned(),
        is_partial: true,
        language_code: Some("en-US".to_owned()),
        language_identification: vec![language],
        start_time: AT,
        end_time: AT,
        alternatives: vec![alternative],
    };
    TranscriptEvent::Transcript(Transcript { results: vec![result] })
}

fn status(kind: TranscriptionStatusKind) -> TranscriptEvent {
    TranscriptEvent::Status(TranscriptionStatus {
        kind,
        event_time: AT,
        transcription_region: "here".to_owned(),
        transcription_configuration: "{}".to_owned(),
        message: Some("why".to_owned()),
    })
}

#[test]
fn transcripts_and_every_status_are_read_as_they_were_written() {
    let events = [
        status(TranscriptionStatusKind::Started),
        said(),
        status(TranscriptionStatusKind::Interrupted),
        status(TranscriptionStatusKind::Resumed),
        status(TranscriptionStatusKind::Stopped),
        status(TranscriptionStatusKind::Failed),
    ];
    assert_eq!(decode_transcripts(&encode_transcripts(&events)).unwrap(), events);
}

/// Bytes written down by hand from the field numbers of the schema.
#[test]
fn bytes_of_the_wire_are_understood() {
    let status = [0x0a, 0x06, 0x0a, 0x04, 0x08, 0x04, 0x10, 0x05];
    let read = decode_transcripts(&status).unwrap();
    let [TranscriptEvent::Status(status)] = &read[..] else { panic!("{read:?}") };
    assert_eq!(status.kind, TranscriptionStatusKind::Stopped);
    assert_eq!(status.event_time, WallTime::from_millis(5));
    assert_eq!(status.message, None);

    let alternative = [0x0a, 0x04, 0x12, 0x02, b'h', b'i'];
    let mut result = alternative.to_vec();
    result.extend([0x18, 0x03, 0x20, 0x01, 0x2a, 0x01, b'r', 0x30, 0x02]);
    let wrap = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
    let frame = wrap(0x0a, &wrap(0x12, &wrap(0x0a, &result)));
    let read = decode_transcripts(&frame).unwrap();
    let [TranscriptEvent::Transcript(transcript)] = &read[..] else { panic!("{read:?}") };
    let [result] = &transcript.results[..] else { panic!("{transcript:?}") };
    assert_eq!((result.result_id.as_str(), result.is_partial), ("r", true));
    let times = (result.start_time.as_millis(), result.end_time.as_millis());
    assert_eq!(times, (2, 3));
    assert_eq!(result.alternatives[0].transcript, "hi");
}

#[test]
fn a_status_without_a_kind_is_a_start_and_one_of_an_unknown_kind_is_left_out() {
    let absent = [0x0a, 0x02, 0x0a, 0x00];
    let read = decode_transcripts(&absent).unwrap();
    let [TranscriptEvent::Status(status)] = &read[..] else { panic!("{read:?}") };
    assert_eq!(status.kind, TranscriptionStatusKind::Started);
    let unknown = [0x0a, 0x04, 0x0a, 0x02, 0x08, 0x09];
    assert_eq!(decode_transcripts(&unknown).unwrap(), []);
}

proptest! {
    #[test]
    fn any_bytes_are_transcripts_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        crate::properties::transcripts(&bytes);
    }
}
