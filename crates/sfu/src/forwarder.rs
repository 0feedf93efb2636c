//! Packets in, packets out: the engine that a meeting drives.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use carillon_frame::{Bitrate, SeqNo};
use carillon_rtp::rtcp::SenderReport;
use tracing::debug;

use crate::allocation::{self, Claim, Share};
use crate::clock::SenderClock;
use crate::group::Group;
use crate::media::SourcePacket;
use crate::resend::Retransmission;
use crate::selection::{LayerLimit, UpTo};
use crate::source::SourceId;
use crate::subscription::{Subscription, SubscriptionConfig, SubscriptionId, SubscriptionState};

/// What the meeting must do next; [`Timeout`](Self::Timeout) means drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask the publisher for a key frame of this source, which is one layer of its picture.
    RequestKeyFrame(SourceId),
    /// Call [`Forwarder::handle_timeout`] then, if there is a time.
    Timeout(Option<Instant>),
}

/// The number of a group, for as long as it lives.
type GroupKey = u64;

/// Forwards the pictures of one meeting.
///
/// After each call that takes `now`, drain [`poll_output`](Self::poll_output).
#[derive(Debug, Default)]
pub struct Forwarder {
    groups: BTreeMap<GroupKey, Group>,
    next_group: GroupKey,
    /// Which group each source belongs to.
    sources: BTreeMap<SourceId, GroupKey>,
    /// Which group each subscription is kept with.
    places: BTreeMap<SubscriptionId, GroupKey>,
    requests: VecDeque<SourceId>,
    /// The next time that some source has to be asked.
    timeout: Option<Instant>,
    /// One packet as one subscriber gets it.
    buffer: Vec<u8>,
}

impl Forwarder {
    /// A meeting without pictures.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets packets of this source through from here on; those who wait for it want a key frame.
    pub fn publish(&mut self, now: Instant, source: SourceId) {
        let key = self.group_of(source);
        if let Some(group) = self.groups.get_mut(&key) {
            group.publish(now, source);
        }
        self.handle_timeout(now);
    }

    /// Makes these sources the layers of one picture, lowest quality first, and lets packets of all
    /// of them through.
    ///
    /// Those that are published already go on. A subscription can be pointed from one to the other
    /// without a break, and sees another layer as long as the one it wants does not arrive.
    pub fn publish_layers(&mut self, now: Instant, layers: &[SourceId]) {
        let Some(first) = layers.first() else { return };
        let key = self.group_of(*first);
        for layer in layers {
            let other = self.group_of(*layer);
            self.join(key, other);
        }
        if let Some(group) = self.groups.get_mut(&key) {
            group.order(layers);
            for layer in layers {
                if group.live(*layer).is_none() {
                    group.publish(now, *layer);
                }
            }
            group.retarget();
        }
        self.handle_timeout(now);
    }

    /// Ends a source; its subscriptions wait for it to come back, or see another layer meanwhile.
    pub fn unpublish(&mut self, now: Instant, source: SourceId) {
        let Some(key) = self.sources.get(&source).copied() else { return };
        if let Some(group) = self.groups.get_mut(&key) {
            group.unpublish(source);
        }
        self.forget_unused(key);
        self.handle_timeout(now);
    }

    /// Shows a source in a receive section, from its next key frame on.
    ///
    /// The same id again is the same section, whose numbers and timestamps go on. Pointed at another
    /// layer of the same picture, it shows the former one until then; with the same source, the
    /// picture goes on without a break.
    pub fn subscribe(&mut self, now: Instant, id: SubscriptionId, config: SubscriptionConfig) {
        let source = config.source;
        let key = self.group_of(source);
        let former = self.places.get(&id).copied();
        let subscription = match self.take(id) {
            Some(mut known) => {
                known.configure(config);
                if former != Some(key) {
                    known.leave_picture();
                }
                known
            }
            None => Subscription::new(config),
        };
        let key = self.group_of(source);
        if let Some(group) = self.groups.get_mut(&key) {
            group.insert(id, subscription);
        }
        self.places.insert(id, key);
        self.forget_unused(key);
        debug!(subscription = id.0, source = source.0, "subscribed");
        self.handle_timeout(now);
    }

    /// Forwards nothing to a receive section until it is subscribed again.
    ///
    /// Unlike [`unsubscribe`](Self::unsubscribe) it keeps the section's numbers.
    pub fn pause(&mut self, id: SubscriptionId) {
        let Some(group) = self.group_with(id) else { return };
        group.forget_waiting(id);
        if let Some(subscription) = group.subscription_mut(id) {
            subscription.stop(SubscriptionState::Paused);
        }
    }

