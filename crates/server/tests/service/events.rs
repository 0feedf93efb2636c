//! What an operator's backend is told, when, how often, and what it costs meetings when it does not listen.

use std::{net::SocketAddr, time::Duration};

use carillon_server::{EventSink, StartError, TestServer, WebhookConfig};
use carillon_signaling::Identity;
use carillon_types::WallTime;
use serde_json::{Value, json};

use crate::{
    api::{
        Place, attendee, call, create_meeting, delete_attendee, delete_meeting, meeting, metric,
        place,
    },
    clock::soon,
    guest::Guest,
    receiver::{POISON, Receiver, Reply, telling, to, webhook},
};

/// What every event of a place's meeting should be.
fn expected(told: &Value, place: &Place, detail: &Value) -> Value {
    let mut whole = json!({
        "version": "0", "eventType": "", "timestamp": told["detail"]["timestamp"],
        "meetingId": place.meeting.meeting_id,
        "externalMeetingId": place.meeting.external_meeting_id,
        "mediaRegion": "us-east-1",
    });
    whole.as_object_mut().unwrap().extend(detail.as_object().unwrap().clone());
    json!({
        "version": "0", "id": told["id"], "detail-type": "Chime Meeting State Change",
        "source": "aws.chime", "account": "000000000000", "time": told["time"],
        "region": "us-east-1", "resources": [], "detail": whole,
    })
}

