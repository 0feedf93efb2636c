//! One encoding of a sender's pictures.

use std::num::NonZeroU32;
use std::time::Instant;

use carillon_frame::{Bitrate, EncodedVideo, FrameKind, VideoFrame, VideoSize};

use super::VideoSendConfig;
use super::pace::Pace;
use crate::h264::{H264Config, H264Encoder, H264Error, MIN_ENCODED_SIDE};
use crate::scale::fitted;

/// How large a layer's pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerSize {
    /// Each side divided by a number: 1 is as captured.
    Divided(NonZeroU32),
    /// As captured, or scaled down until it fits.
    Within(VideoSize),
}

/// Whether a layer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerActivity {
    /// It is.
    Active,
    /// It is not, at no cost.
    Paused,
}

/// How one layer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerConfig {
    /// How large its pictures are.
    pub size: LayerSize,
    /// How many bits per second to aim at.
    pub bitrate: Bitrate,
    /// Whether it is sent.
    pub activity: LayerActivity,
    /// How many pictures a second at most, where that is fewer than all that the sender sends.
    pub max_framerate: Option<u16>,
}

/// What became of a layer's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerStats {
    /// Pictures encoded.
    pub encoded: u64,
    /// Those of them that need no other.
    pub key_frames: u64,
    /// Pictures for which the bitrate left no room.
    pub skipped: u64,
    /// Octets of all pictures.
    pub octets: u64,
    /// How large the latest was.
    pub size: VideoSize,
}

/// A layer and its encoder, which is there from its first picture on.
#[derive(Debug)]
pub(super) struct Layer {
    config: LayerConfig,
    encoder: Option<H264Encoder>,
    pace: Option<Pace>,
    is_due: bool,
    wants_key_frame: bool,
    stats: LayerStats,
}

impl Layer {
    pub(super) fn new(config: LayerConfig) -> Self {
        Self {
            config,
            encoder: None,
            pace: config.max_framerate.map(|framerate| Pace::new(framerate.into())),
            is_due: false,
            wants_key_frame: false,
            stats: LayerStats::default(),
        }
    }

    pub(super) fn set(&mut self, config: LayerConfig) {
        if self.config.activity == LayerActivity::Paused {
            // Nobody has the pictures that the next one would build on.
            self.wants_key_frame = true;
        }
        if self.config.max_framerate != config.max_framerate {
            self.pace = config.max_framerate.map(|framerate| Pace::new(framerate.into()));
        }
        self.config = config;
    }

    /// Notes that a picture comes, and whether it is one of those that this layer sends.
    pub(super) fn handle_frame(&mut self, now: Instant) {
        self.is_due = self.pace.as_mut().is_none_or(|pace| pace.admits(now));
    }

    pub(super) const fn request_key_frame(&mut self) {
        self.wants_key_frame = true;
    }

    pub(super) const fn stats(&self) -> LayerStats {
        self.stats
    }

    /// How large this layer's copy of the picture is; nothing if it does not send it.
    pub(super) fn size_for(&self, captured: VideoSize) -> Option<VideoSize> {
        let size = match self.config.size {
            LayerSize::Divided(by) => VideoSize::new(captured.width / by, captured.height / by),
            LayerSize::Within(within) => fitted(captured, within),
        };
        let even = |side: u32| (side & !1).max(MIN_ENCODED_SIDE);
        match self.config.activity {
            LayerActivity::Active if !self.is_due => None,
            LayerActivity::Active => Some(VideoSize::new(even(size.width), even(size.height))),
            LayerActivity::Paused => None,
        }
    }

    pub(super) fn encode(
        &mut self,
        config: &VideoSendConfig,
        frame: &VideoFrame,
    ) -> Result<Option<EncodedVideo>, H264Error> {
        let framerate = match self.config.max_framerate {
            Some(most) => config.framerate.min(most.into()),
            None => config.framerate,
        };
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(H264Encoder::with_library(
                config.library.clone(),
                H264Config {
                    framerate,
                    bitrate: self.config.bitrate,
                    content: config.content,
                    threads: config.threads,
                },
            )?),
        };
        encoder.set_bitrate(self.config.bitrate);
        encoder.set_framerate(framerate);
        if std::mem::take(&mut self.wants_key_frame) {
            encoder.request_key_frame();
        }
        let encoded = encoder.encode(frame)?;
        let stats = &mut self.stats;
        stats.size = frame.picture.size();
        match &encoded {
            Some(picture) => {
                let is_key = picture.kind == FrameKind::Key;
                stats.encoded = stats.encoded.saturating_add(1);
                stats.key_frames = stats.key_frames.saturating_add(u64::from(is_key));
                let octets = u64::try_from(picture.payload.len()).unwrap_or(u64::MAX);
                stats.octets = stats.octets.saturating_add(octets);
            }
            None => stats.skipped = stats.skipped.saturating_add(1),
        }
        Ok(encoded)
    }
}
