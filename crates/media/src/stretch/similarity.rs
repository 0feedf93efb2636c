//! Where sound goes on as it does here: the period of a voice, found by correlation.
//!
//! The search is coarse first, on every sixth sample of smoothed sound, and then fine around the best place.
#![expect(
    clippy::indexing_slicing,
    reason = "every slice lies within the spans that `compare` checks once, before the loops"
)]

use super::{LONGEST_PERIOD, OVERLAP};

/// How many samples become one in the coarse search: 48 to 8 kHz, which keeps the fundamental of every voice.
const COARSE: usize = 6;

/// The shortest period: 2.5 ms; of higher voices several periods are taken.
const SHORTEST_PERIOD: usize = 120;

/// How many coarse samples are looked at: those compared, and the longest period on either side.
const COARSE_SPAN: usize = (LONGEST_PERIOD + OVERLAP) / COARSE;

const COARSE_OVERLAP: usize = OVERLAP / COARSE;

/// A place that resembles another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// How far it is away, in samples.
    pub(super) lag: usize,
    /// How alike the two are: 1 is the same, whatever the loudness.
    pub(super) alike: f32,
    /// The root mean square of the louder one.
    pub(super) loudness: f32,
}

/// The period at the start of `sound`: after how much it goes on as it begins. None of too short a sound.
pub(super) fn period_behind(sound: &[i16]) -> Option<Match> {
    let span: &[i16; LONGEST_PERIOD + OVERLAP] = sound.first_chunk()?;
    best(span, |lag| (0, lag))
}

/// The period before `at`: how much earlier `sound` went on as it does there. None of too short a sound.
pub(super) fn period_before(sound: &[i16], at: usize) -> Option<Match> {
    let span = sound.get(at.checked_sub(LONGEST_PERIOD)?..)?.first_chunk()?;
    best(span, |lag| (LONGEST_PERIOD, LONGEST_PERIOD - lag))
}

/// The lag at which the two places that `places` tells of are most alike; both with [`OVERLAP`] lie within the span.
fn best(
    span: &[i16; LONGEST_PERIOD + OVERLAP],
    places: impl Fn(usize) -> (usize, usize),
) -> Option<Match> {
    let coarse: [f32; COARSE_SPAN] = std::array::from_fn(|n| {
        span[n * COARSE..(n + 1) * COARSE].iter().map(|sample| f32::from(*sample)).sum()
    });
    let rough = (SHORTEST_PERIOD / COARSE..=LONGEST_PERIOD / COARSE).max_by(|a, b| {
        let alike = |lag: usize| {
            let (here, there) = places(lag * COARSE);
            let (here, there) = (here / COARSE, there / COARSE);
            correlation(
                coarse[here..here + COARSE_OVERLAP].iter().copied(),
                coarse[there..there + COARSE_OVERLAP].iter().copied(),
            )
            .alike
        };
        alike(*a).total_cmp(&alike(*b))
    })?;
    let around = (rough * COARSE).saturating_sub(COARSE).max(SHORTEST_PERIOD)
        ..=(rough * COARSE + COARSE).min(LONGEST_PERIOD);
    let fine = around.map(|lag| {
        let (here, there) = places(lag);
        let samples = |at: usize| span[at..at + OVERLAP].iter().map(|sample| f32::from(*sample));
        let Correlation { alike, energy } = correlation(samples(here), samples(there));
        Match { lag, alike, loudness: (energy / OVERLAP as f32).sqrt() }
    });
    fine.max_by(|a, b| a.alike.total_cmp(&b.alike))
}

struct Correlation {
    alike: f32,
    energy: f32,
}

/// The normalised correlation of two sounds of one length, and the energy of the louder.
fn correlation(a: impl Iterator<Item = f32>, b: impl Iterator<Item = f32>) -> Correlation {
    let sums =
        a.zip(b).fold((0.0, 0.0, 0.0), |(ab, aa, bb), (a, b)| (ab + a * b, aa + a * a, bb + b * b));
    let (ab, aa, bb): (f32, f32, f32) = sums;
    let scale = (aa * bb).sqrt();
    Correlation { alike: if scale > 0.0 { ab / scale } else { 1.0 }, energy: aa.max(bb) }
}
