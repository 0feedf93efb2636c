//! Pictures that are changed on their way from a source to the encoder.

use std::time::Duration;

use carillon_frame::{Captured, VideoFrame, VideoSource};

/// Changes pictures before they are encoded: blurs a background, draws a name, turns them.
///
/// It is called on the thread of the camera. What it holds is released when it is dropped.
pub trait VideoFrameProcessor: Send {
    /// Works on the next picture; nothing is a picture left out.
    fn process(&mut self, frame: VideoFrame) -> Option<VideoFrame>;
}

/// A source whose pictures go through processors, one after the other.
///
/// ```
/// # use std::sync::Arc;
/// # use carillon_facade::{ProcessedVideoSource, VideoFrameProcessor};
/// # use carillon_facade::frame::{Captured, VideoFrame, VideoSource as _, VideoSize};
/// # use carillon_facade::media::pattern::{Hue, TestPattern};
/// # use std::time::Duration;
/// struct Grey;
///
/// impl VideoFrameProcessor for Grey {
///     fn process(&mut self, mut frame: VideoFrame) -> Option<VideoFrame> {
///         let planes = Arc::make_mut(&mut frame.picture).planes_mut();
///         planes.u.fill(128);
///         planes.v.fill(128);
///         Some(frame)
///     }
/// }
///
/// # let camera = TestPattern::new(VideoSize::new(64, 32), Hue::new(0)).ok_or("no picture")?;
/// let mut source = ProcessedVideoSource::new(camera).with(Grey);
/// # let Captured::Frame(frame) = source.next_frame(Duration::ZERO) else { return Err("nothing") };
/// # assert!(frame.picture.planes().u.iter().all(|u| *u == 128));
/// # Ok::<(), &str>(())
/// ```
pub struct ProcessedVideoSource {
    source: Box<dyn VideoSource>,
    processors: Vec<Box<dyn VideoFrameProcessor>>,
}

impl ProcessedVideoSource {
    /// The pictures of a source, which nothing is done to yet.
    #[must_use]
    pub fn new(source: impl VideoSource + 'static) -> Self {
        Self { source: Box::new(source), processors: Vec::new() }
    }

    /// Lets another processor work behind those there are.
    #[must_use]
    pub fn with(mut self, processor: impl VideoFrameProcessor + 'static) -> Self {
        self.processors.push(Box::new(processor));
        self
    }
}

impl VideoSource for ProcessedVideoSource {
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame> {
        match self.source.next_frame(elapsed) {
            Captured::Frame(frame) => {
                let mut processors = self.processors.iter_mut();
                let processed = processors.try_fold(frame, |frame, next| next.process(frame));
                processed.map_or(Captured::Nothing, Captured::Frame)
            }
            Captured::Nothing => Captured::Nothing,
            Captured::Ended => Captured::Ended,
        }
    }
}

impl std::fmt::Debug for ProcessedVideoSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProcessedVideoSource")
            .field("processors", &self.processors.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use carillon_frame::VideoSize;
    use carillon_media::pattern::{Hue, TestPattern, read_counter};

    use super::*;

    /// Lets every other picture through.
    struct Half(bool);

    impl VideoFrameProcessor for Half {
        fn process(&mut self, frame: VideoFrame) -> Option<VideoFrame> {
            self.0 = !self.0;
            self.0.then_some(frame)
        }
    }

    #[test]
    fn a_picture_that_a_processor_keeps_reaches_no_other() {
        let pattern = TestPattern::new(VideoSize::new(640, 360), Hue::new(0)).unwrap();
        let mut source = ProcessedVideoSource::new(pattern).with(Half(false)).with(Half(false));
        let mut counters = Vec::new();
        for n in 0..8 {
            if let Captured::Frame(frame) = source.next_frame(Duration::from_millis(100 * n)) {
                counters.push(read_counter(&frame.picture).unwrap());
            }
        }
        let [first, second] = counters[..] else { panic!("two of eight: {counters:?}") };
        assert!(second > first);
    }
}