pub(crate) async fn wait_for(at: SocketAddr, name: &str, value: u64) {
    soon(async {
        while metric(at, name).await != value {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_is_told_in_order_and_every_delivery_can_be_verified() {
    let mut receiver = Receiver::start([]);
    let server = telling(&receiver);
    let at = server.address();
    let place = place(at).await;
    let mut guest = Guest::join(&place, 440).await;
    guest.client.leave(crate::clock::now());
    guest.until(|client| client.told.closed.is_some()).await;
    delete_attendee(at, &place).await;
    delete_meeting(at, &place).await;

    let (who, person) = (place.attendee.attendee_id, place.attendee.external_user_id.as_str());
    let attendee = |name: &str| json!({ "eventType": format!("chime:{name}"), "attendeeId": who, "externalUserId": person });
    let connected = |name: &str| {
        let mut detail = attendee(name);
        detail["networkType"] = "Voip".into();
        detail
    };
    let mut ids = std::collections::BTreeSet::new();
    for detail in [
        json!({ "eventType": "chime:MeetingStarted" }),
        attendee("AttendeeAdded"),
        connected("AttendeeJoined"),
        connected("AttendeeLeft"),
        attendee("AttendeeDeleted"),
        json!({ "eventType": "chime:MeetingEnded" }),
    ] {
        let told = receiver.next().await;
        let event = told.json();
        assert_eq!(event, expected(&event, &place, &detail));
        assert!(told.is_genuine());
        assert_eq!(told.header("content-type"), "application/json");
        assert_eq!(told.header("ce-specversion"), "1.0");
        assert_eq!(told.header("ce-source"), "aws.chime");
        assert_eq!(detail["eventType"], told.header("ce-type"));
        assert_eq!(event["id"], told.header("ce-id"));
        assert_eq!(event["time"], told.header("ce-time"));
        let age = WallTime::from(crate::clock::wall()).saturating_since(WallTime::from_millis(
            event["detail"]["timestamp"].as_u64().unwrap(),
        ));
        assert!(age < Duration::from_secs(60));
        ids.insert(event["id"].to_string());
    }
    assert_eq!(ids.len(), 6);
    wait_for(at, "carillon_events_waiting", 0).await;
    assert_eq!(metric(at, "carillon_events_delivered_total").await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_that_is_ended_lets_everybody_leave() {
    let mut receiver = Receiver::start([]);
    let server = telling(&receiver);
    let place = place(server.address()).await;
    let mut guest = Guest::join(&place, 440).await;
    delete_meeting(server.address(), &place).await;
    guest.until(|client| client.told.closed.is_some()).await;
    let words = receiver.words_until("AttendeeLeft").await;
    assert_eq!(
        words,
        ["MeetingStarted", "AttendeeAdded", "AttendeeJoined", "MeetingEnded", "AttendeeLeft"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_device_is_authorized_a_new_connection_is_not_and_a_lost_one_is_dropped() {
    let mut receiver = Receiver::start([]);
    let server = telling(&receiver);
    let place = place(server.address()).await;
    let mut first = Guest::join(&place, 440).await;
    let mut again = Guest::join(&place, 440).await;
    first.until(|client| client.told.closed.is_some()).await;
    let other = Guest::join(&place, 550).await;
    again.until(|client| client.told.closed.is_some()).await;
    drop((first, again, other));
    let words = receiver.words_until("AttendeeDropped").await;
    assert_eq!(words[2..], ["AttendeeJoined", "AttendeeAuthorized", "AttendeeDropped"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cameras_and_shares_are_told_by_words_of_their_own_and_never_before_their_arrival() {
    let mut receiver = Receiver::start([]);
    let server = telling(&receiver);
    let place = place(server.address()).await;
    let who = place.attendee.attendee_id;
    let mut main = Guest::show(&place, Identity::main(who)).await;
    let words = main.during(receiver.words_until("AttendeeVideoStarted")).await;
    assert_eq!(words[2..], ["AttendeeJoined", "AttendeeVideoStarted"]);
    main.client.hide(crate::clock::now());
    assert_eq!(main.during(receiver.next()).await.word(), "AttendeeVideoStopped");
    let mut share = Guest::show(&place, Identity::content(who)).await;
    for word in ["ContentJoined", "ContentVideoStarted", "ContentVideoStopped", "ContentLeft"] {
        if word == "ContentVideoStopped" {
            share.client.leave(crate::clock::now());
        }
        let told = share.during(receiver.next()).await;
        assert_eq!(told.word(), format!("Attendee{word}"));
        assert_eq!(told.json()["detail"]["attendeeId"], json!(who));
        let over = &told.json()["detail"]["networkType"];
        assert_eq!(*over, if word.contains("Video") { Value::Null } else { json!("Voip") });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_repeated_until_it_is_taken_and_none_overtakes_it() {
    let mut receiver = Receiver::start([
        Reply::Status(500),
        Reply::RetryAtOnce(429),
        Reply::RetryAtOnce(503),
        Reply::Status(202),
    ]);
    let server = telling(&receiver);
    let place = place(server.address()).await;
    let first = receiver.next().await;
    for _ in 0..3 {
        let again = receiver.next().await;
        assert!(again.is_genuine());
        assert_eq!((again.header("ce-id"), &again.body), (first.header("ce-id"), &first.body));
    }
    let next = receiver.next().await;
    assert_eq!((first.word(), next.word()), ("MeetingStarted".into(), "AttendeeAdded".into()));
    assert_eq!(next.json()["detail"]["attendeeId"], json!(place.attendee.attendee_id));
    wait_for(server.address(), "carillon_events_waiting", 0).await;
    assert_eq!(metric(server.address(), "carillon_events_failed_total").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_whose_events_are_not_taken_holds_up_no_other_and_is_told_in_order_later() {
    let mut receiver = Receiver::start([]);
    let server = telling(&receiver);
    let at = server.address();
    let answer = create_meeting(at, POISON).await.json();
    let poison = serde_json::from_value(answer["Meeting"].clone()).unwrap();
    // More than wait in a lane.
    for number in 0..40 {
        attendee(at, &poison, &format!("guest {number}")).await;
    }
    for number in 0..30 {
        assert_eq!(create_meeting(at, &format!("other-{number}")).await.status, 200);
    }
    for _ in 0..30 {
        let told = receiver.next().await;
        assert_eq!(told.word(), "MeetingStarted");
        assert_ne!(told.json()["detail"]["meetingId"], answer["Meeting"]["MeetingId"]);
    }
    receiver.heal();
    assert_eq!(receiver.next().await.word(), "MeetingStarted");
    for number in 0..40 {
        let told = receiver.next().await;
        assert_eq!(told.json()["detail"]["externalUserId"], format!("guest {number}"));
    }
    wait_for(at, "carillon_events_waiting", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_meetings_than_can_be_held_wait_and_lose_nothing() {
    let mut receiver = Receiver::start([]);
    let server = telling(&receiver);
    let at = server.address();
    let mut made = std::collections::BTreeSet::new();
    // Eight lanes hold 128.
    for number in 0..200 {
        let wish = json!({
            "ClientRequestToken": format!("poison-{number}"), "MediaRegion": "us-east-1",
            "ExternalMeetingId": POISON,
        });
        let answer = call(at, "POST", "/meetings", &wish).await.json();
        made.insert(answer["Meeting"]["MeetingId"].to_string());
    }
    assert_eq!(metric(at, "carillon_events_delivered_total").await, 0);
    receiver.heal();
    let mut told = std::collections::BTreeSet::new();
    while told.len() < made.len() {
        told.insert(receiver.next().await.json()["detail"]["meetingId"].to_string());
    }
    assert_eq!(told, made);
    wait_for(at, "carillon_events_waiting", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_wants_is_given_up_and_the_rest_goes_on() {
    let refusals = std::iter::repeat_n(Reply::Status(404), 6);
    let mut receiver = Receiver::start(refusals.chain([Reply::Status(410)]));
    let server = telling(&receiver);
    let at = server.address();
    let place = place(at).await;
    delete_meeting(at, &place).await;
    let words = receiver.words_until("MeetingEnded").await;
    assert_eq!(words.iter().filter(|word| *word == "MeetingStarted").count(), 6);
    assert_eq!(words[6..], ["AttendeeAdded", "MeetingEnded"]);
    wait_for(at, "carillon_events_waiting", 0).await;
    assert_eq!(metric(at, "carillon_events_given_up_total").await, 2);
    assert_eq!(metric(at, "carillon_events_delivered_total").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_comes_late_is_told_everything() {
    let gone = Receiver::start([]);
    let address = gone.address;
    drop(gone);
    let server = TestServer::start_with(|config| {
        config.events = to(EventSink::Webhook(webhook(address)));
    });
    let server = server.unwrap();
    place(server.address()).await;
    soon(async {
        while metric(server.address(), "carillon_events_failed_total").await < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut receiver = Receiver::at(address, []);
    assert_eq!(receiver.words_until("AttendeeAdded").await, ["MeetingStarted", "AttendeeAdded"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_taken_is_told_after_a_restart_and_what_was_taken_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let start = |address| {
        TestServer::start_with(|config| {
            config.data = Some(folder.path().to_owned());
            config.events = to(EventSink::Webhook(webhook(address)));
        })
        .unwrap()
    };
    let mut receiver = Receiver::start([]);
    let address = receiver.address;
    let server = start(address);
    meeting(server.address()).await;
    let taken = receiver.next().await;
    wait_for(server.address(), "carillon_events_waiting", 0).await;
    drop(receiver);
    let left = meeting(server.address()).await;
    assert_eq!(metric(server.address(), "carillon_events_waiting").await, 1);
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();

    let mut receiver = Receiver::at(address, []);
    let server = start(address);
    let told = receiver.next().await;
    assert_eq!(told.json()["detail"]["meetingId"], json!(left.meeting_id));
    assert_ne!(told.header("ce-id"), taken.header("ce-id"));
    wait_for(server.address(), "carillon_events_waiting", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_target_that_is_taken_out_is_kept_for_its_return_and_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let start = |events| {
        TestServer::start_with(|config| {
            config.data = Some(folder.path().join("data"));
            config.events = events;
        })
        .unwrap()
    };
    let gone = Receiver::start([]);
    let address = gone.address;
    drop(gone);
    let backend = || to(EventSink::Webhook(webhook(address)));
    let server = start(backend());
    let left = meeting(server.address()).await;
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();

    let mut other = to(EventSink::File(folder.path().join("events.jsonl")));
    let file = other.targets.remove("backend").unwrap();
    other.targets.insert("audit".to_owned(), file);
    other.default = Some("audit".to_owned());
    let server = start(other);
    meeting(server.address()).await;
    // A stop waits for as much as this says.
    wait_for(server.address(), "carillon_events_waiting", 0).await;
    assert_eq!(metric(server.address(), "carillon_events_dropped_total").await, 0);
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();

    let mut receiver = Receiver::at(address, []);
    let _server = start(backend());
    assert_eq!(receiver.next().await.json()["detail"]["meetingId"], json!(left.meeting_id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_never_answers_holds_no_meeting_up() {
    let mut receiver = Receiver::start(std::iter::repeat_n(Reply::Hang, 1_000));
    let mut events = to(EventSink::Webhook(webhook(receiver.address)));
    events.pace.timeout = Duration::from_millis(50);
    let server = TestServer::start_with(|config| config.events = events).unwrap();
    let at = server.address();
    let place = place(at).await;
    receiver.next().await;
    let mut guest = Guest::join(&place, 440).await;
    for number in 0..20 {
        attendee(at, &place.meeting, &format!("guest {number}")).await;
    }
    let packets = guest.client.hearing.packets;
    guest.until(|client| client.hearing.packets > packets + 10).await;
    assert!(metric(at, "carillon_events_waiting").await > 20);
    assert_eq!(metric(at, "carillon_events_delivered_total").await, 0);
    // Nor does it hold up the end.
    drop(guest);
    soon(tokio::task::spawn_blocking(|| server.stop())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_with_a_certificate_is_told_only_where_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (trusted, other) = (folder.path().join("trusted.pem"), folder.path().join("other.pem"));
    let mut receiver = Receiver::secure(&trusted);
    let _impostor = Receiver::secure(&other);
    let start = |ca_file| {
        let url = format!("https://localhost:{}/events", receiver.address.port());
        let hook = WebhookConfig { url, ca_file: Some(ca_file), ..webhook(receiver.address) };
        TestServer::start_with(|config| config.events = to(EventSink::Webhook(hook))).unwrap()
    };
    let server = start(other);
    meeting(server.address()).await;
    soon(async {
        while metric(server.address(), "carillon_events_failed_total").await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let server = start(trusted);
    let made = meeting(server.address()).await;
    let told = receiver.next().await;
    assert!(told.is_genuine());
    assert_eq!(told.json()["detail"]["meetingId"], json!(made.meeting_id));
}

#[tokio::test]
async fn a_wish_for_an_unknown_target_is_refused_where_the_rules_are_strict() {
    let receiver = Receiver::start([]);
    let mut events = to(EventSink::Webhook(webhook(receiver.address)));
    events.strict_targets = true;
    events.targets.get_mut("backend").unwrap().arns =
        vec!["arn:aws:sqs:us-east-1:000000000000:known".to_owned()];
    let server = TestServer::start_with(|config| config.events = events).unwrap();
    for (queue, status) in [("known", 200), ("unknown", 400)] {
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{queue}");
        let wish = json!({
            "ClientRequestToken": queue, "MediaRegion": "us-east-1", "ExternalMeetingId": queue,
            "NotificationsConfiguration": { "SqsQueueArn": arn },
        });
        let answer = call(server.address(), "POST", "/meetings", &wish).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 400 {
            assert!(answer.head.contains("x-amzn-errortype: BadRequestException"));
            assert!(answer.body.contains(&arn), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_file_grows_by_one_line_for_each_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let events = to(EventSink::File(path.clone()));
    let server = TestServer::start_with(|config| config.events = events).unwrap();
    for request in ["first", "second"] {
        assert_eq!(create_meeting(server.address(), request).await.status, 200);
    }
    wait_for(server.address(), "carillon_events_waiting", 0).await;
    let text = std::fs::read_to_string(path).unwrap();
    let names = text.lines().map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["detail"]["eventType"], "chime:MeetingStarted");
        event["detail"]["externalMeetingId"].as_str().unwrap().to_owned()
    });
    assert_eq!(names.collect::<Vec<_>>(), ["first", "second"]);
}

#[tokio::test]
async fn a_service_starts_only_with_targets_that_can_be_told() {
    let mut short = webhook("127.0.0.1:1".parse().unwrap());
    short.secret.0.truncate(15);
    let mut strange = webhook("127.0.0.1:1".parse().unwrap());
    strange.url = "queue".to_owned();
    let mut faithless = webhook("127.0.0.1:1".parse().unwrap());
    faithless.url = "https://localhost/events".to_owned();
    faithless.ca_file = Some("/nowhere/ca.pem".into());
    for (hook, problem) in [
        (short, "the secret of the events target backend has less than 16 bytes"),
        (strange, "the url of the events target backend is no http(s) address"),
        (faithless, "there are no certificates to know the events target backend by"),
    ] {
        let events = to(EventSink::Webhook(hook));
        let error = TestServer::start_with(|config| config.events = events).unwrap_err();
        assert!(matches!(&error, StartError::Events(_)), "{error:?}");
        assert_eq!(error.to_string(), problem);
    }
}