    /// Forgets a receive section with its numbers.
    ///
    /// The section's SSRC must not be sent again under the same key: the numbers would start over,
    /// and encrypt other packets under the same nonces. To stop for a while, pause it.
    pub fn unsubscribe(&mut self, id: SubscriptionId) {
        self.take(id);
        debug!(subscription = id.0, "unsubscribed");
    }

    /// Hands each subscriber of `source` its version of this packet, finished but not sealed.
    ///
    /// `sink` may change the buffer at will; it is used again for the next subscriber.
    pub fn handle_packet(
        &mut self,
        now: Instant,
        source: SourceId,
        packet: SourcePacket<'_>,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let group = self.sources.get(&source).and_then(|key| self.groups.get_mut(key));
        let Some(group) = group else { return };
        group.forward(now, source, &packet, &mut self.buffer, sink);
        let timeout = group.take_requests(now, &mut self.requests);
        self.timeout = earlier(self.timeout, timeout);
    }

    /// Sends packets once more that the viewer behind this section did not get, by their numbers
    /// there; `sink` gets them as from [`handle_packet`](Self::handle_packet), in another stream.
    ///
    /// What was not negotiated, is not there any more, was sent a moment ago or is beyond the
    /// viewer's budget is left out.
    pub fn handle_nack(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        lost: &[SeqNo],
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let group = self.places.get(&id).and_then(|key| self.groups.get_mut(key));
        if let Some(group) = group {
            group.resend(now, id, lost, &mut self.buffer, sink);
        }
    }

    /// Agrees with a section's viewer on a stream for packets that are sent once more, or on none.
    ///
    /// Without one nothing is sent twice: the same number with other octets would give both away
    /// (RFC 7714 section 8.4). The stream's numbers go on for as long as the section is known.
    pub fn set_retransmission(&mut self, id: SubscriptionId, negotiated: Option<Retransmission>) {
        let subscription = self.group_with(id).and_then(|group| group.subscription_mut(id));
        if let Some(subscription) = subscription {
            subscription.set_retransmission(negotiated);
        }
    }

    /// Limits what of a scalable source a section's viewer is sent.
    ///
    /// Layers go at once, and come where the stream permits it; where only a key frame does, one is
    /// asked for.
    pub fn set_layer_limit(&mut self, now: Instant, id: SubscriptionId, limit: LayerLimit) {
        let Some(group) = self.group_with(id) else { return };
        group.forget_waiting(id);
        if let Some(subscription) = group.subscription_mut(id) {
            subscription.set_layer_limit(limit);
        }
        group.retarget();
        self.handle_timeout(now);
    }

    /// Shares what one viewer's path takes among its sections, and shows in each as much as fits.
    ///
    /// Without a budget everything goes on that is wanted. What is held back goes on as soon as the budget permits,
    /// from a key frame on.
    pub fn allocate(
        &mut self,
        now: Instant,
        claims: &[Claim],
        budget: Option<Bitrate>,
    ) -> Vec<Share> {
        let shares = match budget {
            Some(budget) => self.share(now, claims, budget),
            None => {
                for claim in claims {
                    if let Some(group) = self.group_with(claim.subscription) {
                        group.lift(claim.subscription);
                    }
                }
                Vec::new()
            }
        };
        self.handle_timeout(now);
        shares
    }

    fn share(&mut self, now: Instant, claims: &[Claim], budget: Bitrate) -> Vec<Share> {
        let (mut wanting, mut demands) = (Vec::new(), Vec::new());
        for Claim { subscription, priority } in claims {
            let group = self.places.get(subscription).and_then(|key| self.groups.get(key));
            let Some((group, steps)) =
                group.and_then(|group| Some((group, group.steps(now, *subscription)?)))
            else {
                continue;
            };
            demands.extend(group.demand(*subscription, *priority, &steps));
            wanting.push((*subscription, steps));
        }
        let (grants, rest) = allocation::share(budget, &demands);
        let mut shares = Vec::with_capacity(wanting.len());
        for ((subscription, steps), grant) in wanting.into_iter().zip(grants) {
            let Some(group) = self.group_with(subscription) else { continue };
            let shown = group.grant(now, subscription, &steps, grant);
            shares.push(Share { subscription, offered: grant.taken.saturating_add(rest), shown });
        }
        shares
    }

