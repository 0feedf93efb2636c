//! The media path's negotiation: what is offered, and what the answer makes of it.

use std::time::Duration;

use carillon_signaling::{AudioCheckIn, Sdp, Subscribe, SubscribeAck};

use super::link::Link;
use super::{Attempt, AttemptEnd, Stage};
use crate::clock;
use crate::media_link::CameraSection;
use crate::status::MeetingSessionStatusCode as Code;

/// From the answer to a secured path. The transport gives up a handshake whose last flight was lost (see the ADR on
/// the client's transport), and another connection takes a tenth of a second.
const SECURE_TIMEOUT: Duration = Duration::from_secs(6);

/// How long one step of a negotiation may take on this side.
const NEGOTIATION_TIMEOUT: Duration = Duration::from_secs(5);

impl Attempt<'_> {
    pub(super) async fn open_link(&mut self) -> Result<(), AttemptEnd> {
        let link = Link::open(&self.shared, self.socket.local_ip()).await?;
        self.link = Some(link);
        self.is_stale = true;
        Ok(())
    }

    pub(super) async fn subscribe(&mut self) -> Result<(), AttemptEnd> {
        let camera = self.shared.camera().as_ref().map(crate::camera::Camera::control);
        // A camera that was only just chosen is not planned yet, and one that is gone is no more.
        self.adapt_camera();
        let section = self.own_camera.offer();
        self.is_stale = false;
        let Some(link) = &mut self.link else { return Ok(()) };
        if let Some(camera) = &camera {
            camera.set_layers_agreed(self.own_camera.may_send_layers());
        }
        let receiving = self.sections.receiving();
        let offer = in_time(link.media.offer(section, &receiving), Code::TaskFailed).await?;
        link.set_camera(&self.shared, camera.filter(|_| section != CameraSection::Inactive));
        let mut send_layers = self.own_camera.send_layers(self.shared.modality);
        for (layer, allocation) in send_layers.iter_mut().zip(&self.allocations) {
            layer.stream_id = Some(allocation.stream_id);
            layer.group_id = Some(allocation.group_id);
        }
        let host = self.shared.configuration.urls.audio_host_url.clone();
        let subscribe = Subscribe {
            offer: Sdp::Plain(offer),
            audio: Some(AudioCheckIn { host, mute: self.shared.mute() }),
            send_layers,
            // The first section of video is the camera's.
            receive: std::iter::once(None).chain(self.sections.streams()).collect(),
            video_subscriptions: Vec::new(),
        };
        self.signaling.subscribe(clock::now(), subscribe);
        Ok(())
    }

    pub(super) async fn handle_answer(&mut self, ack: SubscribeAck) -> Result<(), AttemptEnd> {
        let Sdp::Plain(answer) = ack.answer else {
            return Err(AttemptEnd::lost(Code::IncompatibleSdp, "the answer is compressed"));
        };
        let Some(link) = &mut self.link else { return Ok(()) };
        self.allocations = ack.allocations;
        in_time(link.media.apply_answer(answer), Code::IncompatibleSdp).await?;
        let agreed = self.own_camera.handle_answer();
        if let Some(camera) = &*self.shared.camera() {
            camera.control().set_layers_agreed(agreed);
        }
        for (number, section) in self.sections.list.iter_mut().enumerate() {
            let mid = link.media.receive_mid(number).await;
            section.mid = mid.and_then(|mid| mid.parse().ok());
        }
        if self.stage < Stage::Flowing {
            let due = clock::now() + SECURE_TIMEOUT;
            self.path_due.get_or_insert((due, Code::TaskFailed));
        }
        for section in &mut self.sections.list {
            let track = ack.tracks.iter().find(|track| Some(&track.mid) == section.mid.as_ref());
            let ssrc = track.map(|track| track.ssrc);
            let Some(choice) = section.choice else { continue };
            if let Some(ssrc) = ssrc.filter(|ssrc| section.ssrc != Some(*ssrc)) {
                link.show(&self.shared, &self.index, choice.attendee, ssrc);
            }
            section.ssrc = ssrc;
        }
        self.apply_pauses();
        self.tell_sources();
        Ok(())
    }
}

/// Waits for a step of the negotiation, which is work and no waiting: whatever takes long has gone wrong.
async fn in_time<T>(
    step: impl Future<Output = webrtc::error::Result<T>>,
    code: Code,
) -> Result<T, AttemptEnd> {
    match tokio::time::timeout(NEGOTIATION_TIMEOUT, step).await {
        Ok(done) => done.map_err(|error| AttemptEnd::lost(code, error)),
        Err(_) => Err(AttemptEnd::lost(code, "the negotiation does not end")),
    }
}
