//! What the public API cannot show: stores that fail, before or after the change is durable.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use carillon_types::{ProblemKind, WallTime, api::NewAttendee};
use rand::SeedableRng;

use super::*;
use crate::{
    EventRules, Happening, LifetimeRules, News, Part, PlacementConfig, Posting, PostingNumber,
    Quotas, Search, StoreLocation, TargetName, event::Change, outbox::OutboxChange,
    store::Revision, store::Snapshot,
};

/// When a store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Nothing is written.
    Before,
    /// Everything is written, and the answer is lost.
    After,
}

/// A store that fails when told to.
#[derive(Debug)]
struct Faulty {
    inner: SqliteStore,
    fault: Arc<Mutex<Fault>>,
    commits: Arc<AtomicU32>,
}

impl Store for Faulty {
    async fn load(
        &mut self,
        first_key: &TokenKey,
        boot: &Boot,
        now: Moment,
    ) -> Result<Snapshot, StoreError> {
        self.inner.load(first_key, boot, now).await
    }

    async fn commit(
        &mut self,
        after: Revision,
        events: &[ControlEvent],
        outbox: &OutboxChange,
    ) -> Result<(), StoreError> {
        let fault = *self.fault.lock().unwrap();
        if fault != Fault::Before {
            self.commits.fetch_add(1, Ordering::Relaxed);
            self.inner.commit(after, events, outbox).await?;
        }
        if fault == Fault::None { Ok(()) } else { Err(StoreError::Unavailable("unplugged".into())) }
    }

    async fn postings(&mut self, search: &Search) -> Result<Vec<Posting>, StoreError> {
        self.inner.postings(search).await
    }

    async fn forget_postings(
        &mut self,
        target: &TargetName,
        before: WallTime,
    ) -> Result<usize, StoreError> {
        self.inner.forget_postings(target, before).await
    }

    async fn revision(&mut self) -> Result<Revision, StoreError> {
        self.inner.revision().await
    }

    async fn close(self) {
        self.inner.close().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "any instant will do as an origin")]
fn now() -> Moment {
    Moment { wall: WallTime::from_millis(1_700_000_000_000), instant: Instant::now() }
}

struct Rig {
    plane: ControlPlane,
    fault: Arc<Mutex<Fault>>,
    commits: Arc<AtomicU32>,
    caller: Caller,
}

impl Rig {
    async fn new() -> Self {
        Self::with(EventRules::default()).await
    }

    async fn with(events: EventRules) -> Self {
        let (fault, commits) = (Arc::new(Mutex::new(Fault::None)), Arc::default());
        let inner = SqliteStore::at(StoreLocation::Temporary).unwrap();
        let store = Faulty { inner, fault: Arc::clone(&fault), commits: Arc::clone(&commits) };
        let rules = Rules {
            placement: PlacementConfig::new("http://h", "h:1").unwrap(),
            quotas: Quotas::default(),
            lifetime: LifetimeRules::default(),
            key_life: std::time::Duration::MAX,
            transcription: false,
            events,
            boot: Boot::unknown(now().instant),
        };
        let plane = ControlPlane::on(store, rules, now(), StdRng::seed_from_u64(1)).await.unwrap();
        let caller =
            Caller { account: "000000000000".parse().unwrap(), region: "r".parse().unwrap() };
        Self { plane, fault, commits, caller }
    }

    fn break_with(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    async fn create(&self) -> Result<Meeting, ControlError> {
        let request = serde_json::from_str(
            r#"{"ClientRequestToken":"once","MediaRegion":"us-east-1","ExternalMeetingId":"mm"}"#,
        )
        .unwrap();
        self.plane.create_meeting(now(), &self.caller, request).await
    }
}

#[tokio::test]
async fn refused_write_changes_nothing_and_heals() {
    let rig = Rig::new().await;
    rig.break_with(Fault::Before);
    let error = rig.create().await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::ServiceUnavailable);
    assert!(!error.to_string().contains("unplugged"), "private detail stays private");
    assert_eq!(rig.plane.meetings_alive(), 0);
    rig.break_with(Fault::None);
    let meeting = rig.create().await.unwrap();
    assert_eq!(rig.plane.get_meeting(&rig.caller, meeting.meeting_id).unwrap(), meeting);
}

