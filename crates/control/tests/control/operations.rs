use carillon_control::{ControlError, Quotas};
use carillon_types::{
    AttendeeCapabilities, MediaCapability, ProblemKind,
    api::{CreateMeetingBody, PageRequest, PageToken, UpdateAttendeeCapabilitiesRequest},
};
use tokio::task::JoinSet;

use crate::rig::{Rig, batch, caller, meeting_body, open, page, person, with_attendees};

#[tokio::test]
async fn meeting_echoes_its_request_and_says_where_to_go() {
    let rig = Rig::new().await;
    let body: CreateMeetingBody = serde_json::from_str(
        r#"{"ClientRequestToken":"once","MediaRegion":"eu-central-1","ExternalMeetingId":"my «m»",
            "MeetingHostId":"host","TenantIds":["acme"],"MeetingFeatures":{"Audio":{"EchoReduction":"AVAILABLE"}}}"#,
    )
    .unwrap();
    let made =
        rig.plane.create_meeting(rig.now, &rig.caller, body.try_into().unwrap()).await.unwrap();
    let id = made.meeting_id;
    let json = serde_json::to_value(&made).unwrap();
    assert_eq!(json["ExternalMeetingId"], "my «m»");
    assert_eq!(json["MeetingHostId"], "host");
    assert_eq!(json["MeetingFeatures"], serde_json::json!({"Audio":{"EchoReduction":"AVAILABLE"}}));
    assert_eq!(json["TenantIds"], serde_json::json!(["acme"]));
    assert_eq!(json["MeetingArn"], format!("arn:aws:chime:us-east-1:000000000000:meeting/{id}"));
    assert_eq!(json["MediaPlacement"]["SignalingUrl"], format!("ws://127.0.0.1:1/control/{id}"));
    assert_eq!(rig.plane.get_meeting(&rig.caller, id).unwrap(), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_concurrent_wishes_of_one_token_make_one_meeting() {
    let rig = Rig::new().await;
    let mut calls = JoinSet::new();
    for number in 0..50 {
        let (plane, now, caller) = (rig.plane.clone(), rig.now, rig.caller.clone());
        calls.spawn(async move {
            if number % 2 == 0 {
                let request = meeting_body("same").try_into().unwrap();
                plane.create_meeting(now, &caller, request).await.unwrap()
            } else {
                let request = with_attendees("same", &["alice"]).try_into().unwrap();
                plane.create_meeting_with_attendees(now, &caller, request).await.unwrap().meeting
            }
        });
    }
    let meetings = calls.join_all().await;
    assert!(meetings.iter().all(|meeting| *meeting == meetings[0]));
    assert_eq!(rig.plane.meetings_alive(), 1);
    let listed = rig.plane.list_attendees(&rig.caller, meetings[0].meeting_id, &page(100)).unwrap();
    assert_eq!(listed.attendees.len(), 1);
}

#[tokio::test]
async fn token_means_a_meeting_of_one_account_and_region_while_it_lives() {
    let rig = Rig::new().await;
    let wish = || meeting_body("once").try_into().unwrap();
    let first = rig.plane.create_meeting(rig.now, &rig.caller, wish()).await.unwrap();
    let other_account =
        rig.plane.create_meeting(rig.now, &caller("111111111111"), wish()).await.unwrap();
    let mut elsewhere = rig.caller.clone();
    elsewhere.region = "eu-west-2".parse().unwrap();
    let other_region = rig.plane.create_meeting(rig.now, &elsewhere, wish()).await.unwrap();
    assert_ne!(first.meeting_id, other_account.meeting_id);
    assert_ne!(first.meeting_id, other_region.meeting_id);
    rig.plane.delete_meeting(rig.now, &rig.caller, first.meeting_id).await.unwrap();
    let second = rig.plane.create_meeting(rig.now, &rig.caller, wish()).await.unwrap();
    assert_ne!(second.meeting_id, first.meeting_id);
}

#[tokio::test]
async fn existing_meeting_wins_over_other_parameters() {
    let rig = Rig::new().await;
    let wish = meeting_body("once").try_into().unwrap();
    let first = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap();
    let other = CreateMeetingBody {
        external_meeting_id: Some("another".to_owned()),
        media_region: Some("nowhere".to_owned()),
        ..meeting_body("once")
    };
    let again =
        rig.plane.create_meeting(rig.now, &rig.caller, other.try_into().unwrap()).await.unwrap();
    assert_eq!(again, first);
    let with = with_attendees("once", &["alice"]).try_into().unwrap();
    let gathered =
        rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, with).await.unwrap();
    assert_eq!(gathered.meeting, first);
    assert_eq!(gathered.attendees.len(), 1);
}

