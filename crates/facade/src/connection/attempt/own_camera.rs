//! How the own camera is sent, and when it ends.

use carillon_frame::Bitrate;
use carillon_signaling::{Identity, Modality, SendLayer};

use super::Attempt;
use crate::camera::{Camera, Layering};
use crate::clock;
use crate::device_controller::DeviceChangeEvent;
use crate::event::SessionEvent;
use crate::media_link::CameraSection;
use crate::media_link::layers::LayerName;
use crate::policy::{
    LayerParameters, SimulcastLayers, UplinkConditions, VideoSendParameters, share_out,
};
use crate::shared::lock;

/// What the voice and reports need of the path beside the camera.
const SOUND: Bitrate = Bitrate::from_kbps(70);

/// What was decided about the own camera, and what the server was told of it.
#[derive(Debug, Default)]
pub(in crate::connection) struct OwnCamera {
    /// What the policy wants.
    plan: Option<VideoSendParameters>,
    /// What the last offer said.
    offered: CameraOffer,
    /// Whether the server tells layers apart.
    layers_agreed: bool,
    /// Which layers the path took the last time.
    flows: [bool; 3],
    /// Which layers the application knows of.
    told: Option<SimulcastLayers>,
}

/// What an offer says about the camera: the bitrates of its layers, if it has any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CameraOffer {
    #[default]
    Off,
    Single,
    Layers([Bitrate; 3]),
}

impl From<Option<VideoSendParameters>> for CameraOffer {
    fn from(plan: Option<VideoSendParameters>) -> Self {
        match plan.map(|plan| plan.layers) {
            None => Self::Off,
            Some(None) => Self::Single,
            Some(Some(layers)) => Self::Layers(layers.map(|layer| layer.max_bitrate)),
        }
    }
}

impl OwnCamera {
    /// What the camera's section is for in the next offer, which tells the server all of the plan.
    pub(super) fn offer(&mut self) -> CameraSection {
        self.offered = self.plan.into();
        match self.offered {
            CameraOffer::Off => CameraSection::Inactive,
            CameraOffer::Single => CameraSection::Sending,
            CameraOffer::Layers(_) => CameraSection::SendingLayers,
        }
    }

    /// What is sent in it, without the names that the server gives.
    pub(super) fn send_layers(&self, modality: Modality) -> Vec<SendLayer> {
        let layer = |framerate, max_bitrate| SendLayer {
            stream_id: None,
            group_id: None,
            framerate,
            max_bitrate,
            average_bitrate: None,
        };
        let Some(plan) = self.plan else { return Vec::new() };
        let Some(layers) = plan.layers else {
            return vec![layer(Some(plan.max_framerate), plan.bitrate)];
        };
        let names = match modality {
            Modality::Main => LayerName::OF_CAMERA,
            Modality::Content => LayerName::OF_CONTENT,
        };
        let named = LayerName::ALL.into_iter().zip(layers);
        let sent = named.filter(|(name, _)| names.contains(name));
        sent.map(|(_, parameters)| layer(None, parameters.max_bitrate)).collect()
    }

    /// Takes note that the server answered, and says whether it tells layers apart from here on.
    pub(super) fn handle_answer(&mut self) -> bool {
        self.layers_agreed = matches!(self.offered, CameraOffer::Layers(_));
        self.layers_agreed
    }

    /// Whether layers may be sent while an offer is on its way: what was agreed before holds until its answer.
    pub(super) fn may_send_layers(&self) -> bool {
        self.layers_agreed && matches!(self.offered, CameraOffer::Layers(_))
    }
}

impl Attempt<'_> {
    /// Lets the policy say how the camera is sent, and offers again if the server has to know.
    pub(in crate::connection) fn adapt_camera(&mut self) {
        let camera = self.shared.camera().as_ref().map(Camera::control);
        let Some(camera) = camera else {
            self.own_camera.plan = None;
            self.own_camera.told = None;
            return;
        };
        let conditions = self.uplink_conditions();
        let mut plan = lock(&self.shared.uplink).choose(&conditions);
        if camera.layering() == Layering::Impossible {
            plan = plan.map(|plan| VideoSendParameters { layers: None, ..plan });
        }
        let own = &mut self.own_camera;
        let sent = plan.map(|plan| own.share_out(plan, conditions.available));
        own.plan = plan;
        self.is_stale |= own.offered != plan.into();
        camera.set_parameters(sent);
        if let Some(link) = &self.link {
            // A layer that is held back needs much at once, which no estimate grows to by itself.
            let goal = plan.filter(|plan| plan.layers.is_some()).map(|plan| plan.bitrate);
            link.media.set_goal(goal.map_or(Bitrate::default(), |goal| goal.saturating_add(SOUND)));
        }
        self.tell_layers(sent.and_then(|sent| sent.layers));
    }

    fn uplink_conditions(&self) -> UplinkConditions {
        let own = self.shared.identity();
        let features = self.shared.configuration.meeting_features;
        let max_resolution = match self.shared.modality {
            Modality::Main => features.video_max_resolution,
            Modality::Content => features.content_max_resolution,
        };
        UplinkConditions {
            attendees: usize::try_from(self.index.participants).unwrap_or(usize::MAX),
            publishers: self.other_cameras(own).saturating_add(1),
            max_resolution,
            available: self.link.as_ref().and_then(|link| link.media.stats().estimate),
            speaks: lock(&self.shared.speakers).prioritizes(own),
        }
    }

    fn tell_layers(&mut self, layers: Option<[LayerParameters; 3]>) {
        let layers = layers.as_ref().and_then(SimulcastLayers::of);
        let before = std::mem::replace(&mut self.own_camera.told, layers);
        if let Some(layers) = layers.filter(|layers| before != Some(*layers)) {
            self.shared.tell(SessionEvent::EncodingSimulcastLayersChanged(layers));
        }
    }

    fn other_cameras(&self, own: Identity) -> usize {
        let mut owners: Vec<Identity> =
            self.index.sources.iter().map(|source| source.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let is_camera = |owner: &&Identity| owner.modality == Modality::Main && **owner != own;
        owners.iter().filter(is_camera).count()
    }

    /// A source of pictures that has no more of them is a camera turned off.
    pub(super) fn stop_ended_camera(&mut self) {
        let ended = self.shared.camera().as_ref().is_some_and(|c| c.control().has_ended());
        if ended && self.shared.modality == Modality::Content {
            self.signaling.leave(clock::now());
        } else if ended {
            *self.shared.camera() = None;
            let ended = DeviceChangeEvent::VideoInputStreamEnded(self.shared.capture.end());
            self.shared.tell(SessionEvent::Device(ended));
            let local = self.shared.tiles().local();
            if let Some(tile) = local {
                self.shared.remove_tile(tile.tile_id);
            }
            self.is_stale = true;
        }
    }
}

impl OwnCamera {
    fn share_out(
        &mut self,
        plan: VideoSendParameters,
        available: Option<Bitrate>,
    ) -> VideoSendParameters {
        let Some(layers) = plan.layers else { return plan };
        let available = available.map(|available| available.saturating_sub(SOUND));
        let layers = share_out(layers, available, &mut self.flows);
        let bitrate = layers.iter().map(|layer| layer.max_bitrate);
        let bitrate = bitrate.fold(Bitrate::default(), Bitrate::saturating_add);
        VideoSendParameters { bitrate, layers: Some(layers), ..plan }
    }
}
