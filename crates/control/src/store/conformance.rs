//! What every store must do; a store's own tests call each of these with a way to reopen it.

use std::{
    ops::RangeInclusive,
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_types::{
    AttendeeCapabilities, AttendeeId, Caller, EventId, MediaCapability, MeetingId, MeetingLife,
    Tags, TranscriptionConfiguration, WallTime, api::CreateMeetingRequest,
};

use super::{Revision, Snapshot, Store, StoreError};
use crate::{
    boot::{Boot, Uptime},
    event::{Change, ControlEvent},
    event_rules::TargetName,
    key_ring::TokenKey,
    lifetime::EndReason,
    moment::Moment,
    outbox::{OutboxChange, Posting, PostingNumber, Search},
    record::{AttendeeRecord, MeetingLock, MeetingRecord, MeetingState, Sequence},
    seal::SealKey,
};

const MINUTE: Duration = Duration::from_secs(60);

/// The meeting with this number, made for a token of its own.
pub(crate) fn meeting(number: u8) -> Arc<MeetingRecord> {
    let request = format!(
        r#"{{"ClientRequestToken":"token-{number}","MediaRegion":"us-east-1","ExternalMeetingId":"m «{number}»",
            "MeetingFeatures":{{"Attendee":{{"MaxCount":9}}}},"TenantIds":["acme"],
            "Tags":[{{"Key":"k","Value":"v"}}]}}"#
    );
    Arc::new(MeetingRecord {
        key: Arc::new(key(9)),
        meeting_id: MeetingId::from_random(number.into()),
        owner: Caller {
            account: "000000000000".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        },
        created: WallTime::from_millis(1_700_000_000_123),
        born: Uptime::from_millis(-5),
        life: MeetingLife::FIRST,
        request: serde_json::from_str::<CreateMeetingRequest>(&request).unwrap(),
    })
}

fn attendee(number: u8) -> Arc<AttendeeRecord> {
    Arc::new(AttendeeRecord {
        attendee_id: AttendeeId::from_random(number.into()),
        external_user_id: format!("user {number}").parse().unwrap(),
        capabilities: AttendeeCapabilities::ALL,
        sequence: Sequence::from_number(number.into()),
    })
}

