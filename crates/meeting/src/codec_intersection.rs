//! Which codecs everybody can be sent: senders choose among these.

use std::collections::BTreeSet;

use carillon_rtp::{H264Profile, VideoFormat, Vp9Profile};
use carillon_signaling::VideoCodec;

/// The codecs that every receiver decodes, by the formats each offered; no constraint without receivers.
pub(crate) fn intersection<'a>(
    receivers: impl Iterator<Item = &'a BTreeSet<VideoFormat>>,
) -> Vec<VideoCodec> {
    let codecs = |formats: &BTreeSet<VideoFormat>| -> BTreeSet<VideoCodec> {
        formats.iter().filter_map(|format| codec(*format)).collect()
    };
    let common = receivers.map(codecs).reduce(|common, next| &common & &next);
    common.unwrap_or_default().into_iter().collect()
}

/// The word that clients have for a format, if they have one.
const fn codec(format: VideoFormat) -> Option<VideoCodec> {
    match format {
        VideoFormat::Vp8 => Some(VideoCodec::Vp8),
        VideoFormat::H264 { profile, .. } => match profile {
            H264Profile::ConstrainedBaseline => Some(VideoCodec::H264ConstrainedBaseline),
            H264Profile::Baseline => Some(VideoCodec::H264Baseline),
            H264Profile::Main => Some(VideoCodec::H264Main),
            H264Profile::ConstrainedHigh => Some(VideoCodec::H264ConstrainedHigh),
            H264Profile::High => Some(VideoCodec::H264High),
            H264Profile::Extended | H264Profile::Other { .. } => None,
        },
        VideoFormat::Vp9 { profile: Vp9Profile(0) } => Some(VideoCodec::Vp9),
        VideoFormat::Vp9 { .. } => None,
        VideoFormat::Av1 => Some(VideoCodec::Av1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_decodes_less_narrows_it_for_everybody() {
        let browser = BTreeSet::from([VideoFormat::Vp8, VideoFormat::Av1]);
        let phone = BTreeSet::from([VideoFormat::Vp8]);
        assert_eq!(intersection([&browser].into_iter()), [VideoCodec::Vp8, VideoCodec::Av1]);
        assert_eq!(intersection([&browser, &phone].into_iter()), [VideoCodec::Vp8]);
        assert!(intersection(std::iter::empty()).is_empty());
    }
}
