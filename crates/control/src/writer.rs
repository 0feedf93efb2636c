//! The one writer: it decides, waits until the change is durable, applies it and tells of it.
//!
//! Requests hand it their decision and wait for the answer.
//! It runs as a task of its own, so a caller that goes away cannot leave memory and store different.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Instant,
};

use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};

use crate::{
    announcement::Announcement,
    decision::{Decision, Rules, Scene},
    directory::Directory,
    error::ControlError,
    event::{Change, ControlEvent},
    moment::Moment,
    outbox::{Outbox, OutboxChange, Posting, Search},
    postbox::{Chore, OutboxGauge, WAITING_CHORES},
    store::{Revision, Store, StoreError},
};

/// How many chores go into one commit, at most; they delay a change that they go along with by about a millisecond.
///
/// At twice as many, twice that; at half as many, a burst of notices takes twice as many commits.
pub(crate) const CHORES_AT_ONCE: usize = 256;

/// What the writer and the readers have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rules: Rules,
    pub(crate) outbox: OutboxGauge,
    directory: RwLock<Directory>,
    subscribers: Mutex<Vec<mpsc::Sender<ControlEvent>>>,
}

impl Shared {
    pub(crate) fn new(rules: Rules, directory: Directory) -> Self {
        Self {
            rules,
            outbox: OutboxGauge::default(),
            directory: RwLock::new(directory),
            subscribers: Mutex::default(),
        }
    }

    // A panic under one of these locks leaves whole records behind: each change is one insert or remove.

    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscribe(&self, subscriber: mpsc::Sender<ControlEvent>) {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(subscriber);
    }

    /// Returns those who still listen.
    fn listening(&self) -> Vec<mpsc::Sender<ControlEvent>> {
        let mut all = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|subscriber| !subscriber.is_closed());
        all.clone()
    }
}

/// What the writer is asked to do.
pub(crate) enum Task {
    /// One change.
    Write(Box<dyn Write>),
    /// A look at what is to be told.
    Read(Read),
    /// The end of all changes; it says when the store is closed.
    Close(oneshot::Sender<()>),
}

/// A look at what is to be told.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) search: Search,
    pub(crate) answer: oneshot::Sender<Result<Vec<Posting>, StoreError>>,
}

/// What goes into one commit.
#[derive(Debug)]
struct Batch {
    /// When the changes were asked for, if there are any.
    now: Option<Instant>,
    events: Vec<ControlEvent>,
    outbox: OutboxChange,
    /// The chores that all this comes from.
    chores: Vec<Chore>,
}

impl Batch {
    fn notices(&self) -> usize {
        self.chores.iter().filter(|chore| matches!(chore, Chore::Notice(_))).count()
    }

    fn receipts(&self) -> usize {
        self.chores.len().saturating_sub(self.notices())
    }
}

