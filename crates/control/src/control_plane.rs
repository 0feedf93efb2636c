//! The control plane's front: one method per operation.

mod attendees;
mod live;
mod lock;
mod tags;
mod transcription;

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

use carillon_types::{
    AttendeeId, Caller, Meeting, MeetingArn, MeetingId,
    api::{
        BatchCreateAttendeeResponse, CreateMeetingRequest, CreateMeetingWithAttendeesRequest,
        CreateMeetingWithAttendeesResponse,
    },
};
use rand::{Rng, rngs::StdRng};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use crate::{
    admission::{Admission, AdmissionError},
    boot::Boot,
    config::ControlConfig,
    decision::{Decision, Rules, Scene},
    directory::Directory,
    error::ControlError,
    event::ControlEvent,
    key_ring::TokenKey,
    lifetime::Connected,
    moment::Moment,
    notice::Notice,
    outbox::{self, Outbox},
    postbox::{Chore, Postbox, WAITING_CHORES},
    record::MeetingRecord,
    seal::SealKey,
    store::{SqliteStore, Store, StoreError},
    writer::{Pending, Shared, Task, Writer},
};

pub use live::Overview;

/// How many changes may wait for the store; more are refused as [`ControlError::Overloaded`].
///
/// At 2 to 4 ms each, the last of 1,024 waits 2 to 4 s, which SDKs bear without a retry; more would make
/// them wait longer for the same work, fewer would refuse a few large meetings that begin together.
const WAITING_CHANGES: usize = 1024;

/// All meetings of this service; clones are handles on the same one.
///
/// Reads are answered from memory and never wait; each change is durable before its answer.
/// Changes are carried out one after the other by a task that ends with the last handle or [`Self::close`].
/// Dropping the future of a change does not undo the change.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    shared: Arc<Shared>,
    tasks: mpsc::Sender<Task>,
    chores: mpsc::Sender<Chore>,
    /// Ends the writer with the last handle.
    _writer: Arc<JoinSet<()>>,
}

impl ControlPlane {
    /// Opens the store and takes over everything that was alive.
    ///
    /// `chance` names meetings and attendees and makes the signing key of a new store, so it must be
    /// seeded by the operating system outside tests.
    ///
    /// # Errors
    /// Why the store cannot be opened or read.
    pub async fn open(
        config: ControlConfig,
        now: Moment,
        chance: StdRng,
    ) -> Result<Self, StoreError> {
        let store = SqliteStore::at(config.store)?;
        let rules = Rules {
            placement: config.placement,
            quotas: config.quotas,
            lifetime: config.lifetime,
            key_life: config.key_life,
            transcription: config.transcription,
            events: config.events,
            boot: config.boot.unwrap_or(Boot::unknown(now.instant)),
        };
        Self::on(store, rules, now, chance).await
    }

    /// Opens any store.
    pub(crate) async fn on<S: Store>(
        mut store: S,
        rules: Rules,
        now: Moment,
        mut chance: StdRng,
    ) -> Result<Self, StoreError> {
        let first_key = TokenKey::first(now.wall, SealKey::from_bytes(chance.random()));
        let snapshot = store.load(&first_key, &rules.boot, now).await?;
        let directory =
            Directory::restore(snapshot.meetings, snapshot.keys, &rules.boot, now.instant);
        let (outbox, strays) = Outbox::restore(rules.events.clone(), snapshot.waiting);
        let forgotten = outbox::forget_strays(&mut store, strays, now.wall).await?;
        let shared = Arc::new(Shared::new(rules, directory));
        shared.outbox.lose(forgotten);
        let (tasks, received) = mpsc::channel(WAITING_CHANGES);
        let (chores, to_do) = mpsc::channel(WAITING_CHORES);
        let mut writer = JoinSet::new();
        let work = Writer::new((store, snapshot.revision), Arc::clone(&shared), chance, outbox);
        writer.spawn(work.run(received, to_do));
        Ok(Self { shared, tasks, chores, _writer: Arc::new(writer) })
    }

