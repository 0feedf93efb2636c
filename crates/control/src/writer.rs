//! The one writer: it decides, waits until the change is durable, applies it and tells of it.
//!
//! Requests hand it their decision and wait for the answer.
//! It runs as a task of its own, so a caller that goes away cannot leave memory and store different.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};

use crate::{
    decision::{Decision, Rules, Scene},
    directory::Directory,
    error::ControlError,
    event::ControlEvent,
    moment::Moment,
    store::{Revision, Store, StoreError},
};

/// What the writer and the readers have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) rules: Rules,
    directory: RwLock<Directory>,
    subscribers: Mutex<Vec<mpsc::Sender<ControlEvent>>>,
}

impl Shared {
    pub(crate) fn new(rules: Rules, directory: Directory) -> Self {
        Self { rules, directory: RwLock::new(directory), subscribers: Mutex::default() }
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
    /// The end of all changes; it says when the store is closed.
    Close(oneshot::Sender<()>),
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
    /// Changes of which it is not known whether they became durable, because their commit failed.
    uncertain: Option<Vec<ControlEvent>>,
}

impl<S: Store> Writer<S> {
    pub(crate) const fn new(
        store: S,
        shared: Arc<Shared>,
        chance: StdRng,
        revision: Revision,
    ) -> Self {
        Self { store, shared, chance, revision, uncertain: None }
    }

    /// Works until told to close, or until nobody is left who could ask.
    pub(crate) async fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        while let Some(task) = tasks.recv().await {
            match task {
                Task::Write(write) => self.perform(write).await,
                Task::Close(done) => {
                    self.store.close().await;
                    if done.send(()).is_err() {
                        tracing::debug!("nobody waited for the store to close");
                    }
                    return;
                }
            }
        }
        self.store.close().await;
    }

    async fn perform(&mut self, mut write: Box<dyn Write>) {
        let now = write.now();
        if let Err(error) = self.settle(now).await {
            return write.conclude(Err(error));
        }
        let events = write.decide(Scene {
            now,
            directory: &self.shared.directory(),
            rules: &self.shared.rules,
            chance: &mut self.chance,
        });
        if events.is_empty() {
            return write.conclude(Ok(()));
        }
        match self.store.commit(self.revision, &events).await {
            Ok(()) => {
                self.accept(now, events).await;
                write.conclude(Ok(()));
            }
            Err(error) => {
                tracing::error!(%error, source = ?std::error::Error::source(&error), "a change was not stored");
                // A fenced commit has surely written nothing, and the revision is then another's.
                if !matches!(error, StoreError::Fenced) {
                    self.uncertain = Some(events);
                }
                write.conclude(Err(error));
            }
        }
    }

    /// Finds out what became of a commit that failed: some failures come after the change is durable.
    async fn settle(&mut self, now: Moment) -> Result<(), StoreError> {
        if self.uncertain.is_none() {
            return Ok(());
        }
        let revision = self.store.revision().await?;
        if revision == self.revision.next() {
            let events = self.uncertain.take().unwrap_or_default();
            self.accept(now, events).await;
        } else if revision == self.revision {
            self.uncertain = None;
        } else {
            return Err(StoreError::Fenced);
        }
        Ok(())
    }

    /// Applies and tells what is durable.
    async fn accept(&mut self, now: Moment, events: Vec<ControlEvent>) {
        self.revision = self.revision.next();
        {
            let mut directory = self.shared.directory_mut();
            for event in &events {
                directory.apply(now.instant, event);
            }
        }
        let listening = self.shared.listening();
        for event in &events {
            for subscriber in &listening {
                // When a subscriber's queue is full, changes wait until it has room: it misses nothing.
                drop(subscriber.send(event.clone()).await);
            }
        }
    }
}