    /// Hands padding of about so many octets to `sink`, in the stream of what this section is sent once more.
    ///
    /// It tries whether the viewer's path takes more; without such a stream there is nothing to try with.
    pub fn pad(
        &mut self,
        id: SubscriptionId,
        octets: u64,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let group = self.places.get(&id).and_then(|key| self.groups.get_mut(key));
        if let Some(group) = group {
            group.pad(id, octets, &mut self.buffer, sink);
        }
    }

    /// Learns where a source's clock stands against its publisher's wall clock, which keeps the
    /// timestamps true when a viewer changes to another layer.
    pub fn handle_sender_report(&mut self, source: SourceId, report: &SenderReport) {
        let group = self.sources.get(&source).and_then(|key| self.groups.get_mut(key));
        if let Some(live) = group.and_then(|group| group.live_mut(source)) {
            live.set_clock(report.ssrc, SenderClock::from_report(report));
        }
    }

    /// Notes that the viewer behind this section asked for a key frame.
    pub fn request_key_frame(&mut self, now: Instant, id: SubscriptionId) {
        if let Some(group) = self.group_with(id) {
            group.request_key_frame(id);
            self.handle_timeout(now);
        }
    }

    /// Asks the sources whose turn it is for key frames.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.timeout = None;
        for group in self.groups.values_mut() {
            let timeout = group.take_requests(now, &mut self.requests);
            self.timeout = earlier(self.timeout, timeout);
        }
    }

    /// What the meeting must do next.
    pub fn poll_output(&mut self) -> Output {
        match self.requests.pop_front() {
            Some(source) => Output::RequestKeyFrame(source),
            None => Output::Timeout(self.timeout),
        }
    }

    /// Whether a section's viewer sees its source; nothing for a section that is not subscribed.
    #[must_use]
    pub fn subscription_state(&self, id: SubscriptionId) -> Option<SubscriptionState> {
        self.subscription(id).map(Subscription::state)
    }

    /// Which source a section's viewer sees: the one it wants, or another layer of the same picture.
    #[must_use]
    pub fn forwarded_source(&self, id: SubscriptionId) -> Option<SourceId> {
        self.subscription(id)?.forwarded()
    }

    /// How much a source has sent in the last second, RTP headers included.
    #[must_use]
    pub fn source_bitrate(&self, now: Instant, source: SourceId) -> Bitrate {
        let group = self.sources.get(&source).and_then(|key| self.groups.get(key));
        let live = group.and_then(|group| group.live(source));
        live.map_or(Bitrate::default(), |live| live.meter.bitrate(now))
    }

    /// How much of a scalable source a viewer limited to these layers would be sent, as measured over
    /// the last second; nothing for a source without layers.
    #[must_use]
    pub fn layer_bitrate(
        &self,
        now: Instant,
        source: SourceId,
        spatial: u8,
        temporal: u8,
    ) -> Option<Bitrate> {
        let group = self.groups.get(self.sources.get(&source)?)?;
        let rates = group.live(source)?.layers.rates()?;
        Some(rates.measure_up_to(now, UpTo { spatial, temporal }))
    }

    fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.groups.get(self.places.get(&id)?)?.subscription(id)
    }

    fn group_with(&mut self, id: SubscriptionId) -> Option<&mut Group> {
        self.groups.get_mut(self.places.get(&id)?)
    }

    /// The group of a source, which begins as one of its own.
    fn group_of(&mut self, source: SourceId) -> GroupKey {
        let (groups, next) = (&mut self.groups, &mut self.next_group);
        *self.sources.entry(source).or_insert_with(|| {
            let key = *next;
            *next = next.saturating_add(1);
            groups.insert(key, Group::of(source));
            key
        })
    }

    /// Moves everything of another group into this one.
    fn join(&mut self, key: GroupKey, other: GroupKey) {
        if key == other {
            return;
        }
        let Some(other) = self.groups.remove(&other) else { return };
        self.sources.extend(other.source_ids().map(|source| (source, key)));
        self.places.extend(other.subscription_ids().map(|id| (id, key)));
        if let Some(group) = self.groups.get_mut(&key) {
            group.absorb(other);
        }
    }

    fn take(&mut self, id: SubscriptionId) -> Option<Subscription> {
        let key = self.places.remove(&id)?;
        let subscription = self.groups.get_mut(&key)?.remove(id);
        self.forget_unused(key);
        subscription
    }

    /// Forgets the sources that their group has forgotten, and a group without any.
    fn forget_unused(&mut self, key: GroupKey) {
        let Some(group) = self.groups.get(&key) else { return };
        self.sources.retain(|source, place| *place != key || group.contains(*source));
        if group.is_empty() {
            self.groups.remove(&key);
        }
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
