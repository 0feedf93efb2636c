use proptest::prelude::*;

use super::*;
use crate::*;

fn broken<T, R>(json: &str) -> Vec<String>
where
    T: serde::de::DeserializeOwned,
    R: TryFrom<T, Error = Violations> + std::fmt::Debug,
{
    let body: T = serde_json::from_str(json).unwrap();
    let violations = R::try_from(body).unwrap_err();
    violations.as_slice().iter().map(|v| format!("{}: {}", v.path, v.constraint)).collect()
}

#[test]
fn every_broken_member_is_named_in_order() {
    assert_eq!(
        broken::<CreateMeetingBody, CreateMeetingRequest>(
            r#"{"ClientRequestToken":"!","ExternalMeetingId":"AWS:x","MeetingHostId":"h",
                "MeetingFeatures":{"Video":{"MaxResolution":"8K"},"Attendee":{"MaxCount":0}},
                "TenantIds":[],"Tags":[{"Key":"a b"}],"MediaPlacementNetworkType":"Ipv6Only"}"#
        ),
        [
            "clientRequestToken: Member must have length greater than or equal to 2",
            "clientRequestToken: Member must satisfy regular expression pattern: [-_a-zA-Z0-9]*",
            "mediaRegion: Member must not be null",
            "externalMeetingId: Member must not start with aws:",
            "meetingHostId: Member must have length greater than or equal to 2",
            "meetingFeatures.video.maxResolution: Member must satisfy enum value set: [None, HD, FHD]",
            "meetingFeatures.attendee.maxCount: Member must have value greater than or equal to 1",
            "tenantIds: Member must have length greater than or equal to 1",
            "tags.1.member.key: Member must satisfy regular expression pattern: ^[a-zA-Z+-=._:/]+$",
            "tags.1.member.value: Member must not be null",
            "mediaPlacementNetworkType: Member must satisfy enum value set: [Ipv4Only, DualStack]",
        ]
    );
}

#[test]
fn nulls_and_unknown_members_count_as_absent() {
    let body: CreateMeetingBody = serde_json::from_str(
        r#"{"ClientRequestToken":"once","MediaRegion":"us-east-1","ExternalMeetingId":"my meeting",
            "MeetingHostId":null,"TenantIds":null,"Tags":null,"Nonsense":{"a":[1]}}"#,
    )
    .unwrap();
    let request = CreateMeetingRequest::try_from(body).unwrap();
    assert_eq!(request.external_meeting_id.as_str(), "my meeting");
    assert_eq!(request.tenant_ids, []);
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(
        stored,
        r#"{"ClientRequestToken":"once","MediaRegion":"us-east-1","ExternalMeetingId":"my meeting"}"#
    );
    assert_eq!(serde_json::from_str::<CreateMeetingRequest>(&stored).unwrap(), request);
}

#[test]
fn lists_of_attendees_keep_their_sizes() {
    let items = |count: usize| {
        let items: Vec<_> =
            (0..count).map(|i| format!(r#"{{"ExternalUserId":"u{i:03}"}}"#)).collect();
        format!(r#"{{"Attendees":[{}]}}"#, items.join(","))
    };
    let batch = |json: &str| {
        BatchCreateAttendeeRequest::try_from(
            serde_json::from_str::<BatchCreateAttendeeBody>(json).unwrap(),
        )
    };
    assert_eq!(batch(&items(100)).unwrap().attendees.len(), 100);
    assert_eq!(
        batch(&items(101)).unwrap_err(),
        Violations::one("attendees", Constraint::MaxLength(100))
    );
    assert_eq!(
        batch(&items(0)).unwrap_err(),
        Violations::one("attendees", Constraint::MinLength(1))
    );
    assert_eq!(batch("{}").unwrap_err(), Violations::one("attendees", Constraint::NotNull));
    let with = items(21).replacen(
        '{',
        r#"{"ClientRequestToken":"once","MediaRegion":"us-east-1","ExternalMeetingId":"mm","#,
        1,
    );
    assert_eq!(
        broken::<CreateMeetingWithAttendeesBody, CreateMeetingWithAttendeesRequest>(&with),
        ["attendees: Member must have length less than or equal to 20"]
    );
}

#[test]
fn entry_of_a_list_is_named_by_its_number() {
    assert_eq!(
        broken::<BatchCreateAttendeeBody, BatchCreateAttendeeRequest>(
            r#"{"Attendees":[{"ExternalUserId":"ok"},{"ExternalUserId":"a!","Capabilities":
                {"Audio":"None","Video":"Send","Content":"Receive"}},{"Capabilities":{"Audio":"x"}}]}"#
        ),
        [
            "attendees.2.member.externalUserId: Member must satisfy regular expression pattern: \
             [-_&@+=,(){}\\[\\]/«».:|'\"#a-zA-Z0-9À-ÿ\\s]*",
            "attendees.2.member.capabilities: Content Receive and SendReceive need Video to be \
             Receive or SendReceive",
            "attendees.3.member.externalUserId: Member must not be null",
            "attendees.3.member.capabilities.audio: Member must satisfy enum value set: \
             [SendReceive, Send, Receive, None]",
            "attendees.3.member.capabilities.video: Member must not be null",
            "attendees.3.member.capabilities.content: Member must not be null",
        ]
    );
}

