//! Tells the control plane how many attendees of each meeting are connected: meetings that nobody is in end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use carillon_control::{Connected, ControlPlane};
use carillon_media_server::{MeetingEvent, MeetingEventKind, MeetingEvents};
use carillon_signaling::{Identity, Modality};
use carillon_types::MeetingId;

use crate::clock;

/// Who is connected where.
#[derive(Debug)]
pub(crate) struct PresenceReport {
    control: ControlPlane,
    connected: Mutex<BTreeMap<MeetingId, BTreeSet<Identity>>>,
    joined: AtomicU64,
    dropped: AtomicU64,
}

impl PresenceReport {
    pub(crate) const fn new(control: ControlPlane) -> Self {
        Self {
            control,
            connected: Mutex::new(BTreeMap::new()),
            joined: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// How often somebody joined since the start.
    pub(crate) fn joined(&self) -> u64 {
        self.joined.load(Relaxed)
    }

    /// How often somebody was lost since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// How many attendees are connected to any meeting, content shares included.
    pub(crate) fn connected(&self) -> usize {
        self.lock().values().map(BTreeSet::len).sum()
    }

    /// How many meetings somebody is connected to.
    pub(crate) fn meetings(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<MeetingId, BTreeSet<Identity>>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(
        &self,
        meeting: MeetingId,
        who: Identity,
        kind: MeetingEventKind,
    ) -> Option<Connected> {
        let mut connected = self.lock();
        let people = connected.entry(meeting).or_default();
        let changed = match kind {
            MeetingEventKind::Joined => people.insert(who),
            MeetingEventKind::Left | MeetingEventKind::Dropped => people.remove(&who),
            MeetingEventKind::VideoStarted | MeetingEventKind::VideoStopped => false,
        };
        let shares = people.iter().filter(|who| who.modality == Modality::Content).count();
        let count = Connected { attendees: people.len().saturating_sub(shares), shares };
        if people.is_empty() {
            connected.remove(&meeting);
        }
        changed.then_some(count)
    }
}

impl MeetingEvents for PresenceReport {
    fn record(&self, meeting: MeetingId, event: &MeetingEvent) {
        match event.kind {
            MeetingEventKind::Joined => self.joined.fetch_add(1, Relaxed),
            MeetingEventKind::Dropped => self.dropped.fetch_add(1, Relaxed),
            MeetingEventKind::Left
            | MeetingEventKind::VideoStarted
            | MeetingEventKind::VideoStopped => 0,
        };
        if let Some(count) = self.count(meeting, event.who, event.kind) {
            self.control.report_presence(clock::now().instant, meeting, count);
        }
    }

    fn unwatched(&self, meeting: MeetingId, is_unwatched: bool) {
        self.control.report_unwatched(clock::now().instant, meeting, is_unwatched);
    }

    fn lost(&self, meeting: MeetingId) {
        let people = self.lock().remove(&meeting).map_or(0, |people| people.len());
        self.dropped.fetch_add(u64::try_from(people).unwrap_or(u64::MAX), Relaxed);
        self.control.report_presence(clock::now().instant, meeting, Connected::default());
    }
}
