use serde_json::{Value, json};

use super::*;
use crate::{AttendeeCapabilities, AttendeeId, MediaCapability};

fn ada() -> EventAttendee {
    EventAttendee {
        attendee_id: AttendeeId::from_bits(0xa),
        external_user_id: "ada@example".parse().unwrap(),
    }
}

fn connected() -> ConnectedAttendee {
    ConnectedAttendee { attendee: ada(), network_type: NetworkType::Voip }
}

fn english() -> Transcription {
    Transcription {
        transcription_region: "us-west-2".parse().unwrap(),
        transcription_configuration: r#"{"EngineTranscribeSettings":{"LanguageCode":"en-US"}}"#
            .to_owned(),
    }
}

fn trouble() -> TranscriptionTrouble {
    TranscriptionTrouble { transcription: english(), message: "Internal server error.".to_owned() }
}

fn envelope(occurrence: Occurrence) -> MeetingStateChange {
    MeetingStateChange {
        id: EventId::from_bits(0xe),
        owner: Caller {
            account: "111122223333".parse().unwrap(),
            region: "eu-central-1".parse().unwrap(),
        },
        time: "2023-11-08T12:11:16.120Z".to_owned(),
        detail: StateChangeDetail::new(
            occurrence,
            WallTime::from_millis(1_699_445_476_120),
            (MeetingId::from_bits(0xb), "weekly".parse().unwrap()),
            "us-west-2".parse().unwrap(),
        ),
    }
}

#[test]
fn event_is_the_text_that_a_queue_of_the_original_service_holds() {
    let text = serde_json::to_string(&envelope(Occurrence::AttendeeJoined(connected()))).unwrap();
    let expected = concat!(
        r#"{"version":"0","id":"00000000-0000-0000-0000-00000000000e","#,
        r#""detail-type":"Chime Meeting State Change","source":"aws.chime","#,
        r#""account":"111122223333","time":"2023-11-08T12:11:16.120Z","region":"eu-central-1","#,
        r#""resources":[],"detail":{"version":"0","eventType":"chime:AttendeeJoined","#,
        r#""attendeeId":"00000000-0000-0000-0000-00000000000a","externalUserId":"ada@example","#,
        r#""networkType":"Voip","timestamp":1699445476120,"#,
        r#""meetingId":"00000000-0000-0000-0000-00000000000b","externalMeetingId":"weekly","#,
        r#""mediaRegion":"us-west-2"}}"#,
    );
    assert_eq!(text, expected);
}

/// Every event, with the members of its detail that not all events have.
fn all() -> Vec<(Occurrence, &'static str, Value)> {
    use Occurrence as O;

    let whom =
        || json!({"attendeeId": AttendeeId::from_bits(0xa), "externalUserId": "ada@example"});
    let mut over = whom();
    over["networkType"] = "Voip".into();
    let over = || over.clone();
    let mut able = whom();
    able["success"] = "1".into();
    able["attendeeCapabilities"] =
        json!({"audio": "SendReceive", "video": "Receive", "content": "None"});
    let settings = r#"{"EngineTranscribeSettings":{"LanguageCode":"en-US"}}"#;
    let heard = json!({"transcriptionRegion": "us-west-2", "transcriptionConfiguration": settings});
    let mut unheard = heard.clone();
    unheard["message"] = "Internal server error.".into();
    let rights = AttendeeCapabilities::new(
        MediaCapability::SendReceive,
        MediaCapability::Receive,
        MediaCapability::None,
    );
    let update = CapabilitiesUpdate {
        attendee: ada(),
        success: UpdateSuccess::Done,
        attendee_capabilities: rights.unwrap().into(),
    };
    vec![
        (O::MeetingStarted, "chime:MeetingStarted", json!({})),
        (O::MeetingEnded, "chime:MeetingEnded", json!({})),
        (O::AttendeeAdded(ada()), "chime:AttendeeAdded", whom()),
        (O::AttendeeDeleted(ada()), "chime:AttendeeDeleted", whom()),
        (O::AttendeeAuthorized(ada()), "chime:AttendeeAuthorized", whom()),
        (O::AttendeeJoined(connected()), "chime:AttendeeJoined", over()),
        (O::AttendeeLeft(connected()), "chime:AttendeeLeft", over()),
        (O::AttendeeDropped(connected()), "chime:AttendeeDropped", over()),
        (O::AttendeeVideoStarted(ada()), "chime:AttendeeVideoStarted", whom()),
        (O::AttendeeVideoStopped(ada()), "chime:AttendeeVideoStopped", whom()),
        (O::AttendeeContentJoined(connected()), "chime:AttendeeContentJoined", over()),
        (O::AttendeeContentLeft(connected()), "chime:AttendeeContentLeft", over()),
        (O::AttendeeContentDropped(connected()), "chime:AttendeeContentDropped", over()),
        (O::AttendeeContentVideoStarted(ada()), "chime:AttendeeContentVideoStarted", whom()),
        (O::AttendeeContentVideoStopped(ada()), "chime:AttendeeContentVideoStopped", whom()),
        (O::AttendeeCapabilitiesUpdated(update), "chime:AttendeeCapabilitiesUpdated", able),
        (O::TranscriptionStarted(english()), "chime:TranscriptionStarted", heard.clone()),
        (O::TranscriptionStopped(english()), "chime:TranscriptionStopped", heard.clone()),
        (O::TranscriptionResumed(english()), "chime:TranscriptionResumed", heard),
        (O::TranscriptionInterrupted(trouble()), "chime:TranscriptionInterrupted", unheard.clone()),
        (O::TranscriptionFailed(trouble()), "chime:TranscriptionFailed", unheard),
    ]
}

#[test]
fn every_event_has_its_name_and_its_members_and_no_others() {
    for (occurrence, name, own) in all() {
        assert_eq!(occurrence.event_type(), name);
        let mut expected = json!({
            "version": "0", "eventType": name, "timestamp": 1_699_445_476_120_u64,
            "meetingId": MeetingId::from_bits(0xb), "externalMeetingId": "weekly",
            "mediaRegion": "us-west-2",
        });
        for (member, value) in own.as_object().unwrap() {
            expected[member] = value.clone();
        }
        let event = serde_json::to_value(envelope(occurrence)).unwrap();
        assert_eq!(event["detail"], expected, "{name}");
    }
}

#[test]
fn documentation_shows_every_event_as_it_is() {
    let text = include_str!("../../../../docs/events.md");
    let whole = serde_json::to_string(&envelope(Occurrence::AttendeeJoined(connected()))).unwrap();
    assert!(text.lines().any(|line| line == whole), "{whole}");
    for (occurrence, name, _) in all() {
        let detail = serde_json::to_string(&envelope(occurrence).detail).unwrap();
        assert!(text.lines().any(|line| line == detail), "{detail}");
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
    }
}
