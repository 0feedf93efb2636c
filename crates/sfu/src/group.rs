//! The layers of one picture, and those who see it.

mod steps;

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use carillon_frame::SeqNo;
use tracing::debug;

use crate::media::{Media, SourcePacket};
use crate::source::{Live, Source, SourceId};
use crate::subscription::{Step, Subscription, SubscriptionId};

/// The sources that show one picture in several qualities, with all their subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The lowest quality first.
    sources: Vec<Source>,
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
}

impl Group {
    /// A group of a source that nobody has published yet.
    pub(crate) fn of(source: SourceId) -> Self {
        Self { sources: vec![Source::new(source)], subscriptions: BTreeMap::new() }
    }

    pub(crate) fn source_ids(&self) -> impl Iterator<Item = SourceId> {
        self.sources.iter().map(|source| source.id)
    }

    pub(crate) fn subscription_ids(&self) -> impl Iterator<Item = SubscriptionId> {
        self.subscriptions.keys().copied()
    }

    pub(crate) fn contains(&self, id: SourceId) -> bool {
        self.source_ids().any(|member| member == id)
    }

    /// Whether nobody publishes into it and nobody wants anything of it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    pub(crate) fn live(&self, id: SourceId) -> Option<&Live> {
        self.sources.iter().find(|source| source.id == id)?.live.as_ref()
    }

    pub(crate) fn live_mut(&mut self, id: SourceId) -> Option<&mut Live> {
        live_in(&mut self.sources, id)
    }

    pub(crate) fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.get(&id)
    }

    pub(crate) fn subscription_mut(&mut self, id: SubscriptionId) -> Option<&mut Subscription> {
        self.subscriptions.get_mut(&id)
    }

    /// Takes in everything of another group.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.sources.extend(other.sources);
        self.subscriptions.extend(other.subscriptions);
    }

    /// Puts these sources, all of them members, in this order; others count as lower than they.
    pub(crate) fn order(&mut self, sources: &[SourceId]) {
        self.sources.sort_by_key(|source| sources.iter().position(|id| *id == source.id));
    }

    /// Lets packets of a member through from here on.
    pub(crate) fn publish(&mut self, now: Instant, id: SourceId) {
        if let Some(source) = self.sources.iter_mut().find(|source| source.id == id) {
            source.live = Some(Live::new(now));
        }
        self.retarget();
    }

    /// Ends a source; those who saw it wait for it to come back, or see another layer meanwhile.
    pub(crate) fn unpublish(&mut self, id: SourceId) {
        if let Some(source) = self.sources.iter_mut().find(|source| source.id == id) {
            source.live = None;
        }
        for subscription in self.subscriptions.values_mut() {
            subscription.handle_source_end(id);
        }
        self.retarget();
        self.forget_unused();
    }

    /// Adds a subscription to one of the members.
    pub(crate) fn insert(&mut self, id: SubscriptionId, subscription: Subscription) {
        self.subscriptions.insert(id, subscription);
        self.retarget();
        self.forget_unused();
    }

    /// Takes a subscription away, with what it waits for.
    pub(crate) fn remove(&mut self, id: SubscriptionId) -> Option<Subscription> {
        self.forget_waiting(id);
        let subscription = self.subscriptions.remove(&id);
        self.forget_unused();
        subscription
    }

    /// Notes that a subscription waits for no key frame.
    pub(crate) fn forget_waiting(&mut self, id: SubscriptionId) {
        for live in self.sources.iter_mut().filter_map(|source| source.live.as_mut()) {
            live.requests.forget(id);
        }
    }

    /// Notes that the viewer of a subscription wants a key frame of what it sees.
    pub(crate) fn request_key_frame(&mut self, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get(&id) else { return };
        if let Some(source) = subscription.refreshable()
            && let Some(live) = live_in(&mut self.sources, source)
        {
            live.requests.wait(id);
        }
    }

    /// Writes a packet of one of the members into `buffer` for each subscription that it goes on to.
    pub(crate) fn forward(
        &mut self,
        now: Instant,
        id: SourceId,
        packet: &SourcePacket<'_>,
        buffer: &mut Vec<u8>,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let mut media = Media::new(id, packet);
        self.watch_flow(now, &media);
        let Some(live) = live_in(&mut self.sources, media.source) else { return };
        live.handle_packet(now, &mut media);
        let (mut may_return, mut is_waited_for) = (false, live.requests.is_waited_for());
        for (id, subscription) in &mut self.subscriptions {
            match subscription.handle_packet(now, &media, &live.layers) {
                Step::Forward(header) => {
                    buffer.clear();
                    subscription.write(header, &media, buffer);
                    sink(*id, buffer);
                    may_return |= subscription.resends();
                }
                Step::WaitForKeyFrame => {
                    live.requests.wait(*id);
                    is_waited_for = true;
                }
                Step::Drop => {}
            }
        }
        if may_return || is_waited_for {
            live.keep(packet);
        } else {
            live.pass_over(&media);
        }
        if is_waited_for {
            for (id, subscription) in &mut self.subscriptions {
                if subscription.begins_with(media.source) {
                    live.begin_late(now, media.source, (*id, subscription), buffer, sink);
                }
            }
        }
    }

    /// Writes the packets that a viewer asks for again into `buffer`, one after the other.
    pub(crate) fn resend(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        lost: &[SeqNo],
        buffer: &mut Vec<u8>,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let Self { sources, subscriptions } = self;
        let Some(subscription) = subscriptions.get_mut(&id).filter(|s| s.resends()) else { return };
        for seq in lost {
            let Some(origin) = subscription.origin(*seq) else { continue };
            let live = live_in(sources, origin.source);
            let packet = live.as_ref().and_then(|live| live.recent(origin.ssrc, origin.seq));
            let Some(packet) = packet else { continue };
            let media = Media::new(origin.source, &packet);
            buffer.clear();
            if subscription.resend(now, &origin, &media, buffer).is_some() {
                sink(id, buffer);
            }
        }
    }

    /// Writes packets of padding into `buffer` for a subscription's viewer, as many as so many octets fill.
    pub(crate) fn pad(
        &mut self,
        id: SubscriptionId,
        octets: u64,
        buffer: &mut Vec<u8>,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        for _ in 0..octets.div_ceil(u64::from(u8::MAX)) {
            buffer.clear();
            if subscription.pad(u8::MAX, buffer).is_some() {
                sink(id, buffer);
            }
        }
    }

    /// Collects the sources to be asked for a key frame at this moment, and says when to look again.
    pub(crate) fn take_requests(
        &mut self,
        now: Instant,
        requests: &mut VecDeque<SourceId>,
    ) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        for Source { id, live } in &mut self.sources {
            let Some(live) = live else { continue };
            if live.requests.take_due(now) {
                debug!(source = id.0, "key frame wanted");
                requests.push_back(*id);
            }
            let timeout = live.requests.timeout(now);
            next = [next, timeout].into_iter().flatten().min();
        }
        next
    }

    /// Notes which layers arrive, and lets subscriptions fall back and return where that changes.
    fn watch_flow(&mut self, now: Instant, media: &Media<'_>) {
        let Some(live) = live_in(&mut self.sources, media.source) else { return };
        let flowed = live.flow.flows();
        let begins_picture = live.flow.handle_packet(now, media);
        let mut changed = flowed != live.flow.flows();
        if begins_picture {
            for source in self.sources.iter_mut().filter(|source| source.id != media.source) {
                let Some(live) = &mut source.live else { continue };
                let flowed = live.flow.flows();
                live.flow.handle_picture_elsewhere(now);
                changed |= flowed != live.flow.flows();
            }
        }
        if changed {
            self.retarget();
        }
    }

    /// Points every subscription at the layer that it can be shown, and asks for its key frame.
    pub(crate) fn retarget(&mut self) {
        let Self { sources, subscriptions } = self;
        for (id, subscription) in subscriptions {
            let target = best_for(sources, subscription.permitted());
            let former = subscription.aim_at(target);
            if let Some(live) = former.and_then(|former| live_in(sources, former)) {
                live.requests.forget(*id);
            }
            if subscription.awaits_key_frame()
                && let Some(live) = live_in(sources, target)
            {
                live.requests.wait(*id);
            }
        }
    }

    /// Forgets sources that nobody publishes and nobody wants.
    fn forget_unused(&mut self) {
        let Self { sources, subscriptions } = self;
        sources.retain(|source| {
            source.live.is_some() || subscriptions.values().any(|s| s.wanted() == source.id)
        });
    }
}

fn live_in(sources: &mut [Source], id: SourceId) -> Option<&mut Live> {
    sources.iter_mut().find(|source| source.id == id)?.live.as_mut()
}

/// The wanted source, or while it does not arrive the nearest that does, rather below than above.
fn best_for(sources: &[Source], wanted: SourceId) -> SourceId {
    let at = sources.iter().position(|source| source.id == wanted).unwrap_or(0);
    let (below, from_here) = sources.split_at(at);
    let stopped = from_here.first().is_none_or(|source| !source.flows());
    let mut others = below.iter().rev().chain(from_here.iter().skip(1));
    others.find(|source| stopped && source.flows()).map_or(wanted, |source| source.id)
}
