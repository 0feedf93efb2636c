//! How much the path to a client takes, found out by what arrives of the packets sent to it.

use std::time::Instant;

use carillon_frame::Bitrate;
use carillon_rtp::{
    BandwidthEstimator, ExtensionId, ExtensionKind, overwrite_extension, rtcp::TransportFeedback,
};

use crate::negotiation::View;

/// What a packet has on the wire beside RTP: the headers of IP and UDP, and the tag of AES-GCM.
const OVERHEAD: usize = 20 + 8 + 16;

/// The way to a client that watches.
///
/// A client that only listens is not asked for feedback: sound is sent whatever the path takes.
#[derive(Debug, Default)]
pub(crate) struct Downlink {
    /// The client's number for the extension that numbers all packets of its transport.
    id: Option<ExtensionId>,
    estimator: Option<Box<BandwidthEstimator>>,
    is_told: bool,
}

impl Downlink {
    /// Begins to count once the client is shown something and tells what it gets.
    pub(super) fn agree(&mut self, views: &[View]) {
        let mut ids =
            views.iter().filter_map(|v| v.extensions.id(ExtensionKind::TransportSequence));
        self.id = ids.next().or(self.id);
        if self.id.is_some() {
            self.estimator.get_or_insert_default();
        }
    }

    /// The extension under which packets are numbered, if they are.
    pub(super) const fn id(&self) -> Option<ExtensionId> {
        self.id
    }

    /// Numbers a packet that is finished but for that.
    pub(super) fn number(&mut self, now: Instant, packet: &mut [u8]) {
        let Some((id, estimator)) = self.id.zip(self.estimator.as_mut()) else { return };
        // A packet without room for a number takes none.
        let seq = estimator.next_sequence();
        if overwrite_extension(packet, id, &seq.0.to_be_bytes()).is_some() {
            estimator.handle_sent(now, packet.len().saturating_add(OVERHEAD));
        }
    }

    pub(super) fn handle_feedback(&mut self, now: Instant, feedback: &TransportFeedback) {
        if let Some(estimator) = &mut self.estimator {
            estimator.handle_feedback(now, feedback);
            self.is_told = true;
        }
    }

    /// How much the path takes, once it has shown a limit.
    pub(crate) fn limit(&self) -> Option<Bitrate> {
        self.estimator.as_ref()?.limit()
    }

    /// How much the path is believed to take, once the client has told anything.
    pub(crate) fn estimate(&self) -> Option<Bitrate> {
        self.estimator.as_ref().filter(|_| self.is_told).map(|estimator| estimator.estimate())
    }

    /// Says how much the client would be sent if the path took it.
    pub(crate) fn set_goal(&mut self, goal: Bitrate) {
        if let Some(estimator) = &mut self.estimator {
            estimator.set_goal(goal);
        }
    }

    /// How many octets of padding are due, to try whether the path takes more.
    pub(crate) fn poll_padding(&mut self, now: Instant) -> Option<u64> {
        self.estimator.as_mut()?.poll_padding(now)
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        self.estimator.as_ref()?.timeout()
    }
}