#[tokio::test]
async fn other_accounts_do_not_see_a_meeting() {
    let rig = Rig::new().await;
    let stranger = caller("111111111111");
    let gathering = with_attendees("once", &["alice"]).try_into().unwrap();
    let gathering =
        rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, gathering).await.unwrap();
    let (id, alice) = (gathering.meeting.meeting_id, gathering.attendees[0].attendee_id);
    let text = format!("Meeting {id} not found");
    assert_eq!(rig.plane.get_meeting(&stranger, id).unwrap_err().to_string(), text);
    assert!(rig.plane.get_attendee(&stranger, id, alice).is_err());
    assert!(rig.plane.list_attendees(&stranger, id, &page(1)).is_err());
    assert!(rig.plane.delete_attendee(rig.now, &stranger, id, alice).await.is_err());
    let error = rig.plane.delete_meeting(rig.now, &stranger, id).await.unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ProblemKind::NotFound, text));
    assert!(rig.plane.get_meeting(&rig.caller, id).is_ok());
}

#[tokio::test]
async fn ended_meeting_is_not_found_by_any_operation() {
    let rig = Rig::new().await;
    let gathering = with_attendees("once", &["alice"]).try_into().unwrap();
    let gathering =
        rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, gathering).await.unwrap();
    let (id, alice) = (gathering.meeting.meeting_id, gathering.attendees[0].attendee_id);
    let (plane, now, caller) = (&rig.plane, rig.now, &rig.caller);
    plane.delete_meeting(now, caller, id).await.unwrap();
    let all = UpdateAttendeeCapabilitiesRequest { capabilities: AttendeeCapabilities::ALL };
    let errors = [
        plane.get_meeting(caller, id).unwrap_err(),
        plane.delete_meeting(now, caller, id).await.unwrap_err(),
        plane.create_attendee(now, caller, id, person("bob")).await.unwrap_err(),
        plane
            .batch_create_attendee(now, caller, id, batch(&["bob"]).try_into().unwrap())
            .await
            .unwrap_err(),
        plane.get_attendee(caller, id, alice).unwrap_err(),
        plane.list_attendees(caller, id, &page(1)).unwrap_err(),
        plane.delete_attendee(now, caller, id, alice).await.unwrap_err(),
        plane.update_attendee_capabilities(now, caller, (id, alice), all).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), format!("Meeting {id} not found"));
    }
}

#[tokio::test]
async fn batch_answers_each_person_once_and_keeps_within_the_cap() {
    let rig = Rig::with(Quotas { attendees: 3, ..Quotas::default() }).await;
    let wish = meeting_body("once").try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    let alice = rig.plane.create_attendee(rig.now, &rig.caller, id, person("alice")).await.unwrap();
    let wishes = batch(&["bob", "alice", "bob", "carol", "dave", "alice"]).try_into().unwrap();
    let made = rig.plane.batch_create_attendee(rig.now, &rig.caller, id, wishes).await.unwrap();
    let users: Vec<_> = made.attendees.iter().map(|a| a.external_user_id.as_str()).collect();
    assert_eq!(users, ["bob", "alice", "carol"]);
    assert_eq!(made.attendees[1], alice);
    assert_eq!(
        serde_json::to_value(&made.errors).unwrap(),
        serde_json::json!([{
            "ExternalUserId": "dave",
            "ErrorCode": "ResourceLimitExceeded",
            "ErrorMessage": "Limit of 3 attendees per meeting reached",
        }])
    );
    let error =
        rig.plane.create_attendee(rig.now, &rig.caller, id, person("erin")).await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::LimitExceeded);
    rig.plane.delete_attendee(rig.now, &rig.caller, id, alice.attendee_id).await.unwrap();
    rig.plane.create_attendee(rig.now, &rig.caller, id, person("erin")).await.unwrap();
}