    /// Finishes the changes that wait and closes the store; later changes are refused, reads go on.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.tasks.send(Task::Close(done)).await.is_ok() {
            // An error means that the writer has ended, which is what is waited for.
            drop(closed.await);
        }
    }

    /// Gives every later event, in order, to the receiver that is returned.
    ///
    /// When `capacity` events wait in it, changes wait too, so that none is ever missed; a subscriber
    /// therefore keeps receiving and never waits for a change of its own in between.
    /// Dropping the receiver ends the subscription.
    #[must_use]
    pub fn subscribe(&self, capacity: NonZeroUsize) -> mpsc::Receiver<ControlEvent> {
        let (subscriber, events) = mpsc::channel(capacity.get());
        self.shared.subscribe(subscriber);
        events
    }

    /// Makes a meeting, or returns the one that was made for the same `ClientRequestToken`.
    ///
    /// # Errors
    /// Why there is no meeting; see [`ControlError`].
    pub async fn create_meeting(
        &self,
        now: Moment,
        caller: &Caller,
        request: CreateMeetingRequest,
    ) -> Result<Meeting, ControlError> {
        let caller = caller.clone();
        let record =
            self.change(now, move |mut scene| scene.create_meeting(&caller, request)).await?;
        Ok(self.show_meeting(&record))
    }

    /// Makes a meeting and its first attendees, all or, where a single attendee is refused, the others.
    ///
    /// # Errors
    /// Why there is no meeting; see [`ControlError`].
    pub async fn create_meeting_with_attendees(
        &self,
        now: Moment,
        caller: &Caller,
        request: CreateMeetingWithAttendeesRequest,
    ) -> Result<CreateMeetingWithAttendeesResponse, ControlError> {
        let caller = caller.clone();
        let (record, placed) = self
            .change(now, move |mut scene| scene.create_meeting_with_attendees(&caller, request))
            .await?;
        let BatchCreateAttendeeResponse { attendees, errors } =
            attendees::show_batch(&record, placed);
        let meeting = self.show_meeting(&record);
        Ok(CreateMeetingWithAttendeesResponse { meeting, attendees, errors })
    }

    /// Returns a meeting.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`].
    pub fn get_meeting(&self, caller: &Caller, id: MeetingId) -> Result<Meeting, ControlError> {
        let directory = self.shared.directory();
        Ok(self.show_meeting(&directory.owned(&caller.account, id)?.record))
    }

    /// Ends a meeting at once, and with it every attendee.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], or why nothing could be written.
    pub async fn delete_meeting(
        &self,
        now: Moment,
        caller: &Caller,
        id: MeetingId,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        self.change(now, move |scene| scene.delete_meeting(&account, id)).await
    }

    /// Says whose join token this is, from memory and without waiting.
    ///
    /// A forged token is told by its signature, in constant time and before anything is looked up.
    ///
    /// # Errors
    /// Why the token opens nothing.
    pub fn admit(&self, token: &str) -> Result<Admission, AdmissionError> {
        let directory = self.shared.directory();
        let (key, meeting, attendee) =
            directory.keys().open(token).ok_or(AdmissionError::BadToken)?;
        let entry = directory.meeting(meeting).ok_or(AdmissionError::MeetingEnded)?;
        // Whoever got hold of another key than the meeting's cannot make tokens for it.
        if entry.record.key.number != key {
            return Err(AdmissionError::BadToken);
        }
        let attendee = entry.attendee(attendee).ok_or(AdmissionError::AttendeeRemoved)?;
        let lock = entry.state.lock.as_ref();
        if lock.is_some_and(|lock| !lock.inside.contains(&attendee.attendee_id)) {
            return Err(AdmissionError::MeetingLocked);
        }
        Ok(Admission {
            meeting: Arc::clone(&entry.record),
            attendee: Arc::clone(attendee),
            transcription: entry.state.transcription.clone(),
        })
    }

    /// Finds an attendee, whoever owns its meeting, from memory and without waiting.
    #[must_use]
    pub fn find(&self, meeting: MeetingId, attendee: AttendeeId) -> Option<Admission> {
        let directory = self.shared.directory();
        let entry = directory.meeting(meeting)?;
        let attendee = Arc::clone(entry.attendee(attendee)?);
        let transcription = entry.state.transcription.clone();
        Some(Admission { meeting: Arc::clone(&entry.record), attendee, transcription })
    }

    /// Returns what a meeting was made with, whoever owns it, from memory and without waiting.
    #[must_use]
    pub fn meeting_record(&self, meeting: MeetingId) -> Option<Arc<MeetingRecord>> {
        self.shared.directory().meeting(meeting).map(|entry| Arc::clone(&entry.record))
    }

    /// Lets those hear of it who want to; it never waits, and counts as lost what finds no room.
    pub fn note(&self, notice: Notice) {
        if self.shared.rules.events.are_silent() {
            return;
        }
        let gauge = &self.shared.outbox;
        gauge.expect_notice();
        if self.chores.try_send(Chore::Notice(notice)).is_err() {
            gauge.settle_notices(1);
            gauge.lose(1);
        }
    }

    /// Returns a handle for those who deliver events.
    #[must_use]
    pub fn postbox(&self) -> Postbox {
        Postbox::new(self.tasks.clone(), self.chores.clone(), Arc::clone(&self.shared))
    }

    /// Notes who is connected to a meeting; to be called whenever that changes.
    pub fn report_presence(&self, now: Instant, meeting: MeetingId, connected: Connected) {
        if let Some(entry) = self.shared.directory_mut().meeting_mut(meeting) {
            entry.life.set_connected(now, connected);
        }
    }

    /// Notes whether something is shared in a meeting that nobody else watches; to be called whenever that changes.
    pub fn report_unwatched(&self, now: Instant, meeting: MeetingId, is_unwatched: bool) {
        if let Some(entry) = self.shared.directory_mut().meeting_mut(meeting) {
            entry.life.set_unwatched(now, is_unwatched);
        }
    }

    /// Ends the meetings whose time is over and returns how many; to be called every few seconds.
    ///
    /// # Errors
    /// Why nothing could be written; the next call tries again.
    pub async fn expire(&self, now: Moment) -> Result<usize, ControlError> {
        self.change(now, |scene| Ok(scene.expire())).await
    }

    /// Returns the name of the media region that this service is.
    #[must_use]
    pub fn home_region(&self) -> &str {
        self.shared.rules.placement.home_region()
    }

    /// Returns whether a meeting is alive, whoever owns it.
    #[must_use]
    pub fn is_alive(&self, meeting: MeetingId) -> bool {
        self.shared.directory().meeting(meeting).is_some()
    }

    /// Returns how many meetings are alive.
    #[must_use]
    pub fn meetings_alive(&self) -> usize {
        self.shared.directory().meetings().len()
    }

    async fn change<T: Send + 'static>(
        &self,
        now: Moment,
        decide: impl FnOnce(Scene<'_>) -> Result<Decision<T>, ControlError> + Send + 'static,
    ) -> Result<T, ControlError> {
        let (write, answer) = Pending::boxed(now, decide);
        self.tasks.try_send(Task::Write(write)).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => ControlError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => ControlError::Closed,
        })?;
        answer.await.map_err(|_| ControlError::Closed)?
    }

    fn show_meeting(&self, record: &MeetingRecord) -> Meeting {
        let MeetingRecord { meeting_id, owner, request, .. } = record;
        Meeting {
            meeting_id: *meeting_id,
            meeting_host_id: request.meeting_host_id.clone(),
            external_meeting_id: request.external_meeting_id.clone(),
            media_region: request.media_region.clone(),
            media_placement: self.shared.rules.placement.place(*meeting_id),
            meeting_features: request.meeting_features,
            primary_meeting_id: request.primary_meeting_id.clone(),
            tenant_ids: request.tenant_ids.clone(),
            meeting_arn: MeetingArn::new(owner, *meeting_id),
        }
    }
}

#[cfg(test)]
mod tests;
