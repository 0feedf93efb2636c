//! Tells others what happens in meetings: takes events out of the outbox and delivers them to their targets.
//!
//! An event stays in the outbox until its target has taken it, so it arrives at least once.
//! Each meeting's events go one after the other, and no meeting ever waits for a target.

mod courier;
mod health;
mod lane;
mod lines;
mod retry;
mod sink;
mod webhook;

use std::{sync::Arc, time::Duration};

use carillon_control::{ControlPlane, Postbox, TargetName};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    courier::Courier,
    health::{Deliveries, TargetHealth},
    lane::{Driver, Lane},
    lines::{FileLines, StdoutLines},
    sink::Sink,
    webhook::Webhook,
};
use crate::{
    clock,
    config::{DeliveryPace, EventSink, EventsConfig, EventsError},
};

/// How many events of one web server are under way at once, each with a connection of its own and always of different
/// meetings. More asks more of the server at once; fewer are slower over a long way, and wait more for one another.
const WEBHOOK_LANES: usize = 8;

/// How often a stopping service looks whether everything has arrived.
const BEAT: Duration = Duration::from_millis(20);

/// The deliveries of a running service.
#[derive(Debug)]
pub(crate) struct Notifier {
    postbox: Postbox,
    deliveries: Arc<Deliveries>,
    targets: Vec<Arc<TargetHealth>>,
    announced: watch::Sender<bool>,
}

/// What the deliveries to one target need.
struct Route<'a> {
    target: TargetName,
    health: Arc<TargetHealth>,
    pace: DeliveryPace,
    stop: &'a CancellationToken,
    tasks: &'a TaskTracker,
}

impl Notifier {
    /// Begins to deliver, until told to stop.
    pub(crate) fn start(
        config: &EventsConfig,
        control: &ControlPlane,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<Self, EventsError> {
        let mut notifier = Self {
            postbox: control.postbox(),
            deliveries: Arc::default(),
            targets: Vec::new(),
            announced: watch::Sender::new(false),
        };
        for (name, target) in &config.targets {
            let health = Arc::new(TargetHealth::new(name));
            notifier.targets.push(Arc::clone(&health));
            let target_name = TargetName::new(name);
            let route = Route { target: target_name, health, pace: config.pace, stop, tasks };
            match &target.sink {
                EventSink::Webhook(webhook) => {
                    let lanes = Webhook::lanes(name, webhook, config.pace.timeout, WEBHOOK_LANES)?;
                    notifier.spawn(route, lanes);
                }
                EventSink::File(path) => notifier.spawn(route, vec![FileLines::new(path.clone())]),
                EventSink::Stdout => {
                    let lines = StdoutLines::new(notifier.announced.subscribe());
                    notifier.spawn(route, vec![lines]);
                }
            }
        }
        Ok(notifier)
    }

    fn spawn<S: Sink>(&self, route: Route<'_>, sinks: Vec<S>) {
        let Route { target, health, pace, stop, tasks } = route;
        let (mut entrances, freed) = (Vec::with_capacity(sinks.len()), Arc::new(Notify::new()));
        for sink in sinks {
            let lane = Lane::new(Driver {
                sink,
                target: target.clone(),
                postbox: self.postbox.clone(),
                pace,
                health: Arc::clone(&health),
                deliveries: Arc::clone(&self.deliveries),
                now: clock::now,
            });
            let (entrance, postings) = lane::entrance();
            entrances.push(entrance);
            let (stop, freed) = (stop.clone(), Arc::clone(&freed));
            tasks.spawn(stop.run_until_cancelled_owned(lane.run(postings, freed)));
        }
        let courier = Courier::new(target, self.postbox.clone(), entrances, freed);
        tasks.spawn(stop.clone().run_until_cancelled_owned(courier.run()));
    }

    /// Lets events follow on standard output.
    pub(crate) fn announced(&self) {
        self.announced.send_replace(true);
    }

    /// Waits until everything has arrived, though not for a target that takes nothing, and not for ever.
    ///
    /// What has not arrived is kept with the state of the service.
    pub(crate) async fn finish(&self, patience: Duration) {
        if self.targets.is_empty() {
            return;
        }
        let finished = tokio::time::timeout(patience, async {
            let mut beat = tokio::time::interval(BEAT);
            while self.postbox.waiting() > 0 && !self.targets.iter().any(|one| one.is_failing()) {
                beat.tick().await;
            }
        });
        if finished.await.is_err() || self.postbox.waiting() > 0 {
            let waiting = self.postbox.waiting();
            tracing::warn!(waiting, "events are left for the next start");
        }
    }

    /// Counts the events that have not arrived.
    pub(crate) fn waiting(&self) -> usize {
        self.postbox.waiting()
    }

    /// Counts the events of which a target never heard because they could not be kept.
    pub(crate) fn dropped(&self) -> u64 {
        self.postbox.lost()
    }

    /// What has become of deliveries.
    pub(crate) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }
}
