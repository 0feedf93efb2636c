//! The streams of the own picture: one for each simulcast layer, told apart by names (RFC 8853, RFC 8851).

use carillon_frame::Ssrc;

/// A layer by the name that browsers give it, from the smallest to the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerName {
    Low,
    Mid,
    Hi,
}

impl LayerName {
    pub(crate) const ALL: [Self; 3] = [Self::Low, Self::Mid, Self::Hi];

    /// The layers of a camera.
    pub(crate) const OF_CAMERA: &[Self] = &Self::ALL;

    /// The layers of shared content.
    pub(crate) const OF_CONTENT: &[Self] = &[Self::Low, Self::Hi];

    /// The name as packets and descriptions have it.
    pub(crate) const fn rid(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Mid => "mid",
            Self::Hi => "hi",
        }
    }
}

/// The streams of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayerStream {
    pub(crate) name: LayerName,
    pub(crate) media: Ssrc,
    /// In which lost packets are sent again.
    pub(crate) repair: Ssrc,
}

/// The offer of a camera's layers, as one of a camera without: all is sent in this stream.
///
/// The camera's section is the first of video.
pub(crate) fn as_single(offer: &str, stream: LayerStream) -> String {
    let mut videos = 0_u32;
    let mut single = String::with_capacity(offer.len());
    for line in offer.lines() {
        if line.starts_with("m=") {
            if videos == 1 {
                write_stream(&mut single, stream);
                videos = videos.saturating_add(1);
            }
            videos = videos.saturating_add(u32::from(line.starts_with("m=video")));
        }
        let is_of_layers = line.starts_with("a=rid:") || line.starts_with("a=simulcast:");
        if !(videos == 1 && is_of_layers) {
            single.push_str(line);
            single.push_str("\r\n");
        }
    }
    if videos == 1 {
        write_stream(&mut single, stream);
    }
    single
}

fn write_stream(offer: &mut String, stream: LayerStream) {
    let LayerStream { media, repair, .. } = stream;
    for line in [
        format!("a=ssrc-group:FID {media} {repair}"),
        format!("a=ssrc:{media} cname:camera"),
        format!("a=ssrc:{repair} cname:camera"),
    ] {
        offer.push_str(&line);
        offer.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: LayerStream =
        LayerStream { name: LayerName::Low, media: Ssrc(7), repair: Ssrc(8) };
    const CAMERA: &str = "m=video 9 x 102\r\na=rid:low send\r\na=rid:hi send\r\na=simulcast:send low;hi\r\na=mid:1\r\n";
    const SINGLE: &str = "m=video 9 x 102\r\na=mid:1\r\na=ssrc-group:FID 7 8\r\na=ssrc:7 cname:camera\r\na=ssrc:8 cname:camera\r\n";

    #[test]
    fn a_single_picture_is_offered_by_its_streams_and_other_sections_stay() {
        let voice = "v=0\r\nm=audio 9 x 111\r\na=ssrc:1 cname:voice\r\n";
        let others = "m=video 9 x 102\r\na=rid:low recv\r\nm=audio 0 x 111\r\n";
        for others in ["", others] {
            let offer = format!("{voice}{CAMERA}{others}");
            assert_eq!(as_single(&offer, STREAM), format!("{voice}{SINGLE}{others}"));
        }
    }
}
