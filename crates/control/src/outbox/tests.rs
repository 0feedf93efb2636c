use std::sync::Arc;

use carillon_types::Occurrence;
use rand::SeedableRng as _;
use serde_json::Value;

use super::*;
use crate::store::conformance;

fn target() -> TargetName {
    TargetName::new("backend")
}

fn rules(most_waiting: usize) -> EventRules {
    EventRules { default: Some(target()), most_waiting, ..EventRules::default() }
}

fn started(meeting: u8) -> Announcement {
    let meeting = conformance::meeting(meeting);
    Announcement {
        at: meeting.created,
        meeting: Arc::clone(&meeting),
        occurrence: Occurrence::MeetingStarted,
    }
}

fn stored(numbers: impl IntoIterator<Item = u64>) -> Vec<Waiting> {
    numbers.into_iter().map(|number| (target(), PostingNumber(number))).collect()
}

/// An outbox all of whose targets are there.
fn restored(rules: EventRules, stored: Vec<Waiting>) -> Outbox {
    let (outbox, strays) = Outbox::restore(rules, stored);
    assert!(strays.is_empty());
    outbox
}

fn plan(outbox: &Outbox, events: usize, done: Vec<Waiting>) -> OutboxChange {
    let events: Vec<_> = (0..events).map(|_| started(1)).collect();
    outbox.plan(&events, done, &mut StdRng::seed_from_u64(1))
}

fn numbers(change: &OutboxChange) -> Vec<u64> {
    change.posted.iter().map(|posting| posting.number.0).collect()
}

#[test]
fn numbers_go_on_after_what_is_stored_and_nothing_counts_before_it_is_written() {
    let mut outbox = restored(rules(10), stored([4, 7]));
    let change = plan(&outbox, 2, stored([4]));
    assert_eq!(numbers(&change), [8, 9]);
    assert_eq!(outbox.len(), 2);
    outbox.accept(&change);
    assert_eq!((outbox.len(), outbox.last()), (3, PostingNumber(9)));
    assert_eq!(numbers(&plan(&outbox, 1, Vec::new())), [10]);
}

#[test]
fn oldest_give_way_when_there_are_too_many() {
    let mut outbox = restored(rules(3), stored([1, 2, 3]));
    let change = plan(&outbox, 2, stored([2]));
    assert_eq!((change.displaced.clone(), change.left_out), (stored([1]), 0));
    outbox.accept(&change);
    assert_eq!(outbox.len(), 3);
    // So many at once that not even all of them fit.
    let change = plan(&outbox, 5, Vec::new());
    assert_eq!((change.displaced.len(), change.left_out, change.lost()), (3, 2, 5));
    assert_eq!(numbers(&change), [8, 9, 10]);
    outbox.accept(&change);
    assert_eq!(outbox.len(), 3);
}

#[test]
fn what_nobody_takes_does_not_count_and_its_numbers_are_not_given_again() {
    let gone = TargetName::new("gone");
    let of_gone = (5..=9).map(|number| (gone.clone(), PostingNumber(number)));
    let stored = of_gone.chain(stored([4])).collect();
    let (outbox, strays) = Outbox::restore(rules(10), stored);
    assert_eq!(strays, [(gone, 5)].into());
    assert_eq!(outbox.len(), 1);
    assert_eq!(numbers(&plan(&outbox, 1, Vec::new())), [10]);
}

#[test]
fn each_target_has_its_own_room() {
    let other = TargetName::new("other");
    let many = (1..=3).map(|number| (other.clone(), PostingNumber(number)));
    let outbox =
        restored(EventRules { others: [other.clone()].into(), ..rules(3) }, many.collect());
    let change = plan(&outbox, 3, Vec::new());
    assert_eq!((change.posted.len(), change.lost()), (3, 0));
}

#[test]
fn one_event_has_one_name_for_all_targets() {
    let mut rules = rules(10);
    let meeting = conformance::meeting(1);
    let mut record = (*meeting).clone();
    let arn: carillon_types::NotificationArn =
        "arn:aws:sns:us-east-1:111122223333:t".parse().unwrap();
    record.request.notifications_configuration = Some(carillon_types::NotificationsConfiguration {
        sns_topic_arn: Some(arn.clone()),
        ..Default::default()
    });
    rules.arns = [(arn, TargetName::new("topic"))].into();
    let announcement = Announcement { meeting: Arc::new(record), ..started(1) };
    let outbox = restored(rules, Vec::new());
    let change = outbox.plan(&[announcement], Vec::new(), &mut StdRng::seed_from_u64(1));
    let [backend, topic] = <[_; 2]>::try_from(change.posted).unwrap();
    assert_eq!((backend.target.as_str(), topic.target.as_str()), ("backend", "topic"));
    assert_eq!((backend.event, &backend.body), (topic.event, &topic.body));
    let body: Value = serde_json::from_str(&topic.body).unwrap();
    assert_eq!(body["id"], topic.event.to_string());
    assert_eq!(body["detail"]["eventType"], topic.event_type);
}

#[test]
fn without_targets_nothing_is_written_but_what_has_arrived_still_goes() {
    let others = EventRules { others: [target()].into(), ..EventRules::default() };
    let outbox = restored(others, stored([1]));
    let change = plan(&outbox, 3, stored([1]));
    assert_eq!((change.posted.len(), change.done.len()), (0, 1));
    assert!(plan(&outbox, 3, Vec::new()).is_empty());
}
