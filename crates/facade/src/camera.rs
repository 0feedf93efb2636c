//! The own video: pictures are taken, encoded and handed on by a thread of their own.

mod control;
#[cfg(feature = "h264")]
mod encode;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[cfg(feature = "h264")]
use carillon_frame::VideoSource;
use carillon_frame::{Captured, EncodedVideoSource, FrameKind};
#[cfg(feature = "h264")]
use carillon_media::h264::{H264Library, VideoContent};
#[cfg(feature = "h264")]
use carillon_media::pipeline::video_send::{VideoSend, VideoSendConfig};

pub(crate) use self::control::{CameraControl, LayerPicture, Layering};
#[cfg(feature = "h264")]
use self::encode::encode;
use crate::clock;
use crate::containment::contained;
use crate::media_link::layers::LayerName;
use crate::tiles::Screen;

/// Where a session's own pictures come from.
pub enum VideoInput {
    /// A camera, a screen, a file: pictures to be encoded.
    #[cfg(feature = "h264")]
    Pictures(Box<dyn VideoSource>),
    /// Pictures that are encoded already, in H.264 constrained baseline as Annex B.
    Encoded(Box<dyn EncodedVideoSource>),
}

impl VideoInput {
    const fn layering(&self) -> Layering {
        match self {
            #[cfg(feature = "h264")]
            Self::Pictures(_) => Layering::Possible,
            Self::Encoded(_) => Layering::Impossible,
        }
    }
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

/// What a source is called when it breaks.
const INPUT: &str = "a video input";

/// Pictures a second before the policy has said anything, and the most that are ever taken.
const FIRST_FRAMERATE: u32 = 15;
const MOST_FRAMERATE: u16 = 60;

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
        let control = Arc::new(CameraControl::new(input.layering()));
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
        if !feed.take(now, start, screen, control) {
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
    fn take(
        &mut self,
        now: Instant,
        start: Instant,
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
                        if let Some(parameters) = control.sent_as() {
                            encode(now, send, &frame, parameters, control);
                        }
                        true
                    }
                    Some(Captured::Nothing) => true,
                    Some(Captured::Ended) | None => false,
                }
            }
            Self::Encoded { source, needs_key } => {
                if control.take_key_frame(LayerName::Low) {
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
                        if !*needs_key && control.sent_as().is_some() {
                            control.count_encoded(None);
                            control.send(LayerName::Low, picture);
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
