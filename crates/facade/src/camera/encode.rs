//! From the pictures of a source to what is sent of them.

use std::num::NonZeroU32;
use std::time::Instant;

use carillon_frame::{Bitrate, VideoFrame, VideoSize};
use carillon_media::pipeline::video_send::{
    LayerActivity, LayerConfig, LayerIndex, LayerSize, VideoSend,
};
use carillon_media::scale::fitted;

use super::MOST_FRAMERATE;
use super::control::CameraControl;
use crate::media_link::layers::LayerName;
use crate::policy::{LayerParameters, VideoSendParameters};

/// Encodes a picture as often as it is sent, and hands on what comes of it.
pub(super) fn encode(
    now: Instant,
    send: &mut VideoSend,
    frame: &VideoFrame,
    parameters: VideoSendParameters,
    control: &CameraControl,
) {
    let within = bounds(parameters.max_height.max(16));
    match parameters.layers {
        Some(layers) => {
            let full = fitted(frame.picture.size(), within);
            send.set_layers(&layers.map(|layer| layer_of(full, layer)));
        }
        None => send.set_layers(&[config(within, parameters.bitrate)]),
    }
    for (index, name) in LayerName::ALL.into_iter().enumerate() {
        if control.take_key_frame(name) {
            send.request_key_frame(LayerIndex(index));
        }
    }
    // By the rate the encoder shares out the bits.
    let framerate = u16::try_from(parameters.max_framerate).unwrap_or(MOST_FRAMERATE);
    send.set_framerate(framerate.min(MOST_FRAMERATE).into());
    send.handle_frame(now, frame);
    let mut largest = None;
    let mut any = false;
    loop {
        match send.poll_encoded() {
            Ok(Some((index, picture))) => {
                any = true;
                // The largest comes first.
                largest = largest.or_else(|| send.layer_stats(index).map(|stats| stats.size));
                if let Some(name) = LayerName::ALL.get(index.0) {
                    control.send(*name, picture);
                }
            }
            Ok(None) => break,
            Err(error) => tracing::debug!(%error, "a picture was not sent"),
        }
    }
    if any {
        control.count_encoded(largest);
    }
}

fn config(within: VideoSize, bitrate: Bitrate) -> LayerConfig {
    LayerConfig {
        size: LayerSize::Within(within),
        bitrate,
        activity: LayerActivity::Active,
        max_framerate: None,
    }
}

/// One layer of a picture that is sent in this full size.
fn layer_of(full: VideoSize, layer: LayerParameters) -> LayerConfig {
    let by = NonZeroU32::new(layer.scale_down_by).unwrap_or(NonZeroU32::MIN);
    let within = VideoSize::new(full.width / by, full.height / by);
    let is_on = layer.is_on();
    LayerConfig {
        activity: if is_on { LayerActivity::Active } else { LayerActivity::Paused },
        max_framerate: layer.max_framerate,
        ..config(within, layer.max_bitrate)
    }
}

/// The size of so many lines; servers limit both sides, so that a picture of wider shape has fewer lines.
const fn bounds(lines: u32) -> VideoSize {
    VideoSize::new(lines.saturating_mul(16).div_ceil(9), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_with_the_columns_that_meetings_allow_beside_them() {
        let sizes = [(720, 1_280), (1_080, 1_920), (2_160, 3_840), (480, 854), (270, 480)];
        for (lines, columns) in sizes {
            assert_eq!(bounds(lines), VideoSize::new(columns, lines));
        }
    }
}
