//! What a session and the thread of its own video have in common.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use carillon_frame::{EncodedVideo, VideoSize};
use tokio::sync::mpsc;

use crate::media_link::layers::LayerName;
use crate::metrics::VideoSendMetrics;
use crate::policy::VideoSendParameters;
use crate::shared::lock;

/// How many encoded pictures wait to be sent, eight of each layer. When it is full the path does not take them: the
/// picture is dropped, and the next that is sent is one that needs no other.
const WAITING_PICTURES: usize = 8 * LayerName::ALL.len();

/// An encoded picture on its way out.
#[derive(Debug)]
pub(crate) struct LayerPicture {
    /// Which layer it is of: the first, if there are none.
    pub(crate) layer: LayerName,
    pub(crate) picture: EncodedVideo,
}

/// Whether a source's pictures are encoded here, so that they may be encoded several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layering {
    #[cfg(feature = "h264")]
    Possible,
    Impossible,
}

/// What the session tells the thread while it runs.
#[derive(Debug)]
pub(crate) struct CameraControl {
    pub(super) stop: AtomicBool,
    pub(super) ended: AtomicBool,
    layering: Layering,
    /// Whether the server knows the layers by their names.
    layers_agreed: AtomicBool,
    /// Of each layer.
    key_frames: [AtomicBool; LayerName::ALL.len()],
    paused: AtomicBool,
    parameters: Mutex<Option<VideoSendParameters>>,
    outlet: Mutex<Option<mpsc::Sender<LayerPicture>>>,
    encoded: AtomicU64,
    size: Mutex<VideoSize>,
}

impl CameraControl {
    pub(super) fn new(layering: Layering) -> Self {
        Self {
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            layering,
            layers_agreed: AtomicBool::new(false),
            key_frames: LayerName::ALL.map(|_| AtomicBool::new(true)),
            paused: AtomicBool::new(false),
            parameters: Mutex::default(),
            outlet: Mutex::default(),
            encoded: AtomicU64::new(0),
            size: Mutex::default(),
        }
    }

    /// Whether the picture can be sent in layers.
    pub(crate) const fn layering(&self) -> Layering {
        self.layering
    }

    /// Somebody cannot decode what came so far of a layer.
    pub(crate) fn request_key_frame(&self, layer: LayerName) {
        self.key_frame_of(layer).store(true, Ordering::Relaxed);
    }

    /// Nobody can decode what came so far.
    pub(super) fn request_key_frames(&self) {
        LayerName::ALL.into_iter().for_each(|layer| self.request_key_frame(layer));
    }

    /// Whether a layer's next picture is to be one that needs no other; it is asked for once.
    pub(super) fn take_key_frame(&self, layer: LayerName) -> bool {
        self.key_frame_of(layer).swap(false, Ordering::Relaxed)
    }

    fn key_frame_of(&self, layer: LayerName) -> &AtomicBool {
        let [low, mid, hi] = &self.key_frames;
        match layer {
            LayerName::Low => low,
            LayerName::Mid => mid,
            LayerName::Hi => hi,
        }
    }

    /// Holds pictures back, or lets them go on.
    pub(crate) fn set_paused(&self, paused: bool) {
        self.request_key_frames();
        self.paused.store(paused, Ordering::Relaxed);
    }

    fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    pub(crate) fn set_parameters(&self, parameters: Option<VideoSendParameters>) {
        *lock(&self.parameters) = parameters;
    }

    pub(crate) fn parameters(&self) -> Option<VideoSendParameters> {
        *lock(&self.parameters)
    }

    /// Says whether the server tells layers apart. Before it does, none is sent: it would take them for one stream.
    pub(crate) fn set_layers_agreed(&self, agreed: bool) {
        self.layers_agreed.store(agreed, Ordering::Relaxed);
    }

    /// How pictures are to be sent at the moment, if they are.
    pub(super) fn sent_as(&self) -> Option<VideoSendParameters> {
        let agreed = self.layers_agreed.load(Ordering::Relaxed);
        self.parameters()
            .filter(|parameters| agreed || parameters.layers.is_none())
            .filter(|_| !self.is_paused())
    }

    /// Where pictures go from now on; the first is one that needs no other.
    pub(crate) fn connect(&self) -> mpsc::Receiver<LayerPicture> {
        let (sender, receiver) = mpsc::channel(WAITING_PICTURES);
        self.request_key_frames();
        *lock(&self.outlet) = Some(sender);
        receiver
    }

    /// Pictures go nowhere.
    pub(crate) fn disconnect(&self) {
        *lock(&self.outlet) = None;
    }

    /// Whether the source has no more pictures.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(crate) fn metrics(&self) -> VideoSendMetrics {
        let target_bitrate = self.parameters().map(|parameters| parameters.bitrate);
        VideoSendMetrics {
            frames_encoded: self.encoded.load(Ordering::Relaxed),
            size: *lock(&self.size),
            target_bitrate: target_bitrate.unwrap_or_default(),
        }
    }

    /// Counts a picture that was encoded, in however many layers, and remembers how large it is.
    pub(super) fn count_encoded(&self, size: Option<VideoSize>) {
        self.encoded.fetch_add(1, Ordering::Relaxed);
        if let Some(size) = size {
            *lock(&self.size) = size;
        }
    }

    pub(super) fn send(&self, layer: LayerName, picture: EncodedVideo) {
        let Some(outlet) = lock(&self.outlet).clone() else { return };
        if outlet.try_send(LayerPicture { layer, picture }).is_err() {
            self.request_key_frame(layer);
        }
    }
}
