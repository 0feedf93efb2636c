//! The control plane's front: one method per operation.

mod live;
mod lock;
mod tags;
mod transcription;

use std::{num::NonZeroUsize, sync::Arc, time::Instant};

use carillon_types::{
    Attendee, AttendeeId, Caller, CreateAttendeeError, Meeting, MeetingArn, MeetingId,
    api::{
        BatchCreateAttendeeRequest, BatchCreateAttendeeResponse,
        BatchUpdateAttendeeCapabilitiesExceptRequest, CreateMeetingRequest,
        CreateMeetingWithAttendeesRequest, CreateMeetingWithAttendeesResponse,
        ListAttendeesRequest, ListAttendeesResponse, NewAttendee,
        UpdateAttendeeCapabilitiesRequest,
    },
};
use rand::{Rng, rngs::StdRng};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use crate::{
    admission::{Admission, AdmissionError},
    config::ControlConfig,
    decision::{Decision, Placed, Rules, Scene},
    directory::Directory,
    error::ControlError,
    event::ControlEvent,
    key_ring::TokenKey,
    lifetime::Connected,
    moment::Moment,
    notice::Notice,
    outbox::Outbox,
    page,
    postbox::{Chore, Postbox, WAITING_CHORES},
    record::{AttendeeRecord, MeetingRecord},
    seal::SealKey,
    store::{SqliteStore, Store, StoreError},
    token,
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
        let ControlConfig { store, placement, quotas, lifetime, key_life, transcription, events } =
            config;
        let rules = Rules { placement, quotas, lifetime, key_life, transcription, events };
        Self::on(SqliteStore::at(store)?, rules, now, chance).await
    }

    /// Opens any store.
    pub(crate) async fn on<S: Store>(
        mut store: S,
        rules: Rules,
        now: Moment,
        mut chance: StdRng,
    ) -> Result<Self, StoreError> {
        let first_key = TokenKey::first(now.wall, SealKey::from_bytes(chance.random()));
        let snapshot = store.load(&first_key).await?;
        let directory = Directory::restore(snapshot.meetings, snapshot.keys, now);
        let outbox = Outbox::restore(rules.events.clone(), snapshot.waiting);
        let shared = Arc::new(Shared::new(rules, directory));
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
        let BatchCreateAttendeeResponse { attendees, errors } = show_batch(&record, placed);
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

    /// Makes an attendee, or returns the one that was made for the same `ExternalUserId`.
    ///
    /// # Errors
    /// Why there is no attendee; see [`ControlError`].
    pub async fn create_attendee(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        wish: NewAttendee,
    ) -> Result<Attendee, ControlError> {
        let account = caller.account.clone();
        let (meeting, record) = self
            .change(now, move |mut scene| {
                let record = scene.meeting(&account, meeting)?;
                Ok(scene.create_attendee(&account, meeting, &wish)?.beside(record))
            })
            .await?;
        Ok(show_attendee(&meeting, &record))
    }

    /// Makes several attendees; those that are refused do not keep the others out.
    ///
    /// # Errors
    /// Why there is no attendee at all; see [`ControlError`].
    pub async fn batch_create_attendee(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        request: BatchCreateAttendeeRequest,
    ) -> Result<BatchCreateAttendeeResponse, ControlError> {
        let account = caller.account.clone();
        let (meeting, placed) = self
            .change(now, move |mut scene| {
                let record = scene.meeting(&account, meeting)?;
                Ok(scene.create_attendees(&account, meeting, &request.attendees)?.beside(record))
            })
            .await?;
        Ok(show_batch(&meeting, placed))
    }

    /// Returns an attendee.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`] or [`ControlError::AttendeeNotFound`].
    pub fn get_attendee(
        &self,
        caller: &Caller,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<Attendee, ControlError> {
        let directory = self.shared.directory();
        let entry = directory.owned(&caller.account, meeting)?;
        let record = entry.attendee(attendee).ok_or(ControlError::AttendeeNotFound(attendee))?;
        Ok(show_attendee(&entry.record, record))
    }

    /// Returns a page of a meeting's attendees in the order of their creation.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`] or [`ControlError::BadPageToken`].
    pub fn list_attendees(
        &self,
        caller: &Caller,
        meeting: MeetingId,
        request: &ListAttendeesRequest,
    ) -> Result<ListAttendeesResponse, ControlError> {
        let directory = self.shared.directory();
        let entry = directory.owned(&caller.account, meeting)?;
        let after = request
            .next_token
            .as_ref()
            .map(|token| {
                let keys = directory.keys();
                keys.find(|key| page::resume_after(key, meeting, token))
                    .ok_or(ControlError::BadPageToken)
            })
            .transpose()?;
        let mut rest = entry.attendees_after(after);
        let page: Vec<_> = rest.by_ref().take(request.max_results.get()).collect();
        let next_token = page.last().filter(|_| rest.next().is_some()).map(|last| {
            page::token_after(&directory.keys().current().seal, meeting, last.sequence)
        });
        let attendees = page.into_iter().map(|record| show_attendee(&entry.record, record));
        Ok(ListAttendeesResponse { attendees: attendees.collect(), next_token })
    }

    /// Removes an attendee, whose token is worthless from then on.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], [`ControlError::AttendeeNotFound`], or why nothing could be written.
    pub async fn delete_attendee(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        self.change(now, move |scene| scene.delete_attendee(&account, meeting, attendee)).await
    }

    /// Gives an attendee other capabilities.
    ///
    /// # Errors
    /// As [`Self::delete_attendee`], and [`ControlError::FeatureConflict`].
    pub async fn update_attendee_capabilities(
        &self,
        now: Moment,
        caller: &Caller,
        (meeting, attendee): (MeetingId, AttendeeId),
        request: UpdateAttendeeCapabilitiesRequest,
    ) -> Result<Attendee, ControlError> {
        let account = caller.account.clone();
        let (meeting, record) = self
            .change(now, move |scene| {
                let record = scene.meeting(&account, meeting)?;
                let capabilities = request.capabilities;
                let updated =
                    scene.update_capabilities(&account, meeting, attendee, capabilities)?;
                Ok(updated.beside(record))
            })
            .await?;
        Ok(show_attendee(&meeting, &record))
    }

    /// Gives every attendee but the excluded other capabilities.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], [`ControlError::FeatureConflict`], or why nothing could be written.
    pub async fn batch_update_attendee_capabilities_except(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        request: BatchUpdateAttendeeCapabilitiesExceptRequest,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        let decide =
            move |scene: Scene<'_>| scene.update_capabilities_except(&account, meeting, &request);
        self.change(now, decide).await
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

/// Shows an attendee with its token, which is the same whenever it is shown.
fn show_attendee(meeting: &MeetingRecord, record: &AttendeeRecord) -> Attendee {
    Attendee {
        external_user_id: record.external_user_id.clone(),
        attendee_id: record.attendee_id,
        join_token: token::issue(&meeting.key.seal, meeting.meeting_id, record.attendee_id),
        capabilities: record.capabilities,
    }
}

fn show_batch(meeting: &MeetingRecord, placed: Vec<Placed>) -> BatchCreateAttendeeResponse {
    let mut response = BatchCreateAttendeeResponse::default();
    for outcome in placed {
        match outcome {
            Ok(record) => response.attendees.push(show_attendee(meeting, &record)),
            Err((external_user_id, error)) => response.errors.push(CreateAttendeeError {
                external_user_id,
                error_code: error.kind(),
                error_message: error.to_string(),
            }),
        }
    }
    response
}

#[cfg(test)]
mod tests;