#[tokio::test]
async fn same_person_again_is_the_same_attendee_unchanged() {
    let rig = Rig::new().await;
    let wish = meeting_body("once").try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    let first = rig.plane.create_attendee(rig.now, &rig.caller, id, person("alice")).await.unwrap();
    let mut other = person("alice");
    other.capabilities = Some(listening());
    let again = rig.plane.create_attendee(rig.now, &rig.caller, id, other).await.unwrap();
    assert_eq!(again, first);
    rig.plane.delete_attendee(rig.now, &rig.caller, id, first.attendee_id).await.unwrap();
    let next = rig.plane.create_attendee(rig.now, &rig.caller, id, person("alice")).await.unwrap();
    assert_ne!(next.attendee_id, first.attendee_id);
    assert!(rig.plane.admit(first.join_token.as_str()).is_err());
}

#[tokio::test]
async fn pages_follow_the_order_of_creation_and_survive_deletions() {
    let mut rig = Rig::new().await;
    let users: Vec<String> = (0..10).map(|n| format!("user-{n}")).rev().collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let wish = with_attendees("once", &users).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let id = made.meeting.meeting_id;
    let first = rig.plane.list_attendees(&rig.caller, id, &page(4)).unwrap();
    assert_eq!(first.attendees, made.attendees[..4]);
    // The last of the page goes away, and the service restarts, before the next page is asked for.
    let gone = made.attendees[3].attendee_id;
    rig.plane.delete_attendee(rig.now, &rig.caller, id, gone).await.unwrap();
    rig.reopen().await;
    let next = PageRequest { next_token: first.next_token, ..page(6) };
    let rest = rig.plane.list_attendees(&rig.caller, id, &next).unwrap();
    assert_eq!(rest.attendees, made.attendees[4..]);
    assert_eq!(rest.next_token, None);
}

#[tokio::test]
async fn page_token_of_another_meeting_or_hand_is_refused() {
    let rig = Rig::new().await;
    let mut tokens = Vec::new();
    for name in ["one", "two"] {
        let wish = with_attendees(name, &["alice", "bob"]).try_into().unwrap();
        let made =
            rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
        let id = made.meeting.meeting_id;
        let listed = rig.plane.list_attendees(&rig.caller, id, &page(1)).unwrap();
        tokens.push((id, listed.next_token));
    }
    let stolen = PageRequest { next_token: tokens[0].1.clone(), ..page(1) };
    let forged = PageRequest { next_token: Some(PageToken::new("AAAAAQ".to_owned())), ..page(1) };
    for request in [stolen, forged] {
        let error = rig.plane.list_attendees(&rig.caller, tokens[1].0, &request).unwrap_err();
        assert_eq!(error.kind(), ProblemKind::BadRequest);
    }
}