/// A request under way, whatever its answer looks like.
pub(crate) trait Write: Send {
    fn now(&self) -> Moment;
    /// Decides; the events are to be made durable.
    fn decide(&mut self, scene: Scene<'_>) -> Vec<ControlEvent>;
    /// Answers, now that the events are durable or are not.
    fn conclude(self: Box<Self>, stored: Result<(), StoreError>);
}

/// A request under way.
pub(crate) struct Pending<T, F> {
    now: Moment,
    decide: Option<F>,
    answer: Result<T, ControlError>,
    caller: oneshot::Sender<Result<T, ControlError>>,
}

impl<T, F> Pending<T, F>
where
    T: Send + 'static,
    F: FnOnce(Scene<'_>) -> Result<Decision<T>, ControlError> + Send + 'static,
{
    /// Returns the request and the place where its answer will be.
    pub(crate) fn boxed(
        now: Moment,
        decide: F,
    ) -> (Box<dyn Write>, oneshot::Receiver<Result<T, ControlError>>) {
        let (caller, answer) = oneshot::channel();
        let pending = Self { now, decide: Some(decide), answer: Err(ControlError::Closed), caller };
        (Box::new(pending), answer)
    }
}

impl<T, F> Write for Pending<T, F>
where
    T: Send,
    F: FnOnce(Scene<'_>) -> Result<Decision<T>, ControlError> + Send,
{
    fn now(&self) -> Moment {
        self.now
    }

    fn decide(&mut self, scene: Scene<'_>) -> Vec<ControlEvent> {
        match self.decide.take().map(|decide| decide(scene)) {
            Some(Ok(Decision { events, answer })) => {
                self.answer = Ok(answer);
                events
            }
            Some(Err(error)) => {
                self.answer = Err(error);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn conclude(self: Box<Self>, stored: Result<(), StoreError>) {
        let answer = stored.map_err(Into::into).and(self.answer);
        // A caller that went away needs no answer; what it asked for is done.
        drop(self.caller.send(answer));
    }
}

/// The owner of the store.
#[derive(Debug)]
pub(crate) struct Writer<S> {
    store: S,
    shared: Arc<Shared>,
    chance: StdRng,
    revision: Revision,
    outbox: Outbox,
    /// Chores that are to go into the next commit.
    backlog: Vec<Chore>,
    /// What may have become durable or not, because its commit failed.
    uncertain: Option<Batch>,
}

impl<S: Store> Writer<S> {
    pub(crate) fn new(
        (store, revision): (S, Revision),
        shared: Arc<Shared>,
        chance: StdRng,
        outbox: Outbox,
    ) -> Self {
        shared.outbox.set_stored(outbox.len(), outbox.last());
        let backlog = Vec::new();
        Self { store, shared, chance, revision, outbox, backlog, uncertain: None }
    }

    /// Works until told to close, or until nobody is left who could ask.
    pub(crate) async fn run(
        mut self,
        mut tasks: mpsc::Receiver<Task>,
        mut chores: mpsc::Receiver<Chore>,
    ) {
        loop {
            let room = CHORES_AT_ONCE.saturating_sub(self.backlog.len());
            // Both branches are cancel-safe: what is not received stays where it is.
            tokio::select! {
                task = tasks.recv() => match task {
                    Some(Task::Write(write)) => self.perform(write, &mut chores).await,
                    Some(Task::Read(read)) => self.read(read).await,
                    Some(Task::Close(done)) => {
                        self.close(chores).await;
                        if done.send(()).is_err() {
                            tracing::debug!("nobody waited for the store to close");
                        }
                        return;
                    }
                    None => return self.close(chores).await,
                },
                1.. = chores.recv_many(&mut self.backlog, room), if room > 0 => {
                    if self.is_house_kept_now() {
                        self.keep_house().await;
                    }
                }
            }
        }
    }

    async fn perform(&mut self, mut write: Box<dyn Write>, chores: &mut mpsc::Receiver<Chore>) {
        if let Err(error) = self.settle().await {
            return write.conclude(Err(error));
        }
        let now = write.now();
        let events = write.decide(Scene {
            now,
            directory: &self.shared.directory(),
            rules: &self.shared.rules,
            chance: &mut self.chance,
        });
        if events.is_empty() {
            write.conclude(Ok(()));
            return self.keep_house().await;
        }
        // What was to be written anyway goes along: one commit costs as much as two halves of it.
        while self.backlog.len() < CHORES_AT_ONCE
            && let Ok(chore) = chores.try_recv()
        {
            self.backlog.push(chore);
        }
        let batch = self.plan(Some(now.instant), events);
        let stored = self.commit(batch).await;
        if let Err(error) = &stored {
            let source = std::error::Error::source(error);
            tracing::error!(%error, source = ?source, "a change was not stored");
        }
        write.conclude(stored);
    }

    /// Says whether the chores that wait are worth a commit of their own.
    ///
    /// Receipts are not: written late, they make an event arrive twice after a crash, and written at once, they would
    /// hold up the change after the one they are about. The next change takes them along, or [`Self::perform`] does
    /// when there is nothing to change, as it is told every few seconds.
    fn is_house_kept_now(&self) -> bool {
        self.backlog.len() >= CHORES_AT_ONCE
            || self.backlog.iter().any(|chore| matches!(chore, Chore::Notice(_)))
    }

    /// Writes the chores that wait; those that cannot be written wait for the next occasion.
    async fn keep_house(&mut self) {
        let wrote = match self.settle().await {
            Ok(()) if self.backlog.is_empty() => Ok(()),
            Ok(()) => {
                let batch = self.plan(None, Vec::new());
                self.commit(batch).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = wrote {
            let source = std::error::Error::source(&error);
            tracing::warn!(%error, source = ?source, "events are not stored for the time being");
        }
    }

    async fn read(&mut self, Read { search, answer }: Read) {
        // Whoever asked and went away will ask again.
        drop(answer.send(self.store.postings(&search).await));
    }

    async fn close(mut self, mut chores: mpsc::Receiver<Chore>) {
        chores.close();
        // As many rounds as chores may wait, and one for those that wait already.
        for _ in 0..=WAITING_CHORES.div_ceil(CHORES_AT_ONCE) {
            let room = CHORES_AT_ONCE.saturating_sub(self.backlog.len());
            chores.recv_many(&mut self.backlog, room).await;
            self.keep_house().await;
        }
        self.store.close().await;
    }

    /// Plans what to write: the chores that wait, and after them the changes.
    fn plan(&mut self, now: Option<Instant>, events: Vec<ControlEvent>) -> Batch {
        let chores = std::mem::take(&mut self.backlog);
        let (mut announcements, mut done) = (Vec::new(), Vec::new());
        for chore in &chores {
            match chore {
                Chore::Notice(notice) => announcements.extend(Announcement::of_notice(notice)),
                Chore::Done(name) => done.push(name.clone()),
            }
        }
        if !self.shared.rules.events.are_silent() {
            announcements.extend(events.iter().filter_map(Announcement::of_change));
        }
        let outbox = self.outbox.plan(&announcements, done, &mut self.chance);
        Batch { now, events, outbox, chores }
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        if batch.events.is_empty() && batch.outbox.is_empty() {
            self.shared.outbox.settle_notices(batch.notices());
            return Ok(());
        }
        match self.store.commit(self.revision, &batch.events, &batch.outbox).await {
            Ok(()) => {
                self.accept(batch).await;
                Ok(())
            }
            // It has surely written nothing, and the revision is then another's.
            Err(error @ StoreError::Fenced) => {
                self.put_back(batch.chores);
                Err(error)
            }
            Err(
                error @ (StoreError::Full(_) | StoreError::Unavailable(_) | StoreError::Broken(_)),
            ) => {
                self.uncertain = Some(batch);
                Err(error)
            }
        }
    }

    /// Finds out what became of a commit that failed: some failures come after the change is durable.
    async fn settle(&mut self) -> Result<(), StoreError> {
        if self.uncertain.is_none() {
            return Ok(());
        }
        let revision = self.store.revision().await?;
        if revision == self.revision.next() {
            if let Some(batch) = self.uncertain.take() {
                self.accept(batch).await;
            }
        } else if revision == self.revision {
            let batch = self.uncertain.take();
            self.put_back(batch.map(|batch| batch.chores).unwrap_or_default());
        } else {
            return Err(StoreError::Fenced);
        }
        Ok(())
    }

    /// Lets chores wait again, before those that came after them.
    fn put_back(&mut self, mut chores: Vec<Chore>) {
        chores.append(&mut self.backlog);
        self.backlog = chores;
    }

    /// Applies and tells what is durable.
    async fn accept(&mut self, batch: Batch) {
        self.revision = self.revision.next();
        if let Some(now) = batch.now {
            let mut directory = self.shared.directory_mut();
            for event in &batch.events {
                directory.apply(now, event);
            }
        }
        self.outbox.accept(&batch.outbox);
        let gauge = &self.shared.outbox;
        gauge.settle_receipts(batch.receipts());
        gauge.set_stored(self.outbox.len(), self.outbox.last());
        gauge.settle_notices(batch.notices());
        gauge.lose(batch.outbox.lost());
        let listening = self.shared.listening();
        for event in &batch.events {
            if event.change == Change::MeetingCreated {
                self.outbox.check(&event.meeting);
            }
            for subscriber in &listening {
                // When a subscriber's queue is full, changes wait until it has room: it misses nothing.
                drop(subscriber.send(event.clone()).await);
            }
        }
    }
}
