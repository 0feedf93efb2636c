//! What cameras can give, and which of it is nearest to what is wanted.

use carillon_frame::VideoSize;
use carillon_media::colour::RawLayout;

use super::VideoQuality;

/// How pictures come out of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PixelFormat {
    /// As they are.
    Raw(RawLayout),
    /// Each a JPEG, which has to be decoded.
    Jpeg,
}

impl PixelFormat {
    /// Which is better if all else is equal: what is least work.
    const fn rank(self) -> u32 {
        match self {
            Self::Raw(RawLayout::I420) => 0,
            Self::Raw(RawLayout::Nv12) => 1,
            Self::Raw(RawLayout::Yuyv) => 2,
            Self::Jpeg => 3,
        }
    }
}

/// How far pictures are apart: so many seconds, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Interval {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

impl Interval {
    /// Pictures in a thousand seconds.
    pub(super) fn millihertz(self) -> u64 {
        let pictures = u64::from(self.denominator).saturating_mul(1_000);
        pictures.checked_div(self.numerator.into()).unwrap_or(0)
    }
}

/// Something that a camera can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) pixels: PixelFormat,
    pub(super) size: VideoSize,
    /// Nothing if the camera does not tell.
    pub(super) interval: Option<Interval>,
}

/// What a camera gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) pixels: PixelFormat,
    pub(super) size: VideoSize,
    /// Octets from one row to the next, where pictures come as they are.
    pub(super) stride: u32,
}

/// The whole of a share, in which distances are counted: finer than any two sizes differ.
const WHOLE: u64 = 1_000_000;

/// The offer that is nearest to what is wanted.
///
/// As in browsers, width, height and rate count alike, each by the share that it differs (Media Capture and Streams,
/// "fitness distance"). Unlike there, what is missing counts double, for a larger picture is made smaller and never the
/// other way round; and more pictures than wanted cost nothing, for those too many are left out.
pub(super) fn choose(offers: &[Offer], wanted: VideoQuality) -> Option<Offer> {
    let valid = offers.iter().filter(|offer| offer.size.is_valid());
    valid.min_by_key(|offer| cost(offer, wanted)).copied()
}

fn cost(offer: &Offer, wanted: VideoQuality) -> (u64, u64, u32) {
    let rate = u64::from(wanted.framerate).saturating_mul(1_000);
    let offered = offer.interval.map_or(rate, Interval::millihertz);
    let distance = distance(offer.size.width.into(), wanted.size.width.into())
        .saturating_add(distance(offer.size.height.into(), wanted.size.height.into()))
        .saturating_add(distance(offered.min(rate), rate));
    (distance, offered.saturating_sub(rate), offer.pixels.rank())
}

fn distance(offered: u64, wanted: u64) -> u64 {
    let weight = if offered < wanted { 2 * WHOLE } else { WHOLE };
    let difference = offered.abs_diff(wanted).saturating_mul(weight);
    difference.checked_div(offered.max(wanted)).unwrap_or(0)
}

/// A range in steps, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) least: u32,
    pub(super) most: u32,
    pub(super) step: u32,
}

