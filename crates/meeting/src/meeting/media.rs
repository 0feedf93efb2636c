//! Sound and pictures on their way through the meeting.

use std::{net::SocketAddr, time::Instant};

use carillon_frame::{AudioLevel, SeqNo};
use carillon_mixer::{AudioPacket, Output as Mixed, PacketContent};
use carillon_rtp::{AudioFormat, RtpPacket, VideoFormat, picture_size};
use carillon_sfu::{Output as Forwarded, SourceId, SourcePacket, SubscriptionId};
use carillon_signaling::{Ending, Modality, Mute, SignalStrength};
use carillon_transport::{CloseReason, Event};

use super::Meeting;
use crate::{
    attendee::SessionId,
    link::{Arrival, Quality, Told},
    output::Output,
    participant::Presence,
};

impl Meeting {
    pub(super) fn receive(
        &mut self,
        now: Instant,
        session: SessionId,
        source: SocketAddr,
        datagram: &mut [u8],
    ) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let Some(path) = &mut participant.path else { return };
        self.touched.insert(session);
        match path.link.handle_datagram(now, source, datagram) {
            Arrival::Sound { format, packet, level } => {
                self.hear(now, session, format, &packet, level);
            }
            Arrival::Picture { layer, format, packet } => {
                self.forward(now, session, layer, format, packet);
            }
            Arrival::Told(told) => self.heed(now, session, told),
            Arrival::Nothing => {}
        }
    }

    fn heed(&mut self, now: Instant, session: SessionId, told: Told) {
        for ssrc in told.key_frames_wanted {
            if let Some(subscription) = self.views.find((session, ssrc)) {
                self.forwarder.request_key_frame(now, subscription);
            }
        }
        for (ssrc, lost) in &told.lost {
            if let Some(subscription) = self.views.find((session, *ssrc)) {
                self.resend(now, subscription, lost);
            }
        }
        let layers = self.participants.get(&session).map_or(&[][..], |known| &known.video);
        for (layer, report) in told.clocks {
            if let Some(source) = layers.get(layer) {
                self.forwarder.handle_sender_report(*source, &report);
            }
        }
    }

    fn resend(&mut self, now: Instant, subscription: SubscriptionId, lost: &[SeqNo]) {
        let Some((viewer, _)) = self.views.place(subscription) else { return };
        let viewer = self.participants.get_mut(&viewer).and_then(|viewer| viewer.path.as_mut());
        let Some(path) = viewer else { return };
        let datagrams = &mut self.datagrams;
        self.forwarder.handle_nack(now, subscription, lost, &mut |_, packet| {
            path.link.send_once_more(now, packet, datagrams);
        });
    }

    fn hear(
        &mut self,
        now: Instant,
        session: SessionId,
        format: AudioFormat,
        packet: &RtpPacket<'_>,
        level: Option<AudioLevel>,
    ) {
        let Some(participant) = self.participants.get(&session) else { return };
        let content = if packet.is_padding_only() {
            PacketContent::Padding
        } else {
            PacketContent::Sound { format, payload: packet.payload() }
        };
        let (seq, timestamp) = (packet.seq(), packet.timestamp());
        let sound = AudioPacket { seq, timestamp, level, content };
        if let Err(error) = self.mixer.handle_packet(now, participant.source(), sound) {
            tracing::debug!(session = session.0, %error, "sound refused");
        }
    }

    fn forward(
        &mut self,
        now: Instant,
        session: SessionId,
        layer: usize,
        format: VideoFormat,
        packet: RtpPacket<'_>,
    ) {
        let Some(participant) = self.participants.get(&session) else { return };
        let Some(source) = participant.video.get(layer).copied() else { return };
        if self.is_too_large(now, session, source, picture_size(format, packet.payload())) {
            return;
        }
        let Some(participant) = self.participants.get(&session) else { return };
        let Some(path) = participant.path.as_ref() else { return };
        let extensions = *path.link.extensions();
        let packet = SourcePacket { format, packet, extensions: &extensions };
        let (views, participants, datagrams) =
            (&self.views, &mut self.participants, &mut self.datagrams);
        self.forwarder.handle_packet(now, source, packet, &mut |subscription, packet| {
            let Some((viewer, ssrc)) = views.place(subscription) else { return };
            let viewer = participants.get_mut(&viewer);
            if let Some(path) = viewer.and_then(|viewer| viewer.path.as_mut()) {
                path.link.send_video(now, ssrc, packet, datagrams);
            }
        });
    }

    pub(super) fn drain_path(&mut self, now: Instant, session: SessionId) {
        loop {
            let participant = self.participants.get_mut(&session);
            let Some(path) = participant.and_then(|p| p.path.as_mut()) else { return };
            match path.link.poll_event(&mut self.datagrams) {
                Ok(Event::AddressValidated(address)) => {
                    self.outputs.push_back(Output::Validated { session, address });
                }
                Ok(Event::AddressAbandoned(address)) => {
                    self.outputs.push_back(Output::Abandoned { session, address });
                }
                Ok(Event::Secured(profile)) => {
                    tracing::debug!(session = session.0, ?profile, "media path is secured");
                    path.is_secured = true;
                    self.arrive(now, session);
                    self.forward_views(now, session);
                }
                Ok(Event::Closed(reason)) => {
                    tracing::info!(session = session.0, ?reason, "media path is gone");
                    self.lose_path(now, session);
                    if reason == CloseReason::KeysUsedUp {
                        // Its client has noticed nothing, and has to come back for another path.
                        self.end_session(now, session, Ending::ServerGoingAway);
                    }
                }
                Err(deadline) => {
                    path.deadline = deadline;
                    return;
                }
            }
        }
    }

    /// A path that is gone does not come back: its client gets the time to leave or to reconnect, which it does by giving
    /// up socket and path.
    fn lose_path(&mut self, now: Instant, session: SessionId) {
        let grace = now.checked_add(self.config.grace);
        let Some(participant) = self.participants.get_mut(&session) else { return };
        participant.path = None;
        participant.lost_at = participant.lost_at.or(grace);
        // What another path is sent begins with key frames.
        self.views.of(session).for_each(|subscription| self.forwarder.pause(subscription));
        self.outputs.push_back(Output::Forget(session));
    }

    /// Mixes what is due.
    pub(super) fn mix(&mut self, now: Instant) {
        while self.mixer_deadline.is_some_and(|deadline| deadline <= now) {
            self.mixer.handle_timeout(now);
            self.mixer_deadline = self.send_mixes(now);
            self.note_volumes(now);
            self.listen_for_text(now);
        }
    }

    fn send_mixes(&mut self, now: Instant) -> Option<Instant> {
        loop {
            let frame = match self.mixer.poll_output() {
                Mixed::Frame(frame) => frame,
                Mixed::Timeout(deadline) => return deadline,
            };
            let listener = self.present.get(&frame.listener.0);
            let listener = listener.and_then(|session| self.participants.get_mut(session));
            if let Some(path) = listener.and_then(|listener| listener.path.as_mut()) {
                path.link.send_audio(now, frame.timestamp, frame.payload, &mut self.datagrams);
            }
        }
    }

    fn note_volumes(&mut self, now: Instant) {
        for (source, level) in self.mixer.levels() {
            let session = self.present.get(&source.0);
            let Some(participant) = session.and_then(|session| self.participants.get(session))
            else {
                continue;
            };
            let Some(stream) = self.roster.stream_id(participant.attendee.identity) else {
                continue;
            };
            let level = match participant.heard() {
                Mute::Muted => AudioLevel::SILENCE,
                Mute::Unmuted => level,
            };
            let quality = participant.path.as_ref().map(|path| path.link.quality(now));
            let signal = match quality {
                Some(Quality::Good) => SignalStrength::Good,
                Some(Quality::Weak) => SignalStrength::Weak,
                None => SignalStrength::None,
            };
            self.volume.set(stream, level, signal);
        }
    }

    pub(super) fn report_volumes(&mut self, now: Instant) {
        let Some(states) = self.volume.handle_timeout(now) else { return };
        for (session, participant) in &mut self.participants {
            if participant.presence == Presence::Present
                && participant.attendee.identity.modality == Modality::Main
            {
                participant.signaling.send_audio_metadata(now, &states);
                self.touched.insert(*session);
            }
        }
    }

    pub(super) fn drain_forwarder(&mut self) {
        loop {
            match self.forwarder.poll_output() {
                Forwarded::RequestKeyFrame(source) => self.request_key_frame(source),
                Forwarded::Timeout(deadline) => {
                    self.forwarder_deadline = deadline;
                    return;
                }
            }
        }
    }

    pub(super) fn request_key_frame(&mut self, source: SourceId) {
        let mut participants = self.participants.values_mut();
        let publisher = participants.find(|participant| participant.video.contains(&source));
        let Some(publisher) = publisher else { return };
        let layer = publisher.video.iter().position(|layer| *layer == source);
        if let Some((path, layer)) = publisher.path.as_mut().zip(layer) {
            path.link.request_key_frame(layer, &mut self.datagrams);
        }
    }
}
