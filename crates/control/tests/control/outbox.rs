use std::time::Duration;

use carillon_control::{
    ControlError, ControlPlane, EventRules, Happening, News, Notice, Part, Posting, PostingNumber,
    Search, TargetName, UnknownArns,
};
use carillon_types::{
    AttendeeCapabilities, ProblemKind,
    api::{CreateMeetingBody, UpdateAttendeeCapabilitiesRequest},
};

use crate::rig::{Rig, meeting_body, open, person, with_attendees};

fn backend() -> TargetName {
    TargetName::new("backend")
}

fn rules() -> EventRules {
    EventRules { default: Some(backend()), ..EventRules::default() }
}

async fn telling(events: EventRules) -> Rig {
    let mut rig = Rig::new().await;
    rig.config.events = events;
    rig.reopen().await;
    rig
}

async fn postings(plane: &ControlPlane, target: &TargetName) -> Vec<Posting> {
    let numbers = PostingNumber::default()..=PostingNumber::LAST;
    let search = Search { target: target.clone(), meeting: None, numbers, most: 1_000 };
    plane.postbox().read(search).await.unwrap()
}

async fn words(plane: &ControlPlane) -> Vec<String> {
    let postings = postings(plane, &backend()).await;
    postings.iter().map(|posting| posting.event_type.replace("chime:", "")).collect()
}

fn naming(token: &str, queue: &str) -> CreateMeetingBody {
    let text = format!(
        r#"{{"NotificationsConfiguration":{{"SqsQueueArn":"arn:aws:sqs:us-east-1:111122223333:{queue}"}}}}"#
    );
    let wish: CreateMeetingBody = serde_json::from_str(&text).unwrap();
    CreateMeetingBody {
        notifications_configuration: wish.notifications_configuration,
        ..meeting_body(token)
    }
}

