//! Layers of VP9, by the payload descriptor (RFC 9628 sections 4.2 and 4.3).

use carillon_rtp::payload::vp9::{Vp9Descriptor, Vp9Layer};

use super::{Choice, UpTo};

/// Which layers of a VP9 stream go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vp9Selection {
    /// Everything, until something is left out.
    current: UpTo,
}

impl Default for Vp9Selection {
    fn default() -> Self {
        Self { current: UpTo::EVERYTHING }
    }
}

impl Vp9Selection {
    pub(super) fn choose(
        &mut self,
        wanted: UpTo,
        opens_picture: bool,
        descriptor: &Vp9Descriptor,
        layer: &Vp9Layer,
    ) -> Choice {
        if opens_picture {
            self.begin_picture(wanted, descriptor, layer);
        }
        if self.permits_spatial(wanted, descriptor, layer) {
            self.current.spatial = layer.spatial;
        }
        let misses = layer.spatial > self.current.spatial && layer.spatial <= wanted.spatial;
        match self.includes(layer) {
            true => Choice::Forward,
            false if misses && layer.temporal <= self.current.temporal => Choice::Miss,
            false => Choice::LeaveOut,
        }
    }

    /// Layers go at once and come at key pictures; higher temporal ones also behind a picture after
    /// which they need none from before.
    fn begin_picture(&mut self, wanted: UpTo, descriptor: &Vp9Descriptor, layer: &Vp9Layer) {
        let switches_up = layer.switching_up && layer.temporal <= self.current.temporal;
        self.current.spatial = self.current.spatial.min(wanted.spatial);
        self.current.temporal = self.current.temporal.min(wanted.temporal);
        if descriptor.starts_key_frame() {
            self.current = wanted;
        } else if switches_up {
            self.current.temporal = wanted.temporal;
        }
    }

    /// The next spatial layer can come where its picture needs only the layer below.
    fn permits_spatial(&self, wanted: UpTo, descriptor: &Vp9Descriptor, layer: &Vp9Layer) -> bool {
        layer.spatial <= wanted.spatial
            && Some(layer.spatial) == self.current.spatial.checked_add(1)
            && descriptor.starts_layer()
            && !descriptor.is_inter_predicted()
    }

    pub(super) const fn includes(&self, layer: &Vp9Layer) -> bool {
        layer.spatial <= self.current.spatial && layer.temporal <= self.current.temporal
    }

    pub(super) const fn is_top(&self, layer: &Vp9Layer) -> bool {
        layer.spatial == self.current.spatial
    }
}
