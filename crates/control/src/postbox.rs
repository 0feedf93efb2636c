//! The outbox as those see it who deliver what is in it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    error::ControlError,
    notice::Notice,
    outbox::{Posting, PostingNumber, Search, Waiting},
    writer::{Read, Shared, Task},
};

/// How many notices and receipts may wait for the store; more notices are lost, more receipts hold deliveries back.
///
/// Some 256 of them go into one commit of about 4 ms, so this bridges more than a minute of a store that writes
/// nothing while meetings of some hundreds come and go, in half a megabyte.
pub(crate) const WAITING_CHORES: usize = 4096;

/// What is to be written without anybody waiting for it.
#[derive(Debug)]
pub(crate) enum Chore {
    /// Others are to be told.
    Notice(Notice),
    /// A target has been told, or is not to be told any more.
    Done(Waiting),
}

/// What the outbox amounts to, for those who look at it from other threads.
#[derive(Debug, Default)]
pub(crate) struct OutboxGauge {
    stored: AtomicUsize,
    noticed: AtomicUsize,
    received: AtomicUsize,
    lost: AtomicU64,
    news: watch::Sender<PostingNumber>,
}

impl OutboxGauge {
    /// Takes note of what the store holds.
    pub(crate) fn set_stored(&self, count: usize, last: PostingNumber) {
        self.stored.store(count, Relaxed);
        self.news.send_if_modified(|seen| std::mem::replace(seen, last) != last);
    }

    /// Takes note of a notice that is to be written.
    pub(crate) fn expect_notice(&self) {
        self.noticed.fetch_add(1, Relaxed);
    }

    /// Takes note of notices that wait no longer.
    pub(crate) fn settle_notices(&self, count: usize) {
        self.noticed.fetch_sub(count, Relaxed);
    }

    /// Takes note of receipts that are written.
    pub(crate) fn settle_receipts(&self, count: usize) {
        self.received.fetch_sub(count, Relaxed);
    }

    /// Counts events of which nobody will hear, and warns at ever greater intervals.
    pub(crate) fn lose(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let before = self.lost.fetch_add(count, Relaxed);
        let lost = before.saturating_add(count);
        if before.checked_ilog2() != lost.checked_ilog2() {
            tracing::warn!(lost, "events are lost: a target takes none, or nothing can be stored");
        }
    }
}

/// A handle on the outbox for those who deliver what is in it.
///
/// It does not keep the control plane alive.
#[derive(Clone, Debug)]
pub struct Postbox {
    tasks: mpsc::Sender<Task>,
    chores: mpsc::Sender<Chore>,
    shared: Arc<Shared>,
}

impl Postbox {
    pub(crate) const fn new(
        tasks: mpsc::Sender<Task>,
        chores: mpsc::Sender<Chore>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { tasks, chores, shared }
    }

    /// Returns the highest number that was given to an event, and changes with it.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<PostingNumber> {
        self.shared.outbox.news.subscribe()
    }

    /// Counts what has not arrived, whether it is stored already or not.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let OutboxGauge { stored, noticed, received, .. } = &self.shared.outbox;
        let known = stored.load(Relaxed).saturating_add(noticed.load(Relaxed));
        known.saturating_sub(received.load(Relaxed))
    }

    /// Counts the events of which some target never heard because they could not be kept.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.outbox.lost.load(Relaxed)
    }

    /// Returns events that wait, in the order of their numbers.
    ///
    /// Dropping the future costs nothing but the answer.
    ///
    /// # Errors
    /// Why nothing can be read at present.
    pub async fn read(&self, search: Search) -> Result<Vec<Posting>, ControlError> {
        let (answer, postings) = oneshot::channel();
        let read = Read { search, answer };
        self.tasks.send(Task::Read(read)).await.map_err(|_| ControlError::Closed)?;
        Ok(postings.await.map_err(|_| ControlError::Closed)??)
    }

    /// Takes an event out of the outbox: with the next change, or some seconds later.
    ///
    /// When it cannot be taken out before the process ends, it is delivered once more by the next one.
    pub async fn done(&self, posting: &Posting) {
        let name = (posting.target.clone(), posting.number);
        let received = &self.shared.outbox.received;
        received.fetch_add(1, Relaxed);
        if self.chores.send(Chore::Done(name)).await.is_err() {
            received.fetch_sub(1, Relaxed);
        }
    }
}
