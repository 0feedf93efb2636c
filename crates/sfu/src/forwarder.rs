//! Packets in, packets out: the engine that a meeting drives.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use carillon_frame::Bitrate;
use tracing::debug;

use crate::media::{Media, SourcePacket};
use crate::source::{Live, Source, SourceId};
use crate::subscription::{Subscription, SubscriptionConfig, SubscriptionId, SubscriptionState};

/// What the meeting must do next; [`Timeout`](Self::Timeout) means drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask the publisher of this source for a key frame.
    RequestKeyFrame(SourceId),
    /// Call [`Forwarder::handle_timeout`] then, if there is a time.
    Timeout(Option<Instant>),
}

/// Forwards the pictures of one meeting.
///
/// After each call that takes `now`, drain [`poll_output`](Self::poll_output).
#[derive(Debug, Default)]
pub struct Forwarder {
    sources: BTreeMap<SourceId, Source>,
    /// Which source each subscription is kept with.
    places: BTreeMap<SubscriptionId, SourceId>,
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
        let entry = self.sources.entry(source).or_default();
        let mut live = Live::new(now);
        for (id, subscription) in &entry.subscriptions {
            if subscription.state() == SubscriptionState::AwaitingKeyFrame {
                live.requests.wait(*id);
            }
        }
        entry.live = Some(live);
        self.handle_timeout(now);
    }

    /// Ends a source; its subscriptions wait for it to come back.
    pub fn unpublish(&mut self, now: Instant, source: SourceId) {
        let Some(entry) = self.sources.get_mut(&source) else { return };
        entry.live = None;
        for subscription in entry.subscriptions.values_mut() {
            match subscription.state() {
                SubscriptionState::Paused => {}
                SubscriptionState::AwaitingKeyFrame
                | SubscriptionState::Forwarding
                | SubscriptionState::UnknownFormat(_) => {
                    subscription.stop(SubscriptionState::AwaitingKeyFrame);
                }
            }
        }
        self.drop_if_unused(source);
        self.handle_timeout(now);
    }

    /// Shows a source in a receive section, from its next key frame on.
    ///
    /// The same id again is the same section: pointed at another source, its sequence numbers and
    /// timestamps go on; with the same source, the picture goes on without a break.
    pub fn subscribe(&mut self, now: Instant, id: SubscriptionId, config: SubscriptionConfig) {
        let source = config.source;
        let subscription = match self.take(id) {
            Some(mut known) => {
                known.configure(config);
                known
            }
            None => Subscription::new(config),
        };
        let state = subscription.state();
        let entry = self.sources.entry(source).or_default();
        entry.subscriptions.insert(id, subscription);
        if state == SubscriptionState::AwaitingKeyFrame {
            entry.wait_for_key_frame(id);
        }
        self.places.insert(id, source);
        debug!(subscription = id.0, source = source.0, "subscribed");
        self.handle_timeout(now);
    }

    /// Forwards nothing to a receive section until it is subscribed again.
    ///
    /// Unlike [`unsubscribe`](Self::unsubscribe) it keeps the section's numbers.
    pub fn pause(&mut self, id: SubscriptionId) {
        let Some(source) = self.source_of(id) else { return };
        if let Some(live) = &mut source.live {
            live.requests.forget(id);
        }
        if let Some(subscription) = source.subscriptions.get_mut(&id) {
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
        let Some(entry) = self.sources.get_mut(&source) else { return };
        entry.forward(now, Media::new(&packet), &mut self.buffer, sink);
        let Some(live) = &mut entry.live else { return };
        if live.requests.take_due(now) {
            self.requests.push_back(source);
        }
        let due = live.requests.timeout(now);
        self.timeout = earlier(self.timeout, due);
    }

    /// Notes that the viewer behind this section asked for a key frame.
    pub fn request_key_frame(&mut self, now: Instant, id: SubscriptionId) {
        let Some(source) = self.source_of(id) else { return };
        match source.subscriptions.get(&id).map(Subscription::state) {
            Some(SubscriptionState::AwaitingKeyFrame | SubscriptionState::Forwarding) => {
                source.wait_for_key_frame(id);
                self.handle_timeout(now);
            }
            Some(SubscriptionState::UnknownFormat(_) | SubscriptionState::Paused) | None => {}
        }
    }

    /// Asks the sources whose turn it is for key frames.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.timeout = None;
        for (id, source) in &mut self.sources {
            let Some(live) = &mut source.live else { continue };
            if live.requests.take_due(now) {
                debug!(source = id.0, "key frame wanted");
                self.requests.push_back(*id);
            }
            self.timeout = earlier(self.timeout, live.requests.timeout(now));
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
        let source = self.sources.get(self.places.get(&id)?)?;
        source.subscriptions.get(&id).map(Subscription::state)
    }

    /// How much a source has sent in the last second, RTP headers included.
    #[must_use]
    pub fn source_bitrate(&self, now: Instant, source: SourceId) -> Bitrate {
        let live = self.sources.get(&source).and_then(|source| source.live.as_ref());
        live.map_or(Bitrate::default(), |live| live.meter.bitrate(now))
    }

    fn source_of(&mut self, id: SubscriptionId) -> Option<&mut Source> {
        self.sources.get_mut(self.places.get(&id)?)
    }

    fn take(&mut self, id: SubscriptionId) -> Option<Subscription> {
        let source = self.places.remove(&id)?;
        let subscription = self.sources.get_mut(&source)?.remove(id);
        self.drop_if_unused(source);
        subscription
    }

    fn drop_if_unused(&mut self, source: SourceId) {
        if self.sources.get(&source).is_some_and(Source::is_unused) {
            self.sources.remove(&source);
        }
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
