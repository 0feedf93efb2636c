//! The own video: pictures are taken, encoded and handed on by a thread of their own.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use carillon_frame::{Captured, EncodedVideo, EncodedVideoSource, FrameKind, VideoSize};
#[cfg(feature = "h264")]
use carillon_frame::{VideoFrame, VideoSource};
#[cfg(feature = "h264")]
use carillon_media::h264::{H264Library, VideoContent};
#[cfg(feature = "h264")]
use carillon_media::pipeline::video_send::{
    LayerActivity, LayerConfig, LayerIndex, LayerSize, VideoSend, VideoSendConfig,
};
use tokio::sync::mpsc;

use crate::clock;
use crate::containment::contained;
use crate::metrics::VideoSendMetrics;
use crate::policy::VideoSendParameters;
use crate::shared::lock;
use crate::tiles::Screen;

/// Where a session's own pictures come from.
pub enum VideoInput {
    /// A camera, a screen, a file: pictures to be encoded.
    #[cfg(feature = "h264")]
    Pictures(Box<dyn VideoSource>),
    /// Pictures that are encoded already, in H.264 constrained baseline as Annex B.
    Encoded(Box<dyn EncodedVideoSource>),
}

impl std::fmt::Debug for VideoInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "h264")]
            Self::Pictures(_) => "Pictures",
            Self::Encoded(_) => "Encoded",
        })
    }
}

/// How many encoded pictures wait to be sent. When it is full the path does not take them: the picture is dropped, and
/// the next that is sent is one that needs no other.
const WAITING_PICTURES: usize = 8;

/// What a source is called when it breaks.
const INPUT: &str = "a video input";

/// Pictures a second before the policy has said anything, and the most that are ever taken.
const FIRST_FRAMERATE: u32 = 15;
const MOST_FRAMERATE: u16 = 60;

/// What the session tells the thread while it runs.
#[derive(Debug)]
pub(crate) struct CameraControl {
    stop: AtomicBool,
    key_frame: AtomicBool,
    ended: AtomicBool,
    paused: AtomicBool,
    parameters: Mutex<Option<VideoSendParameters>>,
    outlet: Mutex<Option<mpsc::Sender<EncodedVideo>>>,
    encoded: AtomicU64,
    size: Mutex<VideoSize>,
}

impl CameraControl {
    fn new() -> Self {
        Self {
            stop: AtomicBool::new(false),
            key_frame: AtomicBool::new(true),
            ended: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            parameters: Mutex::default(),
            outlet: Mutex::default(),
            encoded: AtomicU64::new(0),
            size: Mutex::default(),
        }
    }

    /// Somebody cannot decode what came so far.
    pub(crate) fn request_key_frame(&self) {
        self.key_frame.store(true, Ordering::Relaxed);
    }

    /// Holds pictures back, or lets them go on.
    pub(crate) fn set_paused(&self, paused: bool) {
        self.request_key_frame();
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

    /// Where pictures go from now on; the first is one that needs no other.
    pub(crate) fn connect(&self) -> mpsc::Receiver<EncodedVideo> {
        let (sender, receiver) = mpsc::channel(WAITING_PICTURES);
        self.request_key_frame();
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

    fn send(&self, picture: EncodedVideo) {
        self.encoded.fetch_add(1, Ordering::Relaxed);
        let Some(outlet) = lock(&self.outlet).clone() else { return };
        if outlet.try_send(picture).is_err() {
            self.request_key_frame();
        }
    }
}

/// The running thread; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Camera {
    control: Arc<CameraControl>,
    thread: Option<JoinHandle<()>>,
}

impl Camera {
    /// Starts to take pictures, which also show on `screen`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(input: VideoInput, screen: Arc<Screen>) -> std::io::Result<Self> {
        let control = Arc::new(CameraControl::new());
        let shared = Arc::clone(&control);
        let thread = thread::Builder::new()
            .name("carillon-camera".to_owned())
            .spawn(move || run(input, &screen, &shared))?;
        Ok(Self { control, thread: Some(thread) })
    }

    pub(crate) fn control(&self) -> Arc<CameraControl> {
        Arc::clone(&self.control)
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.control.stop.store(true, Ordering::Relaxed);
        self.control.disconnect();
        // It is not waited for: a source may take its time, and it ends by itself at its next picture.
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
        }
    }
}

