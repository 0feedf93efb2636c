//! SUBSCRIBE: one round of offer and answer, and everything that follows from it.

use std::{collections::BTreeSet, time::Instant};

use carillon_frame::Ssrc;
use carillon_sfu::SourceId;
use carillon_signaling::{
    Allocation, Change, Ending, Modality, Mute, Sdp, StreamId, Subscribe, SubscribeAck, Track,
    VideoLayer,
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
    pub(super) fn visible(
        &self,
        attendee: &Attendee,
        wanted: Option<StreamId>,
    ) -> Option<StreamId> {
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
        let is_camera = participant.attendee.identity.modality == Modality::Main;
        let full = is_camera && participant.video.is_empty() && self.cameras_are_full();
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
        let change = if participant.video.is_empty() {
            let name = std::sync::Arc::clone(&participant.external_user_id);
            self.index.publish(who, name, layers);
            let kind = MeetingEventKind::VideoStarted;
            self.outputs.push_back(Output::Event(MeetingEvent { who, kind }));
            Change::Changed
        } else {
            self.index.update(who, layers)
        };
        let Some(publication) = self.index.publication(who) else { return Vec::new() };
        self.forward_layers(now, session, &publication.stream_ids);
        if change == Change::Changed {
            self.tell_index(now);
        }
        let group_id = publication.group_id;
        publication
            .stream_ids
            .into_iter()
            .map(|stream_id| Allocation { stream_id, group_id })
            .collect()
    }

    /// Lets the layers through to whoever asks for them.
    fn forward_layers(&mut self, now: Instant, session: SessionId, streams: &[StreamId]) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let layers: Vec<SourceId> = streams.iter().map(|id| SourceId(id.get())).collect();
        let former = std::mem::replace(&mut participant.video, layers.clone());
        participant.too_large.retain(&layers);
        self.forwarder.publish_layers(now, &layers);
        for layer in former.iter().filter(|layer| !layers.contains(layer)) {
            self.forwarder.unpublish(now, *layer);
        }
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
        if let Some(participant) = self.participants.get_mut(&session) {
            participant.decodable.clone_from(&agreement.decodable);
            if let Some(path) = participant.path.as_mut() {
                path.link.apply(rng, agreement);
            }
        }
        self.forward_views(now, session);
        self.agree_on_codecs(now);
        self.touched.insert(session);
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
}

fn tracks(agreement: &Agreement) -> Vec<Track> {
    let track =
        |view: &View| Track { stream_id: view.stream, ssrc: view.ssrc, mid: view.mid.clone() };
    agreement.views.iter().map(track).collect()
}