#[tokio::test]
async fn write_whose_answer_was_lost_is_found_by_the_retry() {
    let rig = Rig::new().await;
    let mut events = rig.plane.subscribe(NonZeroUsize::MIN);
    rig.break_with(Fault::After);
    assert_eq!(rig.create().await.unwrap_err().kind(), ProblemKind::ServiceUnavailable);
    assert_eq!(rig.plane.meetings_alive(), 0);
    rig.break_with(Fault::None);
    let meeting = rig.create().await.unwrap();
    assert_eq!(rig.commits.load(Ordering::Relaxed), 1, "the retry writes nothing");
    let told = events.recv().await.unwrap();
    assert_eq!(told.change, Change::MeetingCreated);
    assert_eq!(told.meeting.meeting_id, meeting.meeting_id);
}

#[tokio::test]
async fn running_meetings_go_on_while_nothing_can_be_written() {
    let rig = Rig::new().await;
    let meeting = rig.create().await.unwrap().meeting_id;
    let wish =
        |user: &str| NewAttendee { external_user_id: user.parse().unwrap(), capabilities: None };
    let alice =
        rig.plane.create_attendee(now(), &rig.caller, meeting, wish("alice")).await.unwrap();
    rig.break_with(Fault::Before);
    let bob = rig.plane.create_attendee(now(), &rig.caller, meeting, wish("bob")).await;
    assert_eq!(bob.unwrap_err().kind(), ProblemKind::ServiceUnavailable);
    assert!(rig.plane.admit(alice.join_token.as_str()).is_ok());
    // What needs no write is answered as ever.
    let again = rig.plane.create_attendee(now(), &rig.caller, meeting, wish("alice")).await;
    assert_eq!(again.unwrap(), alice);
}

#[tokio::test]
async fn closing_finishes_what_waits_and_refuses_the_rest() {
    let rig = Rig::new().await;
    let (created, ()) = tokio::join!(rig.create(), rig.plane.close());
    let meeting = created.unwrap();
    let error = rig.create().await.unwrap_err();
    assert!(matches!(error, ControlError::Closed), "{error:?}");
    assert!(rig.plane.get_meeting(&rig.caller, meeting.meeting_id).is_ok());
}