fn run(input: VideoInput, screen: &Screen, control: &CameraControl) {
    let mut feed = Feed::new(input);
    let start = clock::now();
    let mut due = start;
    while !control.stop.load(Ordering::Relaxed) {
        let now = clock::now();
        if now < due {
            thread::park_timeout(due - now);
            continue;
        }
        let parameters = control.parameters();
        let framerate = parameters.map_or(FIRST_FRAMERATE, |parameters| parameters.max_framerate);
        let interval = Duration::from_secs(1) / framerate.clamp(1, MOST_FRAMERATE.into());
        // Whoever falls behind does not catch up by a burst.
        due = (due + interval).max(now);
        if !feed.take(now, start, parameters, screen, control) {
            control.ended.store(true, Ordering::Relaxed);
            return;
        }
    }
}

/// A source and what encodes its pictures.
enum Feed {
    #[cfg(feature = "h264")]
    Pictures {
        source: Box<dyn VideoSource>,
        send: Box<VideoSend>,
    },
    Encoded {
        source: Box<dyn EncodedVideoSource>,
        needs_key: bool,
    },
}

impl Feed {
    fn new(input: VideoInput) -> Self {
        match input {
            #[cfg(feature = "h264")]
            VideoInput::Pictures(source) => {
                let config = VideoSendConfig {
                    library: H264Library::built_in(),
                    framerate: MOST_FRAMERATE.into(),
                    content: VideoContent::Camera,
                    threads: 1,
                };
                Self::Pictures { source, send: Box::new(VideoSend::new(config)) }
            }
            VideoInput::Encoded(source) => Self::Encoded { source, needs_key: true },
        }
    }

    /// Takes the next picture; false at the end of the source.
    #[cfg_attr(
        not(feature = "h264"),
        expect(unused_variables, reason = "only an encoder has to know how to encode")
    )]
    fn take(
        &mut self,
        now: Instant,
        start: Instant,
        parameters: Option<VideoSendParameters>,
        screen: &Screen,
        control: &CameraControl,
    ) -> bool {
        let elapsed = now.saturating_duration_since(start);
        match self {
            #[cfg(feature = "h264")]
            Self::Pictures { source, send } => {
                match contained(INPUT, || source.next_frame(elapsed)) {
                    Some(Captured::Frame(frame)) => {
                        screen.show(&frame);
                        if let Some(parameters) = parameters.filter(|_| !control.is_paused()) {
                            encode(now, send, &frame, parameters, control);
                        }
                        true
                    }
                    Some(Captured::Nothing) => true,
                    Some(Captured::Ended) | None => false,
                }
            }
            Self::Encoded { source, needs_key } => {
                if control.key_frame.swap(false, Ordering::Relaxed) {
                    source.request_key_frame();
                    *needs_key = true;
                }
                match contained(INPUT, || source.next_picture(elapsed)) {
                    Some(Captured::Frame(picture)) => {
                        screen.take_encoded(&picture);
                        // Without the start of a sequence nobody could decode the rest of it.
                        if picture.kind == FrameKind::Key {
                            *needs_key = false;
                        }
                        if !*needs_key && !control.is_paused() {
                            control.send(picture);
                        }
                        true
                    }
                    Some(Captured::Nothing) => true,
                    Some(Captured::Ended) | None => false,
                }
            }
        }
    }
}

/// The size of so many lines; servers limit both sides, so that a picture of wider shape has fewer lines.
#[cfg(feature = "h264")]
const fn bounds(lines: u32) -> VideoSize {
    VideoSize::new(lines.saturating_mul(16).div_ceil(9), lines)
}

#[cfg(feature = "h264")]
fn encode(
    now: Instant,
    send: &mut VideoSend,
    frame: &VideoFrame,
    parameters: VideoSendParameters,
    control: &CameraControl,
) {
    let within = bounds(parameters.max_height.max(16));
    send.set_layers(&[LayerConfig {
        size: LayerSize::Within(within),
        bitrate: parameters.bitrate,
        activity: LayerActivity::Active,
    }]);
    if control.key_frame.swap(false, Ordering::Relaxed) {
        send.request_key_frame(LayerIndex(0));
    }
    // By the rate the encoder shares out the bits.
    let framerate = u16::try_from(parameters.max_framerate).unwrap_or(MOST_FRAMERATE);
    send.set_framerate(framerate.min(MOST_FRAMERATE).into());
    send.handle_frame(now, frame);
    loop {
        match send.poll_encoded() {
            Ok(Some((_, picture))) => control.send(picture),
            Ok(None) => break,
            Err(error) => tracing::debug!(%error, "a picture was not sent"),
        }
    }
    if let Some(stats) = send.layer_stats(LayerIndex(0)) {
        *lock(&control.size) = stats.size;
    }
}

#[cfg(all(test, feature = "h264"))]
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