impl Steps {
    /// The step that is nearest to what is wanted, and not above it but where the range begins there.
    pub(super) fn nearest(self, wanted: u32) -> u32 {
        let within = wanted.min(self.most).saturating_sub(self.least);
        let steps = within.checked_div(self.step.max(1)).unwrap_or(0);
        self.least.saturating_add(steps.saturating_mul(self.step.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YUYV: PixelFormat = PixelFormat::Raw(RawLayout::Yuyv);
    const NV12: PixelFormat = PixelFormat::Raw(RawLayout::Nv12);

    fn offer(pixels: PixelFormat, width: u32, height: u32, rate: u32) -> Offer {
        let interval = Some(Interval { numerator: 1, denominator: rate });
        Offer { pixels, size: VideoSize::new(width, height), interval }
    }

    /// What a webcam of 2010 to 2025 has: few large pictures as they are, many as JPEG.
    fn webcam() -> Vec<Offer> {
        let raw = [(640, 480, 30), (1_280, 720, 10), (1_920, 1_080, 5)];
        let compressed = [(640, 480, 30), (1_280, 720, 30), (1_920, 1_080, 30)];
        let raw = raw.map(|(width, height, rate)| offer(YUYV, width, height, rate));
        let compressed =
            compressed.map(|(width, height, rate)| offer(PixelFormat::Jpeg, width, height, rate));
        [raw, compressed].concat()
    }

    fn chosen(offers: &[Offer], width: u32, height: u32, framerate: u32) -> Option<Offer> {
        choose(offers, VideoQuality { size: VideoSize::new(width, height), framerate })
    }

    #[test]
    fn what_is_wanted_exactly_is_taken_uncompressed_if_it_can_be() {
        let webcam = webcam();
        assert_eq!(chosen(&webcam, 640, 480, 30), Some(offer(YUYV, 640, 480, 30)));
        assert_eq!(chosen(&webcam, 1_280, 720, 30), Some(offer(PixelFormat::Jpeg, 1_280, 720, 30)));
        assert_eq!(chosen(&webcam, 1_280, 720, 10), Some(offer(YUYV, 1_280, 720, 10)));
        let both = [offer(YUYV, 640, 480, 30), offer(NV12, 640, 480, 30)];
        assert_eq!(chosen(&both, 640, 480, 15), Some(offer(NV12, 640, 480, 30)));
    }

    #[test]
    fn the_nearest_size_is_taken_above_or_below() {
        let webcam = webcam();
        let size = |width, height| chosen(&webcam, width, height, 15).unwrap().size;
        assert_eq!(size(960, 540), VideoSize::new(1_280, 720));
        assert_eq!(size(700, 500), VideoSize::new(640, 480));
        assert_eq!(size(3_840, 2_160), VideoSize::new(1_920, 1_080));
        assert_eq!(size(16, 16), VideoSize::new(640, 480));
    }

    #[test]
    fn more_pictures_than_wanted_are_welcome_and_fewer_are_not() {
        let rates = [5, 20, 30, 60].map(|rate| offer(YUYV, 640, 480, rate));
        let rate = |framerate| {
            let chosen = chosen(&rates, 640, 480, framerate).unwrap();
            chosen.interval.unwrap().denominator
        };
        assert_eq!(rate(15), 20);
        assert_eq!(rate(30), 30);
        assert_eq!(rate(120), 60);
        assert_eq!(rate(1), 5);
    }

    #[test]
    fn a_camera_that_tells_no_rate_is_taken_at_its_word() {
        let silent = Offer { interval: None, ..offer(YUYV, 640, 480, 1) };
        assert_eq!(chosen(&[silent], 640, 480, 30), Some(silent));
        assert_eq!(chosen(&[silent, offer(YUYV, 640, 480, 5)], 640, 480, 30), Some(silent));
    }

    #[test]
    fn impossible_sizes_are_not_chosen_and_nothing_is_chosen_of_nothing() {
        assert_eq!(chosen(&[], 640, 480, 30), None);
        assert_eq!(chosen(&[offer(YUYV, 0, 480, 30)], 640, 480, 30), None);
        let never = Offer {
            interval: Some(Interval { numerator: 0, denominator: 1 }),
            ..offer(YUYV, 640, 480, 30)
        };
        assert_eq!(chosen(&[never], 640, 480, 0), Some(never));
    }

    #[test]
    fn a_range_gives_the_step_next_to_what_is_wanted() {
        let range = Steps { least: 48, most: 1_920, step: 16 };
        assert_eq!(range.nearest(960), 960);
        assert_eq!(range.nearest(970), 960);
        assert_eq!(range.nearest(5_000), 1_920);
        assert_eq!(range.nearest(0), 48);
        assert_eq!(Steps { step: 0, ..range }.nearest(971), 971);
        assert_eq!(Steps { most: u32::MAX, ..range }.nearest(u32::MAX), u32::MAX / 16 * 16);
    }
}
