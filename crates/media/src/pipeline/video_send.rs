//! From a camera's or a screen's pictures to one to three encoded layers.

mod layer;
mod pace;

use std::time::Instant;

use carillon_frame::{EncodedVideo, VideoFrame, VideoSize};

use crate::h264::{H264Error, H264Library, VideoContent};
use crate::scale::{ScaleError, Scaler};

use layer::Layer;
pub use layer::{LayerActivity, LayerConfig, LayerSize, LayerStats};
use pace::Pace;

/// How many layers a sender has at most: what browsers send, and what a forwarder chooses from.
pub const MAX_LAYERS: usize = 3;

/// Which layer of a sender, in the order of its configuration: 0 to 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerIndex(pub usize);

/// How pictures are sent, whatever their layers.
#[derive(Clone, Debug)]
pub struct VideoSendConfig {
    /// Where the codec's code comes from.
    pub library: H264Library,
    /// How many pictures a second are sent at most: 1 to 60.
    pub framerate: f32,
    /// What is shown.
    pub content: VideoContent,
    /// How many threads encode one picture.
    pub threads: u16,
}

/// Why one picture of one layer is not sent; later ones may be.
#[derive(Debug, thiserror::Error)]
pub enum VideoSendError {
    /// The picture could not be scaled: ask for another layer size.
    #[error("picture could not be scaled")]
    Scale(#[from] ScaleError),
    /// The picture could not be encoded: see the cause.
    #[error("picture could not be encoded")]
    Encode(#[from] H264Error),
}

/// What became of the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoSendStats {
    /// Pictures given.
    pub captured: u64,
    /// Pictures that came sooner than the frame rate lets them.
    pub paced_out: u64,
    /// Pictures that the next one overtook before all layers were encoded.
    pub overtaken: u64,
}

/// Encodes pictures for sending: as many a second and in as many layers as asked.
///
/// Give it pictures by [`Self::handle_frame`], then take what they became by [`Self::poll_encoded`] until there is nothing.
#[derive(Debug)]
pub struct VideoSend {
    config: VideoSendConfig,
    pace: Pace,
    layers: Vec<Layer>,
    scaler: Scaler,
    /// The picture that is being encoded.
    current: Option<Current>,
    stats: VideoSendStats,
}

#[derive(Debug)]
struct Current {
    frame: VideoFrame,
    /// How many layers are still to be encoded: the largest are first, so that smaller ones are made of them.
    remaining: usize,
    /// The copy that was made for the layer before.
    scaled: Option<VideoFrame>,
}

impl VideoSend {
    /// Makes a sender without layers, which sends nothing until [`Self::set_layers`].
    #[must_use]
    pub fn new(config: VideoSendConfig) -> Self {
        Self {
            pace: Pace::new(config.framerate),
            config,
            layers: Vec::new(),
            scaler: Scaler::default(),
            current: None,
            stats: VideoSendStats::default(),
        }
    }

    /// Sends these layers from the next picture on: the first three, from the smallest to the largest.
    ///
    /// A layer that stays keeps its stream; one that is added or becomes active begins with a key frame.
    pub fn set_layers(&mut self, layers: &[LayerConfig]) {
        self.current = None;
        self.layers.truncate(layers.len());
        for (n, config) in layers.iter().take(MAX_LAYERS).enumerate() {
            match self.layers.get_mut(n) {
                Some(layer) => layer.set(*config),
                None => self.layers.push(Layer::new(*config)),
            }
        }
    }

    /// Sends at most so many pictures a second.
    pub fn set_framerate(&mut self, framerate: f32) {
        self.config.framerate = framerate;
        self.pace.set_framerate(framerate);
    }

    /// Lets the next picture of a layer be one that needs no other.
    pub fn request_key_frame(&mut self, layer: LayerIndex) {
        if let Some(layer) = self.layers.get_mut(layer.0) {
            layer.request_key_frame();
        }
    }

    /// Takes the next picture, unless it comes too soon.
    pub fn handle_frame(&mut self, now: Instant, frame: &VideoFrame) {
        self.stats.captured = self.stats.captured.saturating_add(1);
        if !self.pace.admits(now) {
            self.stats.paced_out = self.stats.paced_out.saturating_add(1);
            return;
        }
        self.layers.iter_mut().for_each(|layer| layer.handle_frame(now));
        let current = Current { frame: frame.clone(), remaining: self.layers.len(), scaled: None };
        let overtaken = self.current.replace(current).is_some();
        self.stats.overtaken = self.stats.overtaken.saturating_add(u64::from(overtaken));
    }

    /// Encodes the picture for the next layer, the largest first; nothing when all are done.
    ///
    /// # Errors
    /// Says why the picture is missing in one layer; call again for the others.
    pub fn poll_encoded(&mut self) -> Result<Option<(LayerIndex, EncodedVideo)>, VideoSendError> {
        while let Some(mut current) = self.current.take() {
            let Some(index) = current.remaining.checked_sub(1) else { return Ok(None) };
            current.remaining = index;
            let current = self.current.insert(current);
            let Some(layer) = self.layers.get_mut(index) else { continue };
            let Some(size) = layer.size_for(current.frame.picture.size()) else { continue };
            let frame = current.scaled_to(size, &mut self.scaler)?;
            if let Some(encoded) = layer.encode(&self.config, frame)? {
                return Ok(Some((LayerIndex(index), encoded)));
            }
        }
        Ok(None)
    }

    /// What became of the pictures so far.
    #[must_use]
    pub const fn stats(&self) -> VideoSendStats {
        self.stats
    }

    /// What became of a layer's pictures; nothing if there is no such layer.
    #[must_use]
    pub fn layer_stats(&self, layer: LayerIndex) -> Option<LayerStats> {
        self.layers.get(layer.0).map(Layer::stats)
    }
}

impl Current {
    /// The picture in that size, made of the smallest copy that is large enough.
    fn scaled_to(
        &mut self,
        size: VideoSize,
        scaler: &mut Scaler,
    ) -> Result<&VideoFrame, ScaleError> {
        let is_enough = |frame: &&VideoFrame| {
            let its = frame.picture.size();
            its.width >= size.width && its.height >= size.height
        };
        let source = self.scaled.as_ref().filter(is_enough).unwrap_or(&self.frame);
        let picture = scaler.scale(&source.picture, size)?;
        let timestamp = self.frame.timestamp;
        Ok(self.scaled.insert(VideoFrame { picture, timestamp }))
    }
}

#[cfg(test)]
#[cfg(feature = "h264")]
mod tests;
