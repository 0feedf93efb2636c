//! Writes files on a thread of its own, so that no session waits for a disk.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use carillon_frame::{
    AudioFrame, AudioSink, EncodedAudio, EncodedAudioSink, EncodedVideo, EncodedVideoSink,
    FrameKind, VideoFrame, VideoSink,
};

use super::FileError;

/// Something that keeps what it is given in a file.
pub trait Writer<I> {
    /// Writes the next item.
    ///
    /// # Errors
    ///
    /// When the disk refuses, or the file cannot hold the item.
    fn write(&mut self, item: &I) -> Result<(), FileError>;

    /// Writes what is still held back, and makes the file complete.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    fn finish(&mut self) -> Result<(), FileError>;
}

/// What can be recorded.
pub trait Recordable: Clone + Send + 'static {
    /// How many items wait for a slow disk at most; then what is new is dropped and counted.
    const QUEUE: usize;
}

impl Recordable for AudioFrame {
    /// Five seconds, 0.5 MB.
    const QUEUE: usize = 250;
}

impl Recordable for EncodedAudio {
    /// Five seconds of packets of 20 ms, about 25 kB.
    const QUEUE: usize = 250;
}

impl Recordable for EncodedVideo {
    /// Five seconds at 30 pictures a second, about 2 MB at 2.5 Mbit/s.
    const QUEUE: usize = 150;
}

impl Recordable for VideoFrame {
    /// A quarter of a second at 30 pictures a second, 11 MB at 720p.
    const QUEUE: usize = 8;
}

/// What became of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// How many items were written.
    pub written: u64,
    /// How many were dropped because the disk was too slow.
    pub dropped: u64,
}

/// A sink that hands everything to a writer on its own thread.
///
/// Dropping it waits until what was taken is written.
#[derive(Debug)]
pub struct Recording<I: Recordable> {
    queue: Option<SyncSender<I>>,
    thread: Option<JoinHandle<Result<u64, FileError>>>,
    dropped: u64,
    /// Something was dropped that later pictures need.
    gap: bool,
}

impl<I: Recordable> Recording<I> {
    /// Starts to record.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(writer: impl Writer<I> + Send + 'static) -> Result<Self, FileError> {
        let (queue, items) = sync_channel(I::QUEUE);
        let thread = thread::Builder::new()
            .name("recording".into())
            .spawn(move || record(&items, writer))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), dropped: 0, gap: false })
    }

    /// Whether the writer still takes what comes; if not, [`Self::finish`] says why.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// What ended the recording before its time.
    pub fn finish(mut self) -> Result<Recorded, FileError> {
        let written = self.join()?;
        Ok(Recorded { written, dropped: self.dropped })
    }

    fn join(&mut self) -> Result<u64, FileError> {
        self.queue = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(0),
        }
    }

    /// Whether there was room.
    fn push(&mut self, item: &I) -> bool {
        let pushed = self.queue.as_ref().is_some_and(|queue| queue.try_send(item.clone()).is_ok());
        self.dropped = self.dropped.saturating_add(u64::from(!pushed));
        pushed
    }
}

impl<I: Recordable> Drop for Recording<I> {
    fn drop(&mut self) {
        if self.thread.is_some()
            && let Err(error) = self.join()
        {
            tracing::warn!(%error, "a recording is incomplete");
        }
    }
}

fn record<I>(items: &Receiver<I>, mut writer: impl Writer<I>) -> Result<u64, FileError> {
    let mut written = 0_u64;
    for item in items {
        if let Err(error) = writer.write(&item) {
            // What came before stays playable, whatever this item did.
            writer.finish()?;
            return Err(error);
        }
        written = written.saturating_add(1);
    }
    writer.finish()?;
    Ok(written)
}

impl AudioSink for Recording<AudioFrame> {
    fn play(&mut self, frame: &AudioFrame) {
        self.push(frame);
    }
}

impl VideoSink for Recording<VideoFrame> {
    fn show(&mut self, frame: &VideoFrame) {
        self.push(frame);
    }
}

impl EncodedAudioSink for Recording<EncodedAudio> {
    fn take(&mut self, packet: &EncodedAudio) {
        self.push(packet);
    }
}

impl EncodedVideoSink for Recording<EncodedVideo> {
    fn take(&mut self, picture: &EncodedVideo) {
        if self.gap && picture.kind == FrameKind::Delta {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.gap = !self.push(picture);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use carillon_frame::MediaTime;

    use super::*;

    /// Keeps timestamps, waits for leave before each, and fails at a given one.
    struct Slow {
        leave: Receiver<()>,
        kept: Arc<Mutex<Vec<u32>>>,
        fails_at: Option<u32>,
    }

    impl Writer<EncodedVideo> for Slow {
        fn write(&mut self, item: &EncodedVideo) -> Result<(), FileError> {
            self.leave.recv().ok();
            if self.fails_at == Some(item.timestamp.0) {
                return Err(FileError::ParametersChanged);
            }
            self.kept.lock().unwrap().push(item.timestamp.0);
            Ok(())
        }

        fn finish(&mut self) -> Result<(), FileError> {
            self.kept.lock().unwrap().push(u32::MAX);
            Ok(())
        }
    }

    fn picture(time: u32, kind: FrameKind) -> EncodedVideo {
        EncodedVideo { payload: Bytes::new(), timestamp: MediaTime(time), kind }
    }

    #[test]
    fn a_slow_disk_costs_pictures_up_to_the_next_key_frame_and_never_the_session() {
        let (go, leave) = sync_channel(1);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = Slow { leave, kept: Arc::clone(&kept), fails_at: None };
        let mut recording = Recording::start(writer).unwrap();
        // The disk holds one picture at most, and the queue its bound.
        let many = u32::try_from(EncodedVideo::QUEUE).unwrap() + 10;
        for time in 0..many {
            recording.take(&picture(time, FrameKind::Delta));
        }
        assert!(recording.is_running() && recording.gap);
        drop(go);
        let dropped = recording.dropped;
        assert!((9..=10).contains(&dropped), "{dropped}");
        let recorded = recording.finish().unwrap();
        assert_eq!(recorded.written + recorded.dropped, u64::from(many));
        assert_eq!(kept.lock().unwrap().last(), Some(&u32::MAX));
    }

    #[test]
    fn pictures_that_need_a_dropped_one_are_dropped_as_well() {
        let (go, leave) = sync_channel(1_000);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = Slow { leave, kept: Arc::clone(&kept), fails_at: None };
        let mut recording = Recording::start(writer).unwrap();
        recording.gap = true;
        recording.take(&picture(1, FrameKind::Delta));
        recording.take(&picture(2, FrameKind::Key));
        recording.take(&picture(3, FrameKind::Delta));
        drop(go);
        assert_eq!(recording.finish().unwrap(), Recorded { written: 2, dropped: 1 });
        assert_eq!(*kept.lock().unwrap(), [2, 3, u32::MAX]);
    }

    #[test]
    fn a_failure_ends_the_recording_and_is_told() {
        let (go, leave) = sync_channel(1);
        drop(go);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = Slow { leave, kept: Arc::clone(&kept), fails_at: Some(2) };
        let mut recording = Recording::start(writer).unwrap();
        for time in 1..4 {
            recording.take(&picture(time, FrameKind::Key));
        }
        let error = recording.finish().unwrap_err();
        assert!(matches!(error, FileError::ParametersChanged), "{error}");
        assert_eq!(*kept.lock().unwrap(), [1, u32::MAX]);
    }
}
