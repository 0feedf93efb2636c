//! SUBSCRIBE: one round of offer and answer, and everything that follows from it.

use std::{collections::BTreeSet, time::Instant};

use carillon_frame::Ssrc;
use carillon_sfu::{SourceId, SubscriptionConfig};
use carillon_signaling::{
    Allocation, Change, Ending, Mute, Sdp, StreamId, Subscribe, SubscribeAck, Track, VideoLayer,
};
use carillon_transport::{IceCredentials, Session, SessionConfig, Timeouts};

use super::{Meeting, presence::Departure};
use crate::{
    attendee::{Attendee, SessionId},
    link::Link,
    negotiation::{Agreement, Permission, Terms, View},
    output::{MeetingEvent, MeetingEventKind, Output},
    participant::Path,
    sdp::{LocalTransport, Offer, OfferError},
};

/// Why a SUBSCRIBE cannot be answered.
#[derive(Debug, thiserror::Error)]
enum SubscribeError {
    /// The client compressed an offer although it was not asked to.
    #[error("the offer is compressed")]
    Compressed,
    /// The offer is no good.
    #[error(transparent)]
    Offer(#[from] OfferError),
}

impl Meeting {
    pub(super) fn subscribe(&mut self, now: Instant, session: SessionId, subscribe: &Subscribe) {
        if let Err(error) = self.negotiate(now, session, subscribe) {
            tracing::info!(session = session.0, %error, "offer refused");
            self.depart(now, session, Departure::Left);
            self.end_session(now, session, Ending::ProtocolViolation);
        }
    }

    fn negotiate(
        &mut self,
        now: Instant,
        session: SessionId,
        subscribe: &Subscribe,
    ) -> Result<(), SubscribeError> {
        let offer = match &subscribe.offer {
            Sdp::Plain(text) => Offer::parse(text)?,
            Sdp::Compressed(_) => return Err(SubscribeError::Compressed),
        };
        let mute = subscribe.audio.as_ref().map_or(Mute::Unmuted, |audio| audio.mute);
        self.set_mute(now, session, mute);
        let allocations = self.publish(now, session, subscribe);
        let ice = self.open_path(now, session, &offer);
        let Some(attendee) = self.participants.get(&session).map(|p| p.attendee.clone()) else {
            return Ok(());
        };
        let wanted: Vec<Option<StreamId>> =
            subscribe.receive.iter().map(|wanted| self.visible(&attendee, *wanted)).collect();
        let terms = Terms {
            hears_client: Permission::from(attendee.may_send_audio()),
            client_hears: Permission::from(attendee.may_receive_audio()),
            sees_client: Permission::from(!allocations.is_empty()),
            wanted: &wanted,
        };
        let transport = LocalTransport {
            ice,
            fingerprint: self.config.certificate.fingerprint(),
            candidates: self.config.candidates.clone(),
        };
        let Some(participant) = self.participants.get_mut(&session) else { return Ok(()) };
        let (answer, agreement) =
            participant.negotiation.answer(&mut self.rng, &transport, &offer, &terms);
        let ack =
            SubscribeAck { answer: Sdp::Plain(answer), allocations, tracks: tracks(&agreement) };
        participant.signaling.acknowledge_subscribe(now, ack);
        self.apply(now, session, agreement);
        Ok(())
    }

    /// The stream, if the attendee may be sent it.
    fn visible(&self, attendee: &Attendee, wanted: Option<StreamId>) -> Option<StreamId> {
        let stream = wanted?;
        let (owner, _) = self.index.locate(stream)?;
        let is_other = owner.attendee != attendee.identity.attendee;
        (is_other && attendee.may_see(owner.modality)).then_some(stream)
    }

    /// Begins, changes or ends what the client publishes; returns the names of its layers, in their order.
    fn publish(
        &mut self,
        now: Instant,
        session: SessionId,
        subscribe: &Subscribe,
    ) -> Vec<Allocation> {
        if subscribe.send_layers.is_empty() {
            self.unpublish(now, session);
            return Vec::new();
        }
        let Some(participant) = self.participants.get(&session) else { return Vec::new() };
        let modality = participant.attendee.identity.modality;
        let full = participant.video.is_none() && self.is_full_for(modality);
        if full || !participant.attendee.may_send_video() {
            self.refuse_video(now, session);
            return Vec::new();
        }
        let layers: Vec<VideoLayer> =
            subscribe.send_layers.iter().map(|layer| VideoLayer::from(*layer)).collect();
        self.publish_layers(now, session, &layers)
    }

