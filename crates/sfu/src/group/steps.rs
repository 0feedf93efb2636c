//! What a subscription could be sent of its group, and what becomes of it by its share.

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;

use super::Group;
use crate::allocation::{Demand, Grant, Shown};
use crate::layers::LayerRates;
use crate::source::SourceId;
use crate::subscription::{Subscription, SubscriptionId};

/// How long the only layer of a picture goes on although it is more than its share.
///
/// Its publisher is asked for less at once and follows within a second; longer would let the sound suffer that shares
/// the path.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one subscription could be sent, in ascending quality.
#[derive(Debug)]
pub(crate) enum Steps {
    /// The layers of a scalable stream.
    Scalable(Vec<Bitrate>),
    /// Simulcast layers, or the only one there is.
    Simulcast(Vec<(SourceId, Bitrate)>),
}

impl Group {
    /// What a subscription could be sent of what it wants; nothing while none of it arrives.
    pub(crate) fn steps(&self, now: Instant, id: SubscriptionId) -> Option<Steps> {
        let subscription = self.subscriptions.get(&id).filter(|known| known.is_wanting())?;
        let wanted = subscription.wanted();
        let at = self.sources.iter().position(|source| source.id == wanted)?;
        let arriving =
            self.sources.iter().take(at.saturating_add(1)).filter(|source| source.flows());
        let layers: Vec<_> =
            arriving.filter_map(|source| Some((source.id, source.live.as_ref()?))).collect();
        let scalable = match layers.as_slice() {
            [] => return None,
            [(_, only)] => only.layers.rates().map(LayerRates::ascending),
            [_, _, ..] => None,
        };
        if let Some(rates) = scalable.filter(|rates| rates.len() > 1) {
            return Some(Steps::Scalable(rates));
        }
        let measured = layers.iter().map(|(id, live)| (*id, live.meter.bitrate(now)));
        Some(Steps::Simulcast(measured.collect()))
    }

    /// The steps as a demand for bitrate.
    pub(crate) fn demand(
        &self,
        id: SubscriptionId,
        priority: u32,
        steps: &Steps,
    ) -> Option<Demand> {
        let subscription = self.subscriptions.get(&id)?;
        let current = match (subscription.shown(), steps) {
            (Shown::HeldBack, _) => 0,
            (Shown::Yes, Steps::Scalable(rates)) => {
                let limit = subscription.layer_bitrate();
                rates.iter().filter(|rate| limit.is_none_or(|limit| **rate <= limit)).count()
            }
            (Shown::Yes, Steps::Simulcast(layers)) => {
                let permitted = subscription.permitted();
                let at = layers.iter().position(|(layer, _)| *layer == permitted);
                at.map_or(layers.len(), |at| at.saturating_add(1))
            }
        };
        let steps = match steps {
            Steps::Scalable(rates) => rates.clone(),
            Steps::Simulcast(layers) => layers.iter().map(|(_, rate)| *rate).collect(),
        };
        Some(Demand { priority, steps, current })
    }

    /// Holds a subscription to what it was granted.
    pub(crate) fn grant(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        steps: &Steps,
        grant: Grant,
    ) -> Shown {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return Shown::Yes };
        let shown = match steps {
            Steps::Scalable(_) if grant.steps == 0 => Shown::HeldBack,
            Steps::Scalable(_) => {
                subscription.set_layer_bitrate(Some(grant.share));
                Shown::Yes
            }
            Steps::Simulcast(layers) => simulcast(now, subscription, layers.len(), grant),
        };
        let ceiling = match steps {
            Steps::Scalable(_) => None,
            Steps::Simulcast(layers) => {
                let best =
                    layers.get(grant.steps.max(1).saturating_sub(1)).map(|(layer, _)| *layer);
                best.filter(|best| *best != subscription.wanted())
            }
        };
        self.permit(id, shown, ceiling);
        shown
    }

    /// Lets a subscription have everything it wants.
    pub(crate) fn lift(&mut self, id: SubscriptionId) {
        if let Some(subscription) = self.subscriptions.get_mut(&id) {
            subscription.set_layer_bitrate(None);
            subscription.is_within_share();
            self.permit(id, Shown::Yes, None);
        }
    }

    fn permit(&mut self, id: SubscriptionId, shown: Shown, ceiling: Option<SourceId>) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let before = (subscription.shown(), subscription.permitted());
        subscription.permit(shown, ceiling);
        if before == (subscription.shown(), subscription.permitted()) {
            return;
        }
        let target = subscription.permitted();
        tracing::debug!(subscription = id.0, ?shown, layer = target.0, "share changed");
        self.forget_waiting(id);
        self.retarget();
    }
}

/// A picture that is sent in one quality only goes on for a while above its share, until its publisher sends less.
fn simulcast(now: Instant, subscription: &mut Subscription, layers: usize, grant: Grant) -> Shown {
    if grant.steps > 0 {
        subscription.is_within_share();
        return Shown::Yes;
    }
    let is_only = layers == 1 && subscription.shown() == Shown::Yes;
    if is_only && subscription.time_above_share(now) < PATIENCE {
        Shown::Yes
    } else {
        Shown::HeldBack
    }
}
