//! Delivers events one after the other, each until it is taken or given up.

use std::sync::Arc;

use carillon_control::{Moment, Postbox, Posting};
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

/// Makes the way into a lane.
pub(crate) fn entrance() -> (mpsc::Sender<Posting>, mpsc::Receiver<Posting>) {
    mpsc::channel(WAITING)
}

/// A row of deliveries, of which none overtakes another.
#[derive(Debug)]
pub(crate) struct Lane<S> {
    sink: S,
    postbox: Postbox,
    pace: DeliveryPace,
    health: Arc<TargetHealth>,
    deliveries: Arc<Deliveries>,
    now: fn() -> Moment,
    chance: StdRng,
}

impl<S: Sink> Lane<S> {
    pub(crate) fn new(
        sink: S,
        postbox: Postbox,
        pace: DeliveryPace,
        (health, deliveries): (Arc<TargetHealth>, Arc<Deliveries>),
        now: fn() -> Moment,
    ) -> Self {
        Self { sink, postbox, pace, health, deliveries, now, chance: StdRng::from_os_rng() }
    }

    /// Works until nobody brings events; dropped before, it leaves what it has to the next start.
    ///
    /// Whenever there is more room in it, it tells `freed`.
    pub(crate) async fn run(mut self, mut postings: mpsc::Receiver<Posting>, freed: Arc<Notify>) {
        while let Some(posting) = postings.recv().await {
            freed.notify_one();
            self.see_through(&posting).await;
            self.postbox.done(&posting).await;
        }
    }

    /// Repeats a delivery until the event is taken or given up.
    async fn see_through(&mut self, posting: &Posting) {
        let mut patience = Patience::new(self.pace);
        let mut failing = false;
        while let Err(failure) = self.sink.deliver(posting).await {
            self.deliveries.count_failed();
            let age = (self.now)().wall.saturating_since(posting.at);
            match patience.after(&failure, age, &mut self.chance) {
                Next::Again(wait) => {
                    if !std::mem::replace(&mut failing, true) {
                        self.health.begin_failing(&failure);
                    }
                    tokio::time::sleep(wait).await;
                }
                Next::GiveUp => {
                    self.deliveries.count_given_up();
                    self.health.give_up(&failure);
                    return self.recover(failing);
                }
            }
        }
        self.deliveries.count_delivered();
        self.recover(failing);
    }

    fn recover(&self, failing: bool) {
        if failing {
            self.health.end_failing();
        }
    }
}
