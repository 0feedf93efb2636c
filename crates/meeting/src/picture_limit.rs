//! How large pictures may be, and which layers of a publisher are larger.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use carillon_frame::VideoSize;
use carillon_sfu::SourceId;
use carillon_signaling::Modality;
use carillon_types::{ContentResolution, VideoResolution};

use crate::attendee::Attendee;

/// How much longer than allowed a side may be: encoders round it up to whole blocks, which have 16 pixels at most.
const ROUNDING: u32 = 15;

/// How long a picture may be too large before it is refused.
///
/// Browsers begin to scale a camera down only once it runs, so that its first pictures may be too large. Less would refuse
/// those on a busy machine; more only leaves a sender longer without a word, for nobody sees its pictures meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// The greatest size of a picture, lying or upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PictureLimit(VideoSize);

impl PictureLimit {
    /// The limit of what an attendee publishes; nothing fits where its meeting has no such pictures.
    pub(crate) fn of(attendee: &Attendee) -> Self {
        let (width, height) = match attendee.identity.modality {
            Modality::Main => match attendee.features.video_resolution() {
                VideoResolution::None => (0, 0),
                VideoResolution::Hd => (1_280, 720),
                VideoResolution::Fhd => (1_920, 1_080),
            },
            Modality::Content => match attendee.features.content_resolution() {
                ContentResolution::None => (0, 0),
                ContentResolution::Fhd => (1_920, 1_080),
                ContentResolution::Uhd => (3_840, 2_160),
            },
        };
        Self(VideoSize::new(width, height))
    }

    /// Whether a picture is no larger.
    fn admits(self, size: VideoSize) -> bool {
        let sides = |size: VideoSize| (size.width.max(size.height), size.width.min(size.height));
        let ((long, short), (most_long, most_short)) = (sides(size), sides(self.0));
        long <= most_long.saturating_add(ROUNDING) && short <= most_short.saturating_add(ROUNDING)
    }
}

/// What is to become of a packet of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Fits,
    /// It is the first that is too large: a key frame tells whether its sender is about to change that.
    BeginsTooLarge,
    /// It goes nowhere.
    TooLarge,
    /// Its sender does not change that.
    Refused,
}

/// Which layers of a publisher are too large, and since when.
#[derive(Debug, Default)]
pub(crate) struct TooLarge {
    since: BTreeMap<SourceId, Instant>,
}

impl TooLarge {
    /// Judges a packet of a layer; only the starts of key frames tell a size, and later packets are like them.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        layer: SourceId,
        limit: PictureLimit,
        told: Option<VideoSize>,
    ) -> Verdict {
        match (told.map(|size| limit.admits(size)), self.since.get(&layer)) {
            (Some(true), _) => {
                self.since.remove(&layer);
                Verdict::Fits
            }
            (None, None) => Verdict::Fits,
            (Some(false), None) => {
                self.since.insert(layer, now);
                Verdict::BeginsTooLarge
            }
            (Some(false) | None, Some(since)) => {
                let is_lasting = now.saturating_duration_since(*since) >= PATIENCE;
                if is_lasting { Verdict::Refused } else { Verdict::TooLarge }
            }
        }
    }

    /// Forgets all layers but these.
    pub(crate) fn retain(&mut self, layers: &[SourceId]) {
        self.since.retain(|layer, _| layers.contains(layer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: PictureLimit = PictureLimit(VideoSize::new(1_280, 720));

    #[test]
    fn a_picture_may_lie_or_stand_and_be_rounded_up() {
        for (width, height, is_admitted) in [
            (1_280, 720, true),
            (720, 1_280, true),
            (1_280, 735, true),
            (320, 180, true),
            (720, 720, true),
            (1_280, 736, false),
            (1_296, 720, false),
            (1_280, 960, false),
            (1_080, 1_920, false),
        ] {
            assert_eq!(HD.admits(VideoSize::new(width, height)), is_admitted, "{width}x{height}");
        }
        let full = PictureLimit(VideoSize::new(1_920, 1_080));
        assert!(full.admits(VideoSize::new(1_088, 1_920)));
    }

    #[test]
    fn a_layer_is_refused_once_it_stays_too_large_and_not_before() {
        let (large, small) = (Some(VideoSize::new(1_920, 1_080)), Some(VideoSize::new(640, 360)));
        let (start, layer, other) =
            (carillon_testkit::clock::VirtualClock::start().now(), SourceId(1), SourceId(2));
        let mut known = TooLarge::default();
        let mut judge = |after: u64, layer, told| {
            known.judge(start + Duration::from_millis(after), layer, HD, told)
        };
        assert_eq!(judge(0, layer, None), Verdict::Fits);
        assert_eq!(judge(1, layer, large), Verdict::BeginsTooLarge);
        assert_eq!(judge(2, layer, None), Verdict::TooLarge);
        assert_eq!(judge(3, other, None), Verdict::Fits);
        assert_eq!(judge(4, layer, small), Verdict::Fits);
        assert_eq!(judge(5, layer, large), Verdict::BeginsTooLarge);
        assert_eq!(judge(2_004, layer, large), Verdict::TooLarge);
        assert_eq!(judge(2_005, layer, None), Verdict::Refused);
    }
}