#[test]
fn page_size_is_1_to_100() {
    let size = |text: &str| {
        let query = PageQuery { max_results: Some(text.to_owned()), next_token: None };
        PageRequest::try_from(query).map(|request| request.max_results.get())
    };
    assert_eq!(size("1"), Ok(1));
    assert_eq!(size("100"), Ok(100));
    for bad in ["0", "-1", "101", "300", "", "x", "1.5", "99999999999999999999"] {
        assert!(size(bad).is_err(), "{bad}");
    }
    let all = PageRequest::try_from(PageQuery::default()).unwrap();
    assert_eq!(all.max_results.get(), 100);
}

#[test]
fn paths_take_guids_only() {
    let id = MeetingId::from_random(1);
    assert_eq!(meeting_id(&id.to_string()), Ok(id));
    assert!(meeting_id("..").is_err());
    assert!(attendee_id("capabilities").is_err());
}

#[test]
fn meeting_shows_the_nulls_of_the_service() {
    let id = MeetingId::from_random(1);
    let caller =
        Caller { account: "000000000000".parse().unwrap(), region: "us-east-1".parse().unwrap() };
    let meeting = Meeting {
        meeting_id: id,
        meeting_host_id: None,
        external_meeting_id: "mm".parse().unwrap(),
        media_region: "us-east-1".parse().unwrap(),
        media_placement: MediaPlacement {
            audio_host_url: "127.0.0.1:3478".to_owned(),
            audio_fallback_url: None,
            signaling_url: "ws://h/control/x".to_owned(),
            turn_control_url: None,
            screen_data_url: None,
            screen_viewing_url: None,
            screen_sharing_url: None,
            event_ingestion_url: None,
        },
        meeting_features: None,
        primary_meeting_id: None,
        tenant_ids: vec![],
        meeting_arn: MeetingArn::new(&caller, id),
    };
    let text = serde_json::to_string(&MeetingResponse { meeting: meeting.clone() }).unwrap();
    assert!(
        text.starts_with(&format!(r#"{{"Meeting":{{"MeetingId":"{id}","MeetingHostId":null,"#))
    );
    assert!(text.contains(r#""EventIngestionUrl":null}"#));
    assert!(text.contains(&format!(
        r#""PrimaryMeetingId":null,"TenantIds":[],"MeetingArn":"arn:aws:chime:us-east-1:000000000000:meeting/{id}""#
    )));
    assert!(!text.contains("MeetingFeatures"));
    assert_eq!(serde_json::from_str::<MeetingResponse>(&text).unwrap().meeting, meeting);
}

proptest! {
    #[test]
    fn any_bytes_are_a_body_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(body) = serde_json::from_slice::<CreateMeetingWithAttendeesBody>(&bytes) {
            prop_assert!(CreateMeetingWithAttendeesRequest::try_from(body).is_err());
        }
    }

    #[test]
    fn a_body_is_taken_exactly_when_each_member_is(
        token in "[a-c!]{1,4}", region in "[a-z]{1,5}", name in "[a-c:!]{1,5}", user in "[aws:]{1,6}",
    ) {
        let good = token.parse::<ClientRequestToken>().is_ok()
            && region.parse::<MediaRegion>().is_ok()
            && name.parse::<ExternalMeetingId>().is_ok()
            && user.parse::<ExternalUserId>().is_ok();
        let body = CreateMeetingWithAttendeesBody {
            meeting: CreateMeetingBody {
                client_request_token: Some(token),
                media_region: Some(region),
                external_meeting_id: Some(name),
                ..CreateMeetingBody::default()
            },
            attendees: Some(vec![CreateAttendeeBody {
                external_user_id: Some(user),
                capabilities: None,
            }]),
        };
        prop_assert_eq!(CreateMeetingWithAttendeesRequest::try_from(body).is_ok(), good);
    }
}

fn transcription(settings: &str) -> Result<TranscriptionConfiguration, Vec<String>> {
    let json = format!(r#"{{"TranscriptionConfiguration":{settings}}}"#);
    let body: StartMeetingTranscriptionBody = serde_json::from_str(&json).unwrap();
    match StartMeetingTranscriptionRequest::try_from(body) {
        Ok(request) => Ok(request.transcription_configuration),
        Err(violations) => Err(violations
            .as_slice()
            .iter()
            .map(|v| v.path.trim_start_matches("transcriptionConfiguration").to_owned())
            .collect()),
    }
}

#[test]
fn transcription_is_of_exactly_one_engine() {
    let medical = r#"{"LanguageCode":"en-US","Specialty":"UROLOGY","Type":"DICTATION"}"#;
    let general = r#"{"LanguageCode":"en-US"}"#;
    let of = |members: &str| transcription(&format!("{{{members}}}"));
    assert!(of(&format!(r#""EngineTranscribeSettings":{general}"#)).is_ok());
    assert!(of(&format!(r#""EngineTranscribeMedicalSettings":{medical}"#)).is_ok());
    assert_eq!(of("").unwrap_err(), [""]);
    let both = format!(
        r#""EngineTranscribeSettings":{general},"EngineTranscribeMedicalSettings":{medical}"#
    );
    assert_eq!(of(&both).unwrap_err(), [""]);
    assert_eq!(
        of(r#""EngineTranscribeMedicalSettings":{"Specialty":"DENTISTRY","Region":"mars"}"#)
            .unwrap_err(),
        [
            ".engineTranscribeMedicalSettings.languageCode",
            ".engineTranscribeMedicalSettings.type",
            ".engineTranscribeMedicalSettings.specialty",
            ".engineTranscribeMedicalSettings.region",
        ]
    );
}

#[test]
fn settings_of_the_general_engine_go_together_or_are_refused() {
    let of = |members: &str| {
        let settings = format!(r#"{{"EngineTranscribeSettings":{{{members}}}}}"#);
        transcription(&settings).map_err(|paths| {
            let path = paths.first().cloned().unwrap_or_default();
            path.trim_start_matches(".engineTranscribeSettings.").to_owned()
        })
    };
    for good in [
        r#""LanguageCode":"th-TH","VocabularyName":"v","VocabularyFilterName":"f","VocabularyFilterMethod":"mask""#,
        r#""IdentifyLanguage":true"#,
        r#""IdentifyLanguage":true,"LanguageOptions":"en-US,de-DE","PreferredLanguage":"de-DE","VocabularyNames":"a,b""#,
        r#""LanguageCode":"en-US","ContentRedactionType":"PII","PiiEntityTypes":"EMAIL, NAME""#,
        r#""LanguageCode":"en-US","Region":"auto","PartialResultsStability":"low","LanguageModelName":"m.1""#,
    ] {
        assert!(of(good).is_ok(), "{good}: {:?}", of(good));
    }
    for (bad, member) in [
        ("", "languageCode"),
        (r#""LanguageCode":"xx-XX""#, "languageCode"),
        (r#""LanguageCode":"en-US","IdentifyLanguage":true"#, "languageCode"),
        (r#""LanguageCode":"en-US","LanguageOptions":"en-US,de-DE""#, "languageOptions"),
        (r#""IdentifyLanguage":true,"LanguageOptions":"en-US""#, "languageOptions"),
        (r#""IdentifyLanguage":true,"LanguageOptions":"en-US,en-GB""#, "languageOptions"),
        (r#""IdentifyLanguage":true,"PreferredLanguage":"en-US""#, "preferredLanguage"),
        (r#""IdentifyLanguage":true,"LanguageModelName":"mm""#, "languageModelName"),
        (r#""IdentifyLanguage":true,"ContentRedactionType":"PII""#, "contentRedactionType"),
        (r#""IdentifyLanguage":true,"VocabularyName":"v""#, "vocabularyName"),
        (r#""LanguageCode":"en-US","VocabularyNames":"v""#, "vocabularyNames"),
        (r#""LanguageCode":"en-US","PiiEntityTypes":"EMAIL""#, "piiEntityTypes"),
        (r#""LanguageCode":"en-US","PiiEntityTypes":"email""#, "piiEntityTypes"),
        (
            r#""LanguageCode":"en-US","ContentRedactionType":"PII","ContentIdentificationType":"PII""#,
            "contentIdentificationType",
        ),
    ] {
        assert_eq!(of(bad).unwrap_err(), member, "{bad}");
    }
}

#[test]
fn resource_names_are_read_in_both_forms() {
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let read = |text: String| {
        let arn: ResourceArn = text.parse().unwrap();
        MeetingResource::parse(&arn).map(|r| (r.region.map(str::to_owned), r.meeting.to_string()))
    };
    let slash = read(format!("arn:aws:chime:us-east-1:000000000000:meeting/{id}"));
    assert_eq!(slash, Some((Some("us-east-1".to_owned()), id.to_owned())));
    let colon = read(format!("arn:aws:chime::000000000000:meeting:{id}"));
    assert_eq!(colon, Some((None, id.to_owned())));
    for other in
        ["arn:aws:chime:r:1:attendee/x", "arn:aws:sqs:r:1:meeting/x", "arn:", "arn:a:chime:r"]
    {
        assert_eq!(read(other.to_owned()), None, "{other}");
    }
}

#[test]
fn excluded_attendees_are_named_one_by_one() {
    assert_eq!(
        broken::<
            BatchUpdateAttendeeCapabilitiesExceptBody,
            BatchUpdateAttendeeCapabilitiesExceptRequest,
        >(r#"{"ExcludedAttendeeIds":[{"AttendeeId":"x"},{}]}"#),
        [
            "excludedAttendeeIds.1.member.attendeeId: Member must satisfy regular expression pattern: \
             [a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}",
            "excludedAttendeeIds.2.member.attendeeId: Member must not be null",
            "capabilities: Member must not be null",
        ]
    );
}
