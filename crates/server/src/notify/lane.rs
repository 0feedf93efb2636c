//! Delivers the events of some meetings, those of each one after the other.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_control::{ControlError, Moment, Postbox, Posting, PostingNumber, Search, TargetName};
use carillon_types::MeetingId;
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::sync::{Notify, mpsc};

use super::{
    health::{Deliveries, TargetHealth},
    retry::{Next, Patience},
    sink::Sink,
};
use crate::config::DeliveryPace;

/// How many events wait in a lane; when it is full, they wait in the outbox. Fewer are read more often, more lie in
/// memory to no use.
pub(super) const WAITING: usize = 16;

/// How many meetings of a lane may have an event that is repeated, before the others wait with them; a hundred bytes are
/// kept of each. More ask a target that takes nothing at all more often, fewer let a few events that it stumbles over
/// hold up the rest.
const MOST_HELD: usize = 16;

/// How long reading pauses when the store cannot be read.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Makes the way into a lane.
pub(crate) fn entrance() -> (mpsc::Sender<Posting>, mpsc::Receiver<Posting>) {
    mpsc::channel(WAITING)
}

/// Who delivers, and what is known of it.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    pub(crate) sink: S,
    pub(crate) target: TargetName,
    pub(crate) postbox: Postbox,
    pub(crate) pace: DeliveryPace,
    pub(crate) health: Arc<TargetHealth>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) now: fn() -> Moment,
}

/// A row of deliveries, of which none overtakes another of its meeting.
///
/// A meeting whose event is not taken is held, and the others go on. Of what it tells meanwhile nothing is kept here: it
/// is in the outbox, and read there when its turn comes.
#[derive(Debug)]
pub(crate) struct Lane<S> {
    driver: Driver<S>,
    chance: StdRng,
    held: BTreeMap<MeetingId, Held>,
    /// The highest number that was brought: what comes after it will be brought, too.
    brought: PostingNumber,
}

/// A meeting with an event that waits to be delivered once more, or that is behind with its events because of one.
#[derive(Debug)]
struct Held {
    /// Where its next event is to be looked for: what was before is delivered.
    next: PostingNumber,
    patience: Patience,
    /// Whether its next event has failed.
    is_failing: bool,
    due: Instant,
}

impl<S: Sink> Lane<S> {
    pub(crate) fn new(driver: Driver<S>) -> Self {
        let (chance, brought) = (StdRng::from_os_rng(), PostingNumber::default());
        Self { driver, chance, held: BTreeMap::new(), brought }
    }

    /// Works until nobody brings events; dropped before, it leaves what it has to the next start.
    ///
    /// Whenever there is more room in it, it tells `freed`.
    pub(crate) async fn run(mut self, mut postings: mpsc::Receiver<Posting>, freed: Arc<Notify>) {
        loop {
            let soonest = self.held.iter().map(|(meeting, held)| (held.due, *meeting)).min();
            let due = async {
                let Some((due, meeting)) = soonest else { return pending().await };
                tokio::time::sleep_until(due.into()).await;
                meeting
            };
            // Both branches are cancel-safe: what is not received stays where it is.
            tokio::select! {
                meeting = due => if self.go_on(meeting).await.is_err() { return },
                posting = postings.recv(), if self.held.len() < MOST_HELD => {
                    let Some(posting) = posting else { return };
                    freed.notify_one();
                    self.take(posting).await;
                }
            }
        }
    }

    /// Delivers an event that was brought, unless an earlier one of its meeting comes first.
    async fn take(&mut self, posting: Posting) {
        self.brought = posting.number;
        if self.held.contains_key(&posting.meeting) {
            return;
        }
        let mut held = Held {
            next: posting.number,
            patience: Patience::new(self.driver.pace),
            is_failing: false,
            due: (self.driver.now)().instant,
        };
        if !self.attempt(&posting, &mut held).await {
            self.held.insert(posting.meeting, held);
        }
    }

    /// Delivers the next event of a meeting that is held, until there is none any more.
    ///
    /// # Errors
    /// When the control plane has ended.
    async fn go_on(&mut self, meeting: MeetingId) -> Result<(), ControlError> {
        let Some(mut held) = self.held.remove(&meeting) else { return Ok(()) };
        let target = self.driver.target.clone();
        let numbers = held.next..=self.brought;
        let search = Search { target, meeting: Some(meeting), numbers, most: 1 };
        match self.driver.postbox.read(search).await {
            Ok(page) => match page.first() {
                Some(posting) => {
                    self.attempt(posting, &mut held).await;
                }
                // It is no longer behind, or what failed has given way to later events.
                None => {
                    self.recover(&mut held);
                    return Ok(());
                }
            },
            Err(ControlError::Closed) => return Err(ControlError::Closed),
            Err(error) => {
                tracing::warn!(%error, "an event cannot be read");
                held.due = self.after(PAUSE);
            }
        }
        self.held.insert(meeting, held);
        Ok(())
    }

    /// Tries to deliver an event, and says whether it is taken or given up; if not, its meeting has to wait.
    async fn attempt(&mut self, posting: &Posting, held: &mut Held) -> bool {
        let delivered = self.driver.sink.deliver(posting).await;
        let Driver { deliveries, health, now, pace, .. } = &self.driver;
        if let Err(failure) = delivered {
            deliveries.count_failed();
            let age = now().wall.saturating_since(posting.at);
            match held.patience.after(&failure, age, &mut self.chance) {
                Next::Again(wait) => {
                    if !std::mem::replace(&mut held.is_failing, true) {
                        health.begin_failing(&failure);
                    }
                    held.due = self.after(wait);
                    if failure.is_about_all() {
                        tokio::time::sleep(wait).await;
                    }
                    return false;
                }
                Next::GiveUp => {
                    deliveries.count_given_up();
                    health.give_up(&failure);
                }
            }
        } else {
            deliveries.count_delivered();
        }
        held.next = posting.number.next();
        held.patience = Patience::new(*pace);
        held.due = now().instant;
        self.recover(held);
        self.driver.postbox.done(posting).await;
        true
    }

    fn recover(&self, held: &mut Held) {
        if std::mem::take(&mut held.is_failing) {
            self.driver.health.end_failing();
        }
    }

    fn after(&self, wait: Duration) -> Instant {
        let now = (self.driver.now)().instant;
        now.checked_add(wait).unwrap_or(now)
    }
}
