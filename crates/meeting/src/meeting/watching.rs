//! What each client is shown: which stream in which of its sections, and in which codecs streams may come at all.

use std::time::Instant;

use carillon_sfu::{SourceId, SubscriptionConfig};
use carillon_signaling::{Change, Mid, RemoteVideoUpdate, StreamId};

use super::Meeting;
use crate::{
    attendee::SessionId, codec_intersection::intersection, negotiation::View, participant::Presence,
};

impl Meeting {
    /// Shows what was agreed.
    pub(super) fn forward_views(&mut self, now: Instant, session: SessionId) {
        for view in self.views_of(session, |_| true) {
            self.watch(now, session, view);
        }
    }

    /// Stops streams for a client that has no room for them, without negotiation.
    pub(super) fn pause(&mut self, session: SessionId, streams: &[StreamId]) {
        let paused = self.views_of(session, |view| streams.contains(&view.stream));
        self.pause_views(session, &paused);
    }

    /// Lets streams go on that were paused, from a key frame.
    pub(super) fn resume(&mut self, now: Instant, session: SessionId, streams: &[StreamId]) {
        for view in self.views_of(session, |view| streams.contains(&view.stream)) {
            self.watch(now, session, view);
        }
    }

    /// Shows other layers in sections that exist, without negotiation.
    pub(super) fn update_views(
        &mut self,
        now: Instant,
        session: SessionId,
        update: &RemoteVideoUpdate,
    ) {
        for subscription in &update.updated {
            let Some(stream) = subscription.stream_id else { continue };
            self.with(session, |participant| {
                if let Some(path) = &mut participant.path {
                    path.link.repoint(&subscription.mid, stream);
                }
            });
        }
        let updated =
            |mid: &Mid| update.updated.iter().any(|subscription| subscription.mid == *mid);
        for view in self.views_of(session, |view| updated(&view.mid)) {
            self.watch(now, session, view);
        }
        let removed = self.views_of(session, |view| update.removed.contains(&view.mid));
        self.pause_views(session, &removed);
    }

    /// Tells senders which codecs everybody decodes, whenever that changes.
    pub(super) fn agree_on_codecs(&mut self, now: Instant) {
        let receivers = self.participants.values().filter(|participant| {
            participant.presence != Presence::Gone && !participant.decodable.is_empty()
        });
        let codecs = intersection(receivers.map(|participant| &participant.decodable));
        if self.index.set_receive_codecs(codecs) == Change::Changed {
            self.tell_index(now);
        }
    }

    fn views_of(&self, session: SessionId, wanted: impl Fn(&View) -> bool) -> Vec<View> {
        let path =
            self.participants.get(&session).and_then(|participant| participant.path.as_ref());
        let views = path.map_or(&[][..], |path| path.link.views());
        views.iter().filter(|view| wanted(view)).cloned().collect()
    }

    /// Shows a stream in a section, where the attendee may see it; a section that showed another one goes on seamlessly.
    ///
    /// Before the path is secured nothing can be sent: a key frame that came earlier would be lost.
    fn watch(&mut self, now: Instant, session: SessionId, view: View) {
        let Some(participant) = self.participants.get(&session) else { return };
        if participant.path.as_ref().is_none_or(|path| !path.is_secured) {
            return;
        }
        let visible = self.visible(&participant.attendee, Some(view.stream));
        let subscription = self.views.id((session, view.ssrc));
        let Some(stream) = visible else { return self.forwarder.pause(subscription) };
        let View { mid, ssrc, payload_types, extensions, retransmission, .. } = view;
        let source = SourceId(stream.get());
        let config =
            SubscriptionConfig { source, mid: mid.to_string(), ssrc, payload_types, extensions };
        self.forwarder.subscribe(now, subscription, config);
        self.forwarder.set_retransmission(subscription, retransmission);
    }

    fn pause_views(&mut self, session: SessionId, views: &[View]) {
        for view in views {
            if let Some(subscription) = self.views.find((session, view.ssrc)) {
                self.forwarder.pause(subscription);
            }
        }
    }
}