#[tokio::test]
async fn meeting_that_breaks_a_rule_is_refused() {
    let rig = Rig::with(Quotas { meetings: 1, ..Quotas::default() }).await;
    let refuse = async |extra: &str| {
        let mut body = serde_json::to_value(meeting_body("broken")).unwrap();
        let extra: serde_json::Map<_, _> = serde_json::from_str(extra).unwrap();
        body.as_object_mut().unwrap().extend(extra);
        let body: CreateMeetingBody = serde_json::from_value(body).unwrap();
        rig.plane.create_meeting(rig.now, &rig.caller, body.try_into().unwrap()).await.unwrap_err()
    };
    let primary = meeting_body("primary").try_into().unwrap();
    for (extra, kind) in [
        (r#"{"MediaRegion":"mars-1"}"#, ProblemKind::BadRequest),
        (r#"{"PrimaryMeetingId":"nothing"}"#, ProblemKind::BadRequest),
        (r#"{"MeetingFeatures":{"Video":{"MaxResolution":"FHD"}}}"#, ProblemKind::BadRequest),
        (
            r#"{"MeetingFeatures":{"Content":{"MaxResolution":"UHD"},"Attendee":{"MaxCount":26}}}"#,
            ProblemKind::BadRequest,
        ),
    ] {
        assert_eq!(refuse(extra).await.kind(), kind, "{extra}");
    }
    let primary = rig.plane.create_meeting(rig.now, &rig.caller, primary).await.unwrap().meeting_id;
    let replica = refuse(&format!(r#"{{"PrimaryMeetingId":"{primary}"}}"#)).await;
    assert!(matches!(replica, ControlError::ReplicaQuota { most: 0 }), "{replica:?}");
    assert_eq!(refuse("{}").await.kind(), ProblemKind::LimitExceeded);
}

#[tokio::test]
async fn capabilities_are_kept_within_the_meetings_features() {
    let rig = Rig::new().await;
    let body: CreateMeetingBody = serde_json::from_str(
        r#"{"ClientRequestToken":"once","MediaRegion":"us-east-1","ExternalMeetingId":"mm",
            "MeetingFeatures":{"Video":{"MaxResolution":"None"}}}"#,
    )
    .unwrap();
    let wish = body.try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    let alice = rig.plane.create_attendee(rig.now, &rig.caller, id, person("alice")).await.unwrap();
    assert_eq!(alice.capabilities.video(), MediaCapability::Receive);
    let update = |capabilities| {
        let request = UpdateAttendeeCapabilitiesRequest { capabilities };
        let pair = (id, alice.attendee_id);
        rig.plane.update_attendee_capabilities(rig.now, &rig.caller, pair, request)
    };
    let error = update(AttendeeCapabilities::ALL).await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::BadRequest);
    assert_eq!(update(listening()).await.unwrap().capabilities, listening());
    let mut bob = person("bob");
    bob.capabilities = Some(AttendeeCapabilities::ALL);
    let carol = person("carol");
    let wishes = carillon_types::api::BatchCreateAttendeeRequest { attendees: vec![bob, carol] };
    let made = rig.plane.batch_create_attendee(rig.now, &rig.caller, id, wishes).await.unwrap();
    assert_eq!(made.errors[0].error_code, ProblemKind::BadRequest);
    assert_eq!(made.attendees[0].external_user_id.as_str(), "carol");
}

fn listening() -> AttendeeCapabilities {
    use MediaCapability::Receive;
    AttendeeCapabilities::new(Receive, Receive, Receive).unwrap()
}

#[tokio::test]
async fn two_services_on_one_store_do_not_overwrite_each_other() {
    let first = Rig::new().await;
    let second = open(&first.config, first.now, 1).await;
    let wish = |token: &str| meeting_body(token).try_into().unwrap();
    let made = second.create_meeting(first.now, &first.caller, wish("once")).await.unwrap();
    for _ in 0..2 {
        let error =
            first.plane.create_meeting(first.now, &first.caller, wish("twice")).await.unwrap_err();
        assert_eq!(error.kind(), ProblemKind::ServiceFailure);
        assert_eq!(first.plane.meetings_alive(), 0);
    }
    assert_eq!(second.get_meeting(&first.caller, made.meeting_id).unwrap(), made);
}

#[tokio::test]
async fn everybody_but_the_excluded_gets_other_capabilities() {
    let mut rig = Rig::new().await;
    let wish = with_attendees("once", &["alice", "bob", "carol"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let id = made.meeting.meeting_id;
    let stranger = carillon_types::AttendeeId::from_random(77);
    let request = carillon_types::api::BatchUpdateAttendeeCapabilitiesExceptRequest {
        excluded_attendee_ids: vec![made.attendees[1].attendee_id, stranger],
        capabilities: listening(),
    };
    let (plane, now) = (rig.plane.clone(), rig.now);
    plane.batch_update_attendee_capabilities_except(now, &rig.caller, id, request).await.unwrap();
    rig.reopen().await;
    let listed = rig.plane.list_attendees(&rig.caller, id, &page(100)).unwrap().attendees;
    let capabilities: Vec<_> = listed.iter().map(|attendee| attendee.capabilities).collect();
    assert_eq!(capabilities, [listening(), AttendeeCapabilities::ALL, listening()]);
}