fn tags(key: &str, value: &str) -> Tags {
    serde_json::from_str(&format!(r#"[{{"Key":"{key}","Value":"{value}"}}]"#)).unwrap()
}

fn transcription() -> Arc<TranscriptionConfiguration> {
    let text = r#"{"EngineTranscribeSettings":{"LanguageCode":"en-US"}}"#;
    Arc::new(serde_json::from_str(text).unwrap())
}

fn lock() -> Arc<MeetingLock> {
    Arc::new(MeetingLock { inside: [AttendeeId::from_random(7)].into() })
}

pub(crate) fn event(meeting: &Arc<MeetingRecord>, change: Change) -> ControlEvent {
    ControlEvent { at: meeting.created, meeting: Arc::clone(meeting), change }
}

/// The first key of a store, made of these bytes.
pub(crate) fn key(bytes: u8) -> TokenKey {
    TokenKey::first(WallTime::from_millis(1_600_000_000_000), SealKey::from_bytes([bytes; 32]))
}

async fn load(store: &mut impl Store) -> Snapshot {
    load_with(store, &key(9)).await.unwrap()
}

/// Opens a store in a run of the machine that is the same each time.
pub(crate) async fn load_with(
    store: &mut impl Store,
    first_key: &TokenKey,
) -> Result<Snapshot, StoreError> {
    let (boot, now) = machine("today", 1_700_000_001_000);
    store.load(first_key, &boot, now).await
}

/// A run of the machine that has lasted for a minute, at a wall time.
#[expect(clippy::disallowed_methods, reason = "any instant will do as an origin")]
fn machine(id: &str, wall: u64) -> (Boot, Moment) {
    let began = Instant::now();
    let now = Moment { wall: WallTime::from_millis(wall), instant: began + MINUTE };
    (Boot { id: Some(id.to_owned()), began }, now)
}

pub(crate) async fn ages_go_by_the_run_of_the_machine_and_into_another_by_the_wall<S: Store>(
    mut open: impl FnMut() -> S,
) {
    let mut store = open();
    let revision = load(&mut store).await.revision;
    let made = meeting(1);
    commit(&mut store, revision, &[event(&made, Change::MeetingCreated)]).await.unwrap();
    let wall = made.created.as_millis();
    // The clock of the wall was set back by two hours; then the machine was started anew, twice, 90 s after the making.
    for (id, wall, born) in [
        ("today", wall - 7_200_000, -5),
        ("tomorrow", wall + 90_000, -30_000),
        ("tomorrow", wall + 7_290_000, -30_000),
        ("later", wall - 1, 60_000),
    ] {
        let (boot, now) = machine(id, wall);
        let found = open().load(&key(9), &boot, now).await.unwrap();
        let (found, ..) = &found.meetings[0];
        assert_eq!(found.born, Uptime::from_millis(born), "{id}, {wall}");
    }
}

/// Writes events of which nobody is told.
pub(crate) async fn commit(
    store: &mut impl Store,
    after: Revision,
    events: &[ControlEvent],
) -> Result<(), StoreError> {
    store.commit(after, events, &OutboxChange::default()).await
}

pub(crate) async fn first_key_is_kept<S: Store>(mut open: impl FnMut() -> S) {
    let first = load_with(&mut open(), &key(1)).await.unwrap();
    assert_eq!(first.keys, [Arc::new(key(1))]);
    assert_eq!(first.meetings, []);
    let second = load_with(&mut open(), &key(2)).await.unwrap();
    assert_eq!(second, first);
}

pub(crate) async fn every_change_comes_back_as_it_was<S: Store>(mut open: impl FnMut() -> S) {
    let mut store = open();
    let mut revision = load(&mut store).await.revision;
    let (kept, ended) = (meeting(1), meeting(2));
    let muted = Arc::new(AttendeeRecord {
        capabilities: AttendeeCapabilities::new(
            MediaCapability::None,
            MediaCapability::Receive,
            MediaCapability::Receive,
        )
        .unwrap(),
        ..AttendeeRecord::clone(&attendee(3))
    });
    let history = [
        vec![
            event(&kept, Change::MeetingCreated),
            event(&kept, Change::AttendeeAdded(attendee(7))),
            event(&kept, Change::AttendeeAdded(attendee(3))),
            event(&kept, Change::AttendeeAdded(attendee(5))),
        ],
        vec![
            event(&ended, Change::MeetingCreated),
            event(&ended, Change::AttendeeAdded(attendee(3))),
        ],
        vec![event(&kept, Change::AttendeeDeleted(attendee(5)))],
        vec![event(&kept, Change::CapabilitiesUpdated(Arc::clone(&muted)))],
        vec![
            event(&kept, Change::Tagged(tags("team", "blue"))),
            event(&kept, Change::TranscriptionStarted(transcription())),
            event(&kept, Change::Locked(lock())),
        ],
        vec![event(&ended, Change::MeetingEnded(EndReason::Deleted))],
    ];
    for events in history {
        commit(&mut store, revision, &events).await.unwrap();
        revision = revision.next();
    }
    let attendees = vec![AttendeeRecord::clone(&muted), AttendeeRecord::clone(&attendee(7))];
    let expected = |earlier| {
        let life = MeetingLife::after(earlier);
        let state = MeetingState {
            tags: tags("team", "blue"),
            transcription: Some(transcription()),
            lock: Some(lock()),
        };
        vec![(MeetingRecord { life, ..MeetingRecord::clone(&kept) }, state, attendees.clone())]
    };
    assert_eq!(load(&mut store).await.meetings, expected(1));
    // Nothing is closed: what was acknowledged must not depend on a farewell.
    drop(store);
    let again = load(&mut open()).await;
    assert_eq!((again.revision, again.meetings), (revision, expected(2)));
}

pub(crate) async fn every_opening_is_another_life_of_each_meeting<S: Store>(
    mut open: impl FnMut() -> S,
) {
    let mut store = open();
    let mut revision = load(&mut store).await.revision;
    let mut expected = Vec::new();
    for number in 0..4 {
        // Nothing is closed: the count must not depend on a farewell.
        commit(&mut store, revision, &[event(&meeting(number), Change::MeetingCreated)])
            .await
            .unwrap();
        drop(store);
        store = open();
        let snapshot = load(&mut store).await;
        revision = snapshot.revision;
        expected.iter_mut().for_each(|lives| *lives += 1);
        expected.push(1);
        let mut lives: Vec<_> =
            snapshot.meetings.iter().map(|(meeting, _, _)| meeting.life.earlier()).collect();
        lives.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(lives, expected);
    }
}

pub(crate) async fn commit_is_whole_or_nothing<S: Store>(mut open: impl FnMut() -> S) {
    let mut store = open();
    let before = load(&mut store).await;
    let good = event(&meeting(1), Change::MeetingCreated);
    let twice = [good.clone(), event(&meeting(2), Change::MeetingCreated), good.clone()];
    let error = commit(&mut store, before.revision, &twice).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken(_)), "{error:?}");
    assert_eq!(load(&mut store).await, before);
    commit(&mut store, before.revision, &[good]).await.unwrap();
    assert_eq!(load(&mut open()).await.meetings.len(), 1);
}