#[tokio::test]
async fn caller_that_goes_away_leaves_nothing_half_done() {
    let rig = Rig::new().await;
    {
        let mut left = std::pin::pin!(rig.create());
        // One turn hands the change over; then the caller is gone.
        std::future::poll_fn(|context| {
            assert!(left.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    }
    let meeting = rig.create().await.unwrap();
    assert_eq!(rig.commits.load(Ordering::Relaxed), 1);
    assert!(rig.plane.get_meeting(&rig.caller, meeting.meeting_id).is_ok());
}

#[tokio::test]
async fn burst_beyond_the_queue_is_told_to_retry() {
    let rig = Rig::new().await;
    // The writer has no turn between these on a single thread, so the queue fills.
    let mut waiting: Vec<_> = (0..=WAITING_CHANGES).map(|_| Box::pin(rig.create())).collect();
    let first_polls = std::future::poll_fn(|context| {
        let polls: Vec<_> = waiting.iter_mut().map(|call| call.as_mut().poll(context)).collect();
        std::task::Poll::Ready(polls)
    });
    let refused = first_polls.await.pop().unwrap();
    assert!(matches!(refused, std::task::Poll::Ready(Err(ControlError::Overloaded))));
}

/// A control plane that tells a target of everything.
async fn telling() -> (Rig, TargetName) {
    let target = TargetName::new("backend");
    let rules = EventRules { default: Some(target.clone()), ..EventRules::default() };
    (Rig::with(rules).await, target)
}

/// What waits for a target.
fn all(target: &TargetName) -> Search {
    let numbers = PostingNumber::default()..=PostingNumber::LAST;
    Search { target: target.clone(), meeting: None, numbers, most: 100 }
}

async fn told(rig: &Rig, target: &TargetName) -> Vec<String> {
    let postings = rig.plane.postbox().read(all(target)).await.unwrap();
    let word = |posting: &Posting| posting.event_type.replace("chime:", "");
    postings.iter().map(word).collect()
}

fn joined(admission: Admission) -> Notice {
    let Admission { meeting, attendee, .. } = admission;
    let news = News::Connection { attendee, part: Part::Main, happening: Happening::Joined };
    Notice { at: now().wall, meeting, news }
}

#[tokio::test]
async fn a_change_and_what_is_told_of_it_are_one_commit_and_take_notices_along() {
    let (rig, target) = telling().await;
    let meeting = rig.create().await.unwrap().meeting_id;
    let wish =
        |user: &str| NewAttendee { external_user_id: user.parse().unwrap(), capabilities: None };
    let make = |user| rig.plane.create_attendee(now(), &rig.caller, meeting, wish(user));
    let alice = make("alice").await.unwrap();
    assert_eq!(rig.commits.load(Ordering::Relaxed), 2);
    // The writer has no turn between the notices and the change on a single thread.
    for _ in 0..3 {
        rig.plane.note(joined(rig.plane.find(meeting, alice.attendee_id).unwrap()));
    }
    assert_eq!(rig.plane.postbox().waiting(), 5);
    make("bob").await.unwrap();
    let expected = ["MeetingStarted", "AttendeeAdded", "AttendeeJoined", "AttendeeJoined"];
    assert_eq!(told(&rig, &target).await[..4], expected);
    assert_eq!(told(&rig, &target).await[4..], ["AttendeeJoined", "AttendeeAdded"]);
    assert!(rig.commits.load(Ordering::Relaxed) <= 4);
    assert_eq!(rig.plane.postbox().waiting(), 6);
}

#[tokio::test]
async fn notices_outlast_a_store_that_fails_and_overflow_is_counted() {
    let (rig, target) = telling().await;
    let meeting = rig.create().await.unwrap().meeting_id;
    let user = NewAttendee { external_user_id: "al".parse().unwrap(), capabilities: None };
    let al = rig.plane.create_attendee(now(), &rig.caller, meeting, user).await.unwrap();
    let admission = rig.plane.find(meeting, al.attendee_id).unwrap();
    for fault in [Fault::Before, Fault::After] {
        rig.break_with(fault);
        rig.plane.note(joined(admission.clone()));
        // An answer of the writer tells that it has had its turns.
        assert_eq!(rig.plane.expire(now()).await.map_err(drop), Ok(0));
        rig.break_with(Fault::None);
        assert_eq!(rig.plane.expire(now()).await.map_err(drop), Ok(0));
    }
    assert_eq!(told(&rig, &target).await[2..], ["AttendeeJoined", "AttendeeJoined"]);
    assert_eq!((rig.plane.postbox().waiting(), rig.plane.postbox().lost()), (4, 0));
    for _ in 0..WAITING_CHORES + 3 {
        rig.plane.note(joined(admission.clone()));
    }
    assert_eq!(rig.plane.postbox().lost(), 3);
    rig.plane.close().await;
    assert_eq!(rig.plane.postbox().waiting(), 4 + WAITING_CHORES);
}

#[tokio::test]
async fn what_has_arrived_goes_and_what_came_later_stays() {
    let (rig, target) = telling().await;
    let meeting = rig.create().await.unwrap().meeting_id;
    let postbox = rig.plane.postbox();
    let mut news = postbox.news();
    let [started] = <[_; 1]>::try_from(postbox.read(all(&target)).await.unwrap()).unwrap();
    assert_eq!(*news.borrow_and_update(), started.number);
    postbox.done(&started).await;
    rig.plane.delete_meeting(now(), &rig.caller, meeting).await.unwrap();
    assert!(news.has_changed().unwrap());
    assert_eq!(told(&rig, &target).await, ["MeetingEnded"]);
    let numbers = news.borrow().next()..=PostingNumber::LAST;
    assert_eq!(postbox.read(Search { numbers, ..all(&target) }).await.unwrap(), []);
    assert_eq!(postbox.waiting(), 1);
}

#[tokio::test]
async fn receipts_cost_no_commit_of_their_own_before_there_are_many_or_time_passes() {
    let (rig, target) = telling().await;
    let meeting = rig.create().await.unwrap().meeting_id;
    let postbox = rig.plane.postbox();
    let [started] = <[_; 1]>::try_from(postbox.read(all(&target)).await.unwrap()).unwrap();
    for _ in 1..crate::writer::CHORES_AT_ONCE {
        postbox.done(&started).await;
    }
    // The writer is asked until it has certainly had a turn for what waits.
    for _ in 0..100 {
        told(&rig, &target).await;
    }
    assert_eq!(rig.commits.load(Ordering::Relaxed), 1);
    assert_eq!(postbox.waiting(), 0);
    assert_eq!(rig.plane.expire(now()).await.unwrap(), 0);
    assert_eq!(told(&rig, &target).await, [""; 0]);
    assert_eq!(rig.commits.load(Ordering::Relaxed), 2);
    rig.plane.delete_meeting(now(), &rig.caller, meeting).await.unwrap();
    assert_eq!((rig.commits.load(Ordering::Relaxed), postbox.waiting()), (3, 1));
}
