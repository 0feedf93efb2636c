//! The media path's negotiation: what is offered, and what the answer makes of it.

use std::time::Duration;

use carillon_signaling::{AudioCheckIn, Sdp, SendLayer, Subscribe, SubscribeAck};

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
        let Some(link) = &mut self.link else { return Ok(()) };
        let camera = self.shared.camera().as_ref().map(crate::camera::Camera::control);
        let parameters = camera.as_ref().and_then(|camera| camera.parameters());
        let section = match parameters {
            Some(_) => CameraSection::Sending,
            None => CameraSection::Inactive,
        };
        let receiving = self.sections.receiving();
        let offer = in_time(link.media.offer(section, &receiving), Code::TaskFailed).await?;
        link.set_camera(&self.shared, camera.filter(|_| parameters.is_some()));
        let allocation = self.allocations.first();
        let send_layers = parameters.iter().map(|parameters| SendLayer {
            stream_id: allocation.map(|allocation| allocation.stream_id),
            group_id: allocation.map(|allocation| allocation.group_id),
            framerate: Some(parameters.max_framerate),
            max_bitrate: parameters.bitrate,
            average_bitrate: None,
        });
        let host = self.shared.configuration.urls.audio_host_url.clone();
        let subscribe = Subscribe {
            offer: Sdp::Plain(offer),
            audio: Some(AudioCheckIn { host, mute: self.shared.mute() }),
            send_layers: send_layers.collect(),
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
