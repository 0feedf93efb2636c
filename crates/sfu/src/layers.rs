//! The layers of one scalable stream: what its structure is, and what each of them takes.

use std::time::{Duration, Instant};

use carillon_frame::Bitrate;
use carillon_rtp::extension::dependency::DependencyReader;

use crate::media::{Layering, Media};
use crate::meter::Meter;
use crate::selection::UpTo;

/// How many spatial, and how many temporal layers are told apart.
///
/// No browser sends more than three of each; what lies above counts with the highest. More costs
/// memory for every scalable stream, by the square.
const MAX_LAYERS: usize = 4;

/// How long a measurement is good for.
///
/// Less would add rates up for every packet, more would notice late that a layer grew.
const STALE_AFTER: Duration = Duration::from_millis(100);

/// The layers of one stream; without any, it costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    dependencies: DependencyReader,
    rates: Option<Box<LayerRates>>,
}

impl Layers {
    /// Adds to a packet what its descriptor says.
    pub(crate) fn describe(&mut self, media: &mut Media<'_>) {
        if let (Layering::None, Some(descriptor)) = (&media.layering, media.descriptor)
            && let Some(frame) = self.dependencies.read(descriptor)
        {
            media.layering = Layering::Described(frame);
        }
    }

    /// Takes note of a packet, and adds to it what its descriptor says.
    pub(crate) fn handle_packet(&mut self, now: Instant, media: &mut Media<'_>) {
        self.describe(media);
        let (spatial, temporal) = match &media.layering {
            Layering::None => return,
            Layering::Vp9(_, layer) => (layer.spatial, layer.temporal),
            Layering::Described(frame) => (frame.spatial, frame.temporal),
        };
        let rates = self.rates.get_or_insert_with(|| Box::new(LayerRates::new(now)));
        rates.record(now, UpTo { spatial, temporal }, media.packet.size());
    }

    pub(crate) const fn dependencies(&self) -> &DependencyReader {
        &self.dependencies
    }

    pub(crate) fn rates(&self) -> Option<&LayerRates> {
        self.rates.as_deref()
    }
}

/// By spatial layer, then by temporal layer.
type Sums = [[Bitrate; MAX_LAYERS]; MAX_LAYERS];

/// How much each layer takes.
#[derive(Clone, Debug)]
pub(crate) struct LayerRates {
    /// By spatial layer, then by temporal layer.
    meters: [[Meter; MAX_LAYERS]; MAX_LAYERS],
    /// The last measurement, of each layer with all below.
    sums: Sums,
    measured_at: Instant,
}

impl LayerRates {
    fn new(now: Instant) -> Self {
        let meters = std::array::from_fn(|_| std::array::from_fn(|_| Meter::new(now)));
        Self { meters, sums: [[Bitrate::default(); MAX_LAYERS]; MAX_LAYERS], measured_at: now }
    }

    fn record(&mut self, now: Instant, layer: UpTo, octets: usize) {
        let meter = self.meters.get_mut(place(layer.spatial));
        if let Some(meter) = meter.and_then(|meters| meters.get_mut(place(layer.temporal))) {
            meter.record(now, octets);
        }
        if now.saturating_duration_since(self.measured_at) >= STALE_AFTER {
            self.measured_at = now;
            self.sums = self.measure(now);
        }
    }

    /// What a layer takes with all below it, as measured last.
    pub(crate) fn up_to(&self, layer: UpTo) -> Bitrate {
        at(&self.sums, layer)
    }

    /// What a layer takes with all below it, at this moment.
    pub(crate) fn measure_up_to(&self, now: Instant, layer: UpTo) -> Bitrate {
        at(&self.measure(now), layer)
    }

    /// The highest layers that take no more than a bitrate, or else the lowest.
    ///
    /// All temporal layers come before the next spatial one, because a picture that moves is worth
    /// more than a sharp one.
    pub(crate) fn highest_within(&self, most: UpTo, bitrate: Bitrate) -> UpTo {
        let fitting = steps(most).filter(|step| self.up_to(*step) <= bitrate);
        fitting.last().unwrap_or(UpTo { spatial: 0, temporal: 0 })
    }

    /// What the layers take one after the other, from the lowest on.
    pub(crate) fn ascending(&self) -> Vec<Bitrate> {
        let mut rates: Vec<Bitrate> =
            steps(UpTo::EVERYTHING).map(|step| self.up_to(step)).collect();
        rates.sort_unstable();
        rates.dedup();
        rates.retain(|rate| *rate > Bitrate::default());
        rates
    }

    fn measure(&self, now: Instant) -> Sums {
        let mut sums = [[Bitrate::default(); MAX_LAYERS]; MAX_LAYERS];
        let mut below = [Bitrate::default(); MAX_LAYERS];
        for (sums, meters) in sums.iter_mut().zip(&self.meters) {
            let mut lower = 0_u64;
            for ((sum, below), meter) in sums.iter_mut().zip(&mut below).zip(meters) {
                lower = lower.saturating_add(meter.bitrate(now).bps());
                *sum = Bitrate::from_bps(lower.saturating_add(below.bps()));
                *below = *sum;
            }
        }
        sums
    }
}

/// The layers in the order in which they are added.
fn steps(most: UpTo) -> impl Iterator<Item = UpTo> {
    let temporal = (0..=most.temporal).map(|temporal| UpTo { spatial: 0, temporal });
    let spatial = (0..=most.spatial).map(move |spatial| UpTo { spatial, ..most });
    temporal.take(MAX_LAYERS).chain(spatial.take(MAX_LAYERS))
}

fn at(sums: &Sums, layer: UpTo) -> Bitrate {
    let sums = sums.get(place(layer.spatial));
    sums.and_then(|sums| sums.get(place(layer.temporal))).copied().unwrap_or_default()
}

fn place(layer: u8) -> usize {
    usize::from(layer).min(MAX_LAYERS.saturating_sub(1))
}