pub(crate) async fn only_the_latest_revision_may_write<S: Store>(mut open: impl FnMut() -> S) {
    let (mut old, mut new) = (open(), open());
    let revision: Revision = load(&mut old).await.revision;
    assert_eq!(load(&mut new).await.revision, revision);
    commit(&mut new, revision, &[event(&meeting(1), Change::MeetingCreated)]).await.unwrap();
    let error = commit(&mut old, revision, &[event(&meeting(2), Change::MeetingCreated)])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Fenced), "{error:?}");
    assert_eq!(old.revision().await.unwrap(), revision.next());
    assert_eq!(load(&mut new).await.meetings.len(), 1);
}

pub(crate) async fn what_was_taken_back_is_gone<S: Store>(mut open: impl FnMut() -> S) {
    let mut store = open();
    let revision = load(&mut store).await.revision;
    let meeting = meeting(1);
    let state = async |store: &mut S| load(store).await.meetings.remove(0).1;
    let made = event(&meeting, Change::MeetingCreated);
    let set = [Change::TranscriptionStarted(transcription()), Change::Locked(lock())];
    let set: Vec<_> =
        std::iter::once(made).chain(set.map(|change| event(&meeting, change))).collect();
    commit(&mut store, revision, &set).await.unwrap();
    assert_eq!(
        state(&mut store).await.tags,
        tags("k", "v"),
        "a meeting begins with those of its request"
    );
    let taken = [
        Change::TranscriptionStopped(transcription()),
        Change::Unlocked,
        Change::Tagged(Tags::default()),
    ];
    let taken = taken.map(|change| event(&meeting, change));
    commit(&mut store, revision.next(), &taken).await.unwrap();
    assert_eq!(state(&mut store).await, MeetingState::default());
}