#[tokio::test]
async fn whatever_is_acknowledged_is_told_after_a_crash_too() {
    let mut rig = telling(rules()).await;
    let (now, caller) = (rig.now, rig.caller.clone());
    let wish = || with_attendees("once", &["alice", "bob"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(now, &caller, wish()).await.unwrap();
    // What changes nothing is told to nobody.
    rig.plane.create_meeting_with_attendees(now, &caller, wish()).await.unwrap();
    let (id, alice) = (made.meeting.meeting_id, made.attendees[0].attendee_id);
    let notice = |happening| {
        let admission = rig.plane.find(id, alice).unwrap();
        let (meeting, attendee) = (admission.meeting, admission.attendee);
        let news = News::Connection { attendee, part: Part::Content, happening };
        rig.plane.note(Notice { at: now.wall, meeting, news });
    };
    notice(Happening::Joined);
    notice(Happening::TakenOver);
    let all = UpdateAttendeeCapabilitiesRequest { capabilities: AttendeeCapabilities::ALL };
    rig.plane.update_attendee_capabilities(now, &caller, (id, alice), all).await.unwrap();
    notice(Happening::Left);
    rig.plane.delete_attendee(now, &caller, id, alice).await.unwrap();
    rig.plane.delete_meeting(now, &caller, id).await.unwrap();
    let expected = [
        "MeetingStarted",
        "AttendeeAdded",
        "AttendeeAdded",
        "AttendeeContentJoined",
        "AttendeeCapabilitiesUpdated",
        "AttendeeContentLeft",
        "AttendeeDeleted",
        "MeetingEnded",
    ];
    assert_eq!(words(&rig.plane).await, expected);
    let before = postings(&rig.plane, &backend()).await;
    rig.reopen().await;
    assert_eq!(postings(&rig.plane, &backend()).await, before);
    assert_eq!(rig.plane.postbox().waiting(), expected.len());
}

#[tokio::test]
async fn nobody_configured_means_nothing_kept() {
    let rig = Rig::new().await;
    let wish = naming("once", "calls").try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    let al = rig.plane.create_attendee(rig.now, &rig.caller, id, person("al")).await.unwrap();
    let admission = rig.plane.find(id, al.attendee_id).unwrap();
    let (meeting, attendee) = (admission.meeting, admission.attendee);
    let news = News::Connection { attendee, part: Part::Main, happening: Happening::Joined };
    rig.plane.note(Notice { at: rig.now.wall, meeting, news });
    rig.plane.delete_meeting(rig.now, &rig.caller, id).await.unwrap();
    assert_eq!(words(&rig.plane).await, [""; 0]);
    assert_eq!((rig.plane.postbox().waiting(), rig.plane.postbox().lost()), (0, 0));
}

#[tokio::test]
async fn target_that_takes_nothing_fills_the_store_only_so_far() {
    let rig = telling(EventRules { most_waiting: 4, ..rules() }).await;
    let (now, caller) = (rig.now, &rig.caller);
    let wish = with_attendees("once", &["alice", "bob"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(now, caller, wish).await.unwrap();
    rig.plane.create_attendee(now, caller, made.meeting.meeting_id, person("eve")).await.unwrap();
    assert_eq!(rig.plane.postbox().lost(), 0);
    rig.plane.delete_meeting(now, caller, made.meeting.meeting_id).await.unwrap();
    let left = ["AttendeeAdded", "AttendeeAdded", "AttendeeAdded", "MeetingEnded"];
    assert_eq!(words(&rig.plane).await, left);
    assert_eq!((rig.plane.postbox().waiting(), rig.plane.postbox().lost()), (4, 1));
}

#[tokio::test]
async fn arn_leads_to_its_target_and_an_unknown_one_to_the_default() {
    let calls = TargetName::new("calls");
    let arn = "arn:aws:sqs:us-east-1:111122223333:calls".parse().unwrap();
    let rig = telling(EventRules { arns: [(arn, calls.clone())].into(), ..rules() }).await;
    for (token, queue) in [("known", "calls"), ("unknown", "elsewhere")] {
        let wish = naming(token, queue).try_into().unwrap();
        rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap();
    }
    assert_eq!(words(&rig.plane).await.len(), 2);
    assert_eq!(postings(&rig.plane, &calls).await.len(), 1);
}

#[tokio::test]
async fn strict_rules_refuse_an_arn_without_target_and_make_nothing() {
    let rig = telling(EventRules { unknown: UnknownArns::Refuse, ..rules() }).await;
    let wish = naming("once", "elsewhere").try_into().unwrap();
    let error = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap_err();
    assert!(matches!(&error, ControlError::UnknownTarget(_)), "{error:?}");
    assert_eq!(error.kind(), ProblemKind::BadRequest);
    assert!(error.to_string().ends_with("arn:aws:sqs:us-east-1:111122223333:elsewhere"), "{error}");
    assert_eq!(rig.plane.meetings_alive(), 0);
    let wish = meeting_body("once").try_into().unwrap();
    rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap();
}

#[tokio::test]
async fn target_that_comes_back_hears_what_it_missed() {
    let mut rig = telling(rules()).await;
    let wish = meeting_body("once").try_into().unwrap();
    rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap();
    rig.config.events = EventRules::default();
    rig.reopen().await;
    assert_eq!(rig.plane.postbox().waiting(), 0, "nobody waits for a target that is not there");
    rig.config.events = rules();
    rig.plane = open(&rig.config, rig.now, 77).await;
    assert_eq!(words(&rig.plane).await, ["MeetingStarted"]);
    assert_eq!((rig.plane.postbox().waiting(), rig.plane.postbox().lost()), (1, 0));
}

#[tokio::test]
async fn target_that_stays_away_for_a_day_loses_what_is_as_old_and_no_other_does() {
    let mut rig = telling(rules()).await;
    let create = async |rig: &Rig, token| {
        let wish = meeting_body(token).try_into().unwrap();
        rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap();
    };
    create(&rig, "early").await;
    rig.advance(Duration::from_secs(3_600));
    create(&rig, "late").await;
    rig.advance(EventRules::LONGEST_AGE - Duration::from_secs(1));
    // A target that is there is not judged by the age of what waits.
    rig.config.events = EventRules { others: [backend()].into(), ..EventRules::default() };
    rig.reopen().await;
    assert_eq!(rig.plane.postbox().waiting(), 2);
    rig.config.events = EventRules::default();
    rig.reopen().await;
    assert_eq!((rig.plane.postbox().waiting(), rig.plane.postbox().lost()), (0, 1));
    rig.config.events = rules();
    rig.reopen().await;
    assert_eq!(words(&rig.plane).await, ["MeetingStarted"]);
    assert_eq!((rig.plane.postbox().waiting(), rig.plane.postbox().lost()), (1, 0));
}