    fn publish_layers(
        &mut self,
        now: Instant,
        session: SessionId,
        layers: &[VideoLayer],
    ) -> Vec<Allocation> {
        let Some(participant) = self.participants.get_mut(&session) else { return Vec::new() };
        let who = participant.attendee.identity;
        let change = if participant.video.is_some() {
            self.index.update(who, layers)
        } else {
            let name = std::sync::Arc::clone(&participant.external_user_id);
            let publication = self.index.publish(who, name, layers);
            // One picture is forwarded however many layers its sender names: it goes by its first one's number.
            let source = publication.stream_ids.first().map(|first| SourceId(first.get()));
            participant.video = source;
            if let Some(source) = source {
                self.forwarder.publish(now, source);
            }
            let kind = MeetingEventKind::VideoStarted;
            self.outputs.push_back(Output::Event(MeetingEvent { who, kind }));
            Change::Changed
        };
        if change == Change::Changed {
            self.tell_index(now);
        }
        let Some(publication) = self.index.publication(who) else { return Vec::new() };
        let group_id = publication.group_id;
        publication
            .stream_ids
            .into_iter()
            .map(|stream_id| Allocation { stream_id, group_id })
            .collect()
    }

    /// The media path's local credentials; the path is made with the first offer.
    fn open_path(&mut self, now: Instant, session: SessionId, offer: &Offer) -> IceCredentials {
        let path = self.participants.get(&session).and_then(|known| known.path.as_ref());
        if let Some(path) = path {
            return path.ice.clone();
        }
        let ice = IceCredentials::generate(&mut self.rng);
        let config = SessionConfig {
            certificate: self.config.certificate.clone(),
            local: ice.clone(),
            remote: offer.transport.ice.clone(),
            remote_fingerprint: offer.transport.fingerprint,
            timeouts: Timeouts::default(),
        };
        let transport = Session::new(now, config);
        let link = Link::new(now, &mut self.rng, self.config.epoch, transport);
        if let Some(participant) = self.participants.get_mut(&session) {
            participant.path =
                Some(Path { link, ice: ice.clone(), is_secured: false, deadline: None });
        }
        self.outputs.push_back(Output::Expect { session, ufrag: ice.ufrag.clone() });
        ice
    }

    /// Lets flow what was agreed.
    fn apply(&mut self, now: Instant, session: SessionId, agreement: Agreement) {
        self.stop_unwanted(session, &agreement);
        let rng = &mut self.rng;
        if let Some(path) = self.participants.get_mut(&session).and_then(|p| p.path.as_mut()) {
            path.link.apply(rng, agreement);
        }
        self.forward_views(now, session);
        self.touched.insert(session);
    }

    /// Forwards what was agreed, as far as the attendee may see it, once it can be sent anything: a key frame that comes
    /// earlier would be lost.
    pub(super) fn forward_views(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let Some(path) = participant.path.as_ref().filter(|path| path.is_secured) else { return };
        let sources: Vec<(View, Option<SourceId>)> = path
            .link
            .views()
            .iter()
            .map(|view| {
                let stream = self.visible(&participant.attendee, Some(view.stream));
                (view.clone(), stream.and_then(|stream| self.source_of(stream)))
            })
            .collect();
        for (view, source) in sources {
            let subscription = self.views.id((session, view.ssrc));
            let Some(source) = source else {
                self.forwarder.pause(subscription);
                continue;
            };
            let View { ssrc, payload_types, extensions, .. } = view;
            let config = SubscriptionConfig { source, ssrc, payload_types, extensions };
            self.forwarder.subscribe(now, subscription, config);
        }
    }

    /// Pauses the sections in which nothing is wanted any more, and forgets those that were recycled.
    fn stop_unwanted(&mut self, session: SessionId, agreement: &Agreement) {
        let Some(participant) = self.participants.get(&session) else { return };
        let kept: BTreeSet<Ssrc> = participant.negotiation.kept_streams().collect();
        for subscription in self.views.retain(session, &kept) {
            self.forwarder.unsubscribe(subscription);
        }
        let wanted: BTreeSet<Ssrc> = agreement.views.iter().map(|view| view.ssrc).collect();
        for ssrc in kept.difference(&wanted) {
            if let Some(subscription) = self.views.find((session, *ssrc)) {
                self.forwarder.pause(subscription);
            }
        }
    }

    /// What is forwarded for a stream: the picture of its owner.
    fn source_of(&self, stream: StreamId) -> Option<SourceId> {
        let (owner, _) = self.index.locate(stream)?;
        self.participants
            .values()
            .filter(|participant| participant.attendee.identity == owner)
            .find_map(|participant| participant.video)
    }
}

fn tracks(agreement: &Agreement) -> Vec<Track> {
    let track =
        |view: &View| Track { stream_id: view.stream, ssrc: view.ssrc, mid: view.mid.clone() };
    agreement.views.iter().map(track).collect()
}
