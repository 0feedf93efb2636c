//! Rows of the table as calls of the SDK, whose requests are typed.

use std::fmt::Debug;

use aws_sdk_chimesdkmeetings::{
    Client,
    error::SdkError,
    operation::{
        RequestId, create_meeting_with_attendees::builders::CreateMeetingWithAttendeesFluentBuilder,
    },
    types::{
        AttendeeCapabilities, AttendeeFeatures, AttendeeIdItem, CreateAttendeeRequestItem,
        EngineTranscribeSettings, MediaCapabilities, MeetingFeaturesConfiguration, Tag,
        TranscriptionConfiguration,
    },
};
use serde_json::Value;

/// What came of a call, as the SDK shows it.
#[derive(Debug)]
pub(super) enum Outcome {
    Success { answer: String, request_id: bool },
    Failure { error: String, status: u16, request_id: bool },
}

impl Outcome {
    fn of<T, E>(result: Result<T, SdkError<E>>) -> Self
    where
        T: Debug + RequestId,
        E: Debug + RequestId,
    {
        match result {
            Ok(answer) => Self::Success {
                request_id: answer.request_id().is_some(),
                answer: format!("{answer:?}"),
            },
            Err(SdkError::ServiceError(failure)) => Self::Failure {
                status: failure.raw().status().as_u16(),
                request_id: failure.err().request_id().is_some(),
                error: format!("{:?}", failure.err()),
            },
            Err(other) => panic!("the service was not even understood: {other:?}"),
        }
    }
}

/// Carries out a row.
pub(super) async fn perform(client: &Client, operation: &str, row: &Value) -> Outcome {
    let meeting = text(row, "MeetingId");
    macro_rules! call {
        ($operation:ident $(, $set:ident($value:expr))*) => {
            Outcome::of(client.$operation()$(.$set($value))*.send().await)
        };
    }
    match operation {
        "CreateMeeting" => call!(
            create_meeting,
            set_client_request_token(text(row, "ClientRequestToken")),
            set_media_region(text(row, "MediaRegion")),
            set_external_meeting_id(text(row, "ExternalMeetingId"))
        ),
        "CreateMeetingWithAttendees" => {
            Outcome::of(create_with_attendees(client, row).send().await)
        }
        "GetMeeting" => call!(get_meeting, set_meeting_id(meeting)),
        "DeleteMeeting" => call!(delete_meeting, set_meeting_id(meeting)),
        "StartMeetingTranscription" => call!(
            start_meeting_transcription,
            set_meeting_id(meeting),
            set_transcription_configuration(transcription(row))
        ),
        "StopMeetingTranscription" => call!(stop_meeting_transcription, set_meeting_id(meeting)),
        "ListTagsForResource" => {
            call!(list_tags_for_resource, set_resource_arn(text(row, "ResourceARN")))
        }
        "TagResource" => call!(
            tag_resource,
            set_resource_arn(text(row, "ResourceARN")),
            set_tags(list(row, "Tags", tag))
        ),
        "UntagResource" => call!(
            untag_resource,
            set_resource_arn(text(row, "ResourceARN")),
            set_tag_keys(list(row, "TagKeys", |key| key.as_str().unwrap().to_owned()))
        ),
        other => on_attendees(client, other, row).await,
    }
}

async fn on_attendees(client: &Client, operation: &str, row: &Value) -> Outcome {
    let (meeting, attendee) = (text(row, "MeetingId"), text(row, "AttendeeId"));
    macro_rules! call {
        ($operation:ident $(, $set:ident($value:expr))*) => {
            Outcome::of(client.$operation().set_meeting_id(meeting)$(.$set($value))*.send().await)
        };
    }
    match operation {
        "CreateAttendee" => call!(
            create_attendee,
            set_external_user_id(text(row, "ExternalUserId")),
            set_capabilities(capabilities(row))
        ),
        "BatchCreateAttendee" => {
            call!(batch_create_attendee, set_attendees(list(row, "Attendees", person)))
        }
        "GetAttendee" => call!(get_attendee, set_attendee_id(attendee)),
        "ListAttendees" => call!(
            list_attendees,
            set_max_results(number(row, "MaxResults")),
            set_next_token(text(row, "NextToken"))
        ),
        "DeleteAttendee" => call!(delete_attendee, set_attendee_id(attendee)),
        "UpdateAttendeeCapabilities" => call!(
            update_attendee_capabilities,
            set_attendee_id(attendee),
            set_capabilities(capabilities(row))
        ),
        "BatchUpdateAttendeeCapabilitiesExcept" => call!(
            batch_update_attendee_capabilities_except,
            set_excluded_attendee_ids(list(row, "ExcludedAttendeeIds", |entry| {
                let id = text(entry, "AttendeeId");
                AttendeeIdItem::builder().set_attendee_id(id).build().unwrap()
            })),
            set_capabilities(capabilities(row))
        ),
        other => panic!("the table has an operation that the SDK has not: {other}"),
    }
}

/// Makes a meeting with attendees.
pub(super) fn create_with_attendees(
    client: &Client,
    row: &Value,
) -> CreateMeetingWithAttendeesFluentBuilder {
    let most = row.pointer("/MeetingFeatures/Attendee");
    let features = most.map(|attendee| {
        let attendee =
            AttendeeFeatures::builder().set_max_count(number(attendee, "MaxCount")).build();
        MeetingFeaturesConfiguration::builder().attendee(attendee).build()
    });
    client
        .create_meeting_with_attendees()
        .set_client_request_token(text(row, "ClientRequestToken"))
        .set_media_region(text(row, "MediaRegion"))
        .set_external_meeting_id(text(row, "ExternalMeetingId"))
        .set_primary_meeting_id(text(row, "PrimaryMeetingId"))
        .set_meeting_features(features)
        .set_tags(list(row, "Tags", tag))
        .set_attendees(list(row, "Attendees", person))
}

fn text(row: &Value, name: &str) -> Option<String> {
    row[name].as_str().map(str::to_owned)
}

fn number(row: &Value, name: &str) -> Option<i32> {
    row[name].as_i64().map(|number| number.try_into().unwrap())
}

fn list<T>(row: &Value, name: &str, entry: impl Fn(&Value) -> T) -> Option<Vec<T>> {
    row[name].as_array().map(|entries| entries.iter().map(entry).collect())
}

fn tag(row: &Value) -> Tag {
    Tag::builder().set_key(text(row, "Key")).set_value(text(row, "Value")).build().unwrap()
}

fn person(row: &Value) -> CreateAttendeeRequestItem {
    CreateAttendeeRequestItem::builder()
        .set_external_user_id(text(row, "ExternalUserId"))
        .set_capabilities(capabilities(row))
        .build()
        .unwrap()
}

fn capabilities(row: &Value) -> Option<AttendeeCapabilities> {
    let wish = row.get("Capabilities")?;
    let word = |medium| text(wish, medium).map(|word| MediaCapabilities::from(&*word));
    let built = AttendeeCapabilities::builder()
        .set_audio(word("Audio"))
        .set_video(word("Video"))
        .set_content(word("Content"));
    Some(built.build().unwrap())
}

fn transcription(row: &Value) -> Option<TranscriptionConfiguration> {
    let language =
        text(row.pointer("/TranscriptionConfiguration/EngineTranscribeSettings")?, "LanguageCode");
    let language = language.map(|code| code.as_str().into());
    let engine = EngineTranscribeSettings::builder().set_language_code(language).build();
    Some(TranscriptionConfiguration::builder().engine_transcribe_settings(engine).build())
}
