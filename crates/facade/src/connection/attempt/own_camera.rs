//! How the own camera is sent, and when it ends.

use carillon_signaling::{Identity, Modality};

use super::Attempt;
use crate::clock;
use crate::device_controller::DeviceChangeEvent;
use crate::event::SessionEvent;
use crate::policy::UplinkConditions;
use crate::shared::lock;

impl Attempt<'_> {
    /// Lets the policy say how the camera is sent.
    pub(in crate::connection) fn adapt_camera(&self) {
        let camera = self.shared.camera().as_ref().map(crate::camera::Camera::control);
        let Some(camera) = camera else { return };
        let own = self.shared.identity();
        let features = self.shared.configuration.meeting_features;
        let max_resolution = match self.shared.modality {
            Modality::Main => features.video_max_resolution,
            Modality::Content => features.content_max_resolution,
        };
        let conditions = UplinkConditions {
            publishers: self.other_cameras(own).saturating_add(1),
            max_resolution,
            available: self.link.as_ref().and_then(|link| link.media.stats().estimate),
            speaks: lock(&self.shared.speakers).prioritizes(own),
        };
        camera.set_parameters(lock(&self.shared.uplink).choose(&conditions));
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