fn posting(target: &str, number: u64) -> Posting {
    Posting {
        number: PostingNumber::from_number(number),
        target: TargetName::new(target),
        meeting: MeetingId::from_random(number.into()),
        event: EventId::from_random(number.into()),
        event_type: "chime:MeetingStarted".to_owned(),
        at: WallTime::from_millis(1_700_000_000_123),
        body: format!(r#"{{"meeting":"m «{number}»"}}"#),
    }
}

fn waiting(target: &str, number: u64) -> (TargetName, PostingNumber) {
    (TargetName::new(target), PostingNumber::from_number(number))
}

async fn read(store: &mut impl Store, target: &str, after: u64, most: u32) -> Vec<Posting> {
    search(store, target, after + 1..=u64::MAX >> 1, None, most).await
}

async fn search(
    store: &mut impl Store,
    target: &str,
    numbers: RangeInclusive<u64>,
    meeting: Option<MeetingId>,
    most: u32,
) -> Vec<Posting> {
    let numbers =
        PostingNumber::from_number(*numbers.start())..=PostingNumber::from_number(*numbers.end());
    let target = TargetName::new(target);
    store.postings(&Search { target, meeting, numbers, most }).await.unwrap()
}

pub(crate) async fn what_is_to_be_told_waits_until_it_is_done<S: Store>(
    mut open: impl FnMut() -> S,
) {
    let mut store = open();
    let revision = load(&mut store).await.revision;
    let change = OutboxChange {
        posted: vec![posting("a", 1), posting("b", 2), posting("a", 3), posting("a", 4)],
        ..OutboxChange::default()
    };
    let made = [event(&meeting(1), Change::MeetingCreated)];
    store.commit(revision, &made, &change).await.unwrap();
    // Nothing is closed: what is to be told must not depend on a farewell.
    drop(store);
    let mut store = open();
    let snapshot = load(&mut store).await;
    let mut names = snapshot.waiting;
    names.sort_unstable_by_key(|(_, number)| *number);
    assert_eq!(names, [waiting("a", 1), waiting("b", 2), waiting("a", 3), waiting("a", 4)]);
    assert_eq!(read(&mut store, "a", 0, 2).await, [posting("a", 1), posting("a", 3)]);
    assert_eq!(read(&mut store, "a", 3, 9).await, [posting("a", 4)]);
    let change = OutboxChange {
        posted: vec![posting("b", 5)],
        done: vec![waiting("a", 3), waiting("a", 9)],
        displaced: vec![waiting("a", 1)],
        ..OutboxChange::default()
    };
    store.commit(snapshot.revision, &[], &change).await.unwrap();
    assert_eq!(read(&mut store, "a", 0, 9).await, [posting("a", 4)]);
    assert_eq!(read(&mut store, "b", 0, 9).await, [posting("b", 2), posting("b", 5)]);
}

pub(crate) async fn what_waits_is_found_by_meeting_and_forgotten_by_age<S: Store>(
    mut open: impl FnMut() -> S,
) {
    let mut store = open();
    let revision = load(&mut store).await.revision;
    let of = |number, meeting, at| Posting {
        meeting: MeetingId::from_random(meeting),
        at: WallTime::from_millis(at),
        ..posting("a", number)
    };
    let (first, second, third, fourth) = (of(1, 7, 10), of(2, 8, 20), of(3, 7, 30), of(4, 7, 40));
    let posted = vec![first.clone(), second.clone(), third.clone(), fourth.clone()];
    let change = OutboxChange { posted, ..OutboxChange::default() };
    store.commit(revision, &[], &change).await.unwrap();
    let seven = Some(MeetingId::from_random(7));
    assert_eq!(search(&mut store, "a", 1..=3, seven, 9).await, [first.clone(), third.clone()]);
    assert_eq!(search(&mut store, "a", 2..=4, seven, 1).await, std::slice::from_ref(&third));
    assert_eq!(search(&mut store, "a", 2..=2, seven, 9).await, []);
    let forget = async |store: &mut S, target, before| {
        let before = WallTime::from_millis(before);
        store.forget_postings(&TargetName::new(target), before).await.unwrap()
    };
    assert_eq!(forget(&mut store, "b", 99).await, 0);
    assert_eq!(forget(&mut store, "a", 30).await, 2);
    assert_eq!(read(&mut store, "a", 0, 9).await, [third, fourth]);
}

pub(crate) async fn change_and_what_is_told_of_it_are_written_together_or_not_at_all<S: Store>(
    mut open: impl FnMut() -> S,
) {
    let mut store = open();
    let before = load(&mut store).await;
    let made = event(&meeting(1), Change::MeetingCreated);
    let outbox = OutboxChange { posted: vec![posting("a", 1)], ..OutboxChange::default() };
    let error = store.commit(before.revision, &[made.clone(), made], &outbox).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken(_)), "{error:?}");
    assert_eq!(load(&mut store).await, before);
    assert_eq!(read(&mut store, "a", 0, 9).await, []);
}
