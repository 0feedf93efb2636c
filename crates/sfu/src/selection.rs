//! Which layers of a scalable stream one viewer is sent.

mod described;
mod vp9;

use carillon_frame::Bitrate;

use self::described::DescribedSelection;
use self::vp9::Vp9Selection;
use crate::layers::{LayerRates, Layers};
use crate::media::{Layering, Media};

/// How much of a scalable stream a viewer is sent; a stream without layers goes on as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerLimit {
    /// The highest spatial layer.
    pub spatial: u8,
    /// The highest temporal layer.
    pub temporal: u8,
    /// How much the layers may take together, if that is limited; the lowest goes on in any case.
    pub bitrate: Option<Bitrate>,
}

impl LayerLimit {
    /// Everything goes on.
    pub const NONE: Self = Self { spatial: u8::MAX, temporal: u8::MAX, bitrate: None };
}

/// Which part of a limited bitrate has to stay free for a higher layer to come.
///
/// Rates swing by more than a larger denominator would leave, and each return of a spatial layer
/// costs a key frame; a smaller one leaves bitrate unused.
const MARGIN: u64 = 8;

/// A spatial and a temporal layer, each with all that lie below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UpTo {
    pub(crate) spatial: u8,
    pub(crate) temporal: u8,
}

impl UpTo {
    pub(crate) const EVERYTHING: Self = Self { spatial: u8::MAX, temporal: u8::MAX };
}

/// What to do with a packet of a scalable stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Forward,
    LeaveOut,
    /// Leave it out, although it should go on: only from a key frame on it can.
    Miss,
}

/// Chooses for one subscription, packet by packet.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    limit: LayerLimit,
    /// What a limited bitrate allows, which changes less often than what is measured.
    affordable: UpTo,
    vp9: Vp9Selection,
    described: DescribedSelection,
}

impl Selection {
    pub(crate) fn new() -> Self {
        Self {
            limit: LayerLimit::NONE,
            affordable: UpTo::EVERYTHING,
            vp9: Vp9Selection::default(),
            described: DescribedSelection::default(),
        }
    }

    pub(crate) const fn set_limit(&mut self, limit: LayerLimit) {
        self.limit = limit;
    }

    pub(crate) const fn set_bitrate(&mut self, bitrate: Option<Bitrate>) {
        self.limit.bitrate = bitrate;
    }

    pub(crate) const fn bitrate(&self) -> Option<Bitrate> {
        self.limit.bitrate
    }

    /// Starts over, with a key frame from which on everything can go on.
    pub(crate) fn restart(&mut self) {
        self.vp9 = Vp9Selection::default();
        self.described = DescribedSelection::default();
    }

    /// Whether a packet goes on, which may be from where the stream permits to change only.
    pub(crate) fn choose(&mut self, media: &Media<'_>, layers: &Layers) -> Choice {
        match &media.layering {
            Layering::None => Choice::Forward,
            Layering::Vp9(descriptor, layer) => {
                let wanted = self.wanted(layers.rates());
                self.vp9.choose(wanted, media.opens_picture, descriptor, layer)
            }
            Layering::Described(frame) => {
                let wanted = self.wanted(layers.rates());
                self.described.choose(wanted, frame, layers.dependencies())
            }
        }
    }

    /// The highest layers within the limit.
    fn wanted(&mut self, rates: Option<&LayerRates>) -> UpTo {
        let LayerLimit { spatial, temporal, bitrate } = self.limit;
        let most = UpTo { spatial, temporal };
        let Some((bitrate, rates)) = bitrate.zip(rates) else { return most };
        let current = rates.up_to(self.affordable);
        let roomy = bitrate.bps().saturating_sub(bitrate.bps() / MARGIN);
        let better = rates.highest_within(most, Bitrate::from_bps(roomy));
        if current > bitrate || rates.up_to(better) > current {
            self.affordable = better;
        }
        let UpTo { spatial, temporal } = self.affordable;
        UpTo { spatial: spatial.min(most.spatial), temporal: temporal.min(most.temporal) }
    }

    /// Whether a packet that is late or sent once more belongs to what goes on.
    pub(crate) const fn includes(&self, media: &Media<'_>) -> bool {
        match &media.layering {
            Layering::Vp9(_, layer) => self.vp9.includes(layer),
            Layering::Described(frame) => self.described.includes(frame),
            Layering::None => true,
        }
    }

    /// Whether a packet is the last of its picture that goes on, which its marker has to say.
    pub(crate) fn ends_picture(&self, media: &Media<'_>) -> bool {
        media.packet.marker()
            || match &media.layering {
                Layering::None => false,
                Layering::Vp9(descriptor, layer) => {
                    descriptor.ends_layer() && self.vp9.is_top(layer)
                }
                Layering::Described(frame) => frame.ends_frame && self.described.is_top(frame),
            }
    }
}
