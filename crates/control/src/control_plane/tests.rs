//! What the public API cannot show: stores that fail, before or after the change is durable.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use carillon_types::{ProblemKind, WallTime};
use rand::SeedableRng;

use super::*;
use crate::{
    LifetimeRules, PlacementConfig, Quotas, StoreLocation, event::Change, store::Revision,
    store::Snapshot,
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
    async fn load(&mut self, fresh_key: &SealKey) -> Result<Snapshot, StoreError> {
        self.inner.load(fresh_key).await
    }

    async fn commit(&mut self, after: Revision, events: &[ControlEvent]) -> Result<(), StoreError> {
        let fault = *self.fault.lock().unwrap();
        if fault != Fault::Before {
            self.commits.fetch_add(1, Ordering::Relaxed);
            self.inner.commit(after, events).await?;
        }
        if fault == Fault::None { Ok(()) } else { Err(StoreError::Unavailable("unplugged".into())) }
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
        let (fault, commits) = (Arc::new(Mutex::new(Fault::None)), Arc::default());
        let inner = SqliteStore::at(StoreLocation::Temporary).unwrap();
        let store = Faulty { inner, fault: Arc::clone(&fault), commits: Arc::clone(&commits) };
        let rules = Rules {
            placement: PlacementConfig::new("http://h", "h:1").unwrap(),
            quotas: Quotas::default(),
            lifetime: LifetimeRules::default(),
            transcription: false,
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
