//! Durable state: the one asynchronous part, and the only one that knows a database.

#[cfg(test)]
pub(crate) mod conformance;
mod sqlite;

use std::sync::Arc;

use carillon_types::WallTime;

use crate::{
    boot::Boot,
    event::ControlEvent,
    event_rules::TargetName,
    key_ring::TokenKey,
    moment::Moment,
    outbox::{OutboxChange, Posting, Search, Waiting},
    record::{AttendeeRecord, MeetingRecord, MeetingState},
};

pub(crate) use sqlite::SqliteStore;

/// Why state was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The medium is full; make room, the next write goes through.
    #[error("the store has no room")]
    Full(#[source] BoxError),
    /// The medium cannot be reached or written at present; the next write tries again.
    #[error("the store cannot be used at present")]
    Unavailable(#[source] BoxError),
    /// Another process writes to the same store; stop one of them.
    #[error("another process has written to the store")]
    Fenced,
    /// The content makes no sense, or the store was asked for something impossible; report it.
    #[error("the store is broken")]
    Broken(#[source] BoxError),
}

/// The lower cause of a [`StoreError`], whatever database it comes from.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How many commits a store has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Revision(i64);

impl Revision {
    /// Returns the revision after one more commit.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Everything that is alive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The revision of this state.
    pub(crate) revision: Revision,
    /// The keys with which the service signs.
    pub(crate) keys: Vec<Arc<TokenKey>>,
    /// The meetings, each as it is and with its attendees in the order of creation.
    pub(crate) meetings: Vec<(MeetingRecord, MeetingState, Vec<AttendeeRecord>)>,
    /// What others are still to be told.
    pub(crate) waiting: Vec<Waiting>,
}

/// A place where state survives the process.
///
/// Each method may be called again after it failed; an implementation heals itself if it can.
pub(crate) trait Store: Send + 'static {
    /// Reads everything; a store without a key keeps this one as its first.
    ///
    /// What was written in another run of the machine is as old as the wall clock says, and is told by this one's
    /// clock from now on.
    /// Before that, every meeting enters its next life, durably: once for each call, so for a call that failed as well.
    fn load(
        &mut self,
        first_key: &TokenKey,
        boot: &Boot,
        now: Moment,
    ) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Writes all events and the change of the outbox, or nothing, and returns once they are durable.
    ///
    /// It writes only if the store's revision is `after`, and then counts it up; after an error, the
    /// events may have been written all the same, which [`Store::revision`] tells.
    fn commit(
        &mut self,
        after: Revision,
        events: &[ControlEvent],
        outbox: &OutboxChange,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns events that wait, in the order of their numbers.
    fn postings(
        &mut self,
        search: &Search,
    ) -> impl Future<Output = Result<Vec<Posting>, StoreError>> + Send;

    /// Forgets what waits for a target and happened before this time; returns how much that is.
    fn forget_postings(
        &mut self,
        target: &TargetName,
        before: WallTime,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Returns the revision of what is durable.
    fn revision(&mut self) -> impl Future<Output = Result<Revision, StoreError>> + Send;

    /// Releases the store.
    fn close(self) -> impl Future<Output = ()> + Send;
}
