//! `--record`: the mix, each video and an event log in one folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use bytes::Bytes;
use carillon_devices::file::{Mp4Writer, OggOpusWriter, Recordable, Recording, Series};
use carillon_facade::frame::{
    AudioFrame, AudioSink, EncodedAudio, EncodedAudioSink as _, EncodedVideo, EncodedVideoSink,
    FRAME_SAMPLES, MediaTime,
};
use carillon_facade::media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusEncoder};
use carillon_facade::{
    AudioOutput, AudioVideoFacade, DeviceController, TileId, VideoSurface, VideoTileState,
};

/// A recording that a session feeds and the recorder ends, whoever lets go of the session last.
struct Tape<I: Recordable>(Arc<Mutex<Option<Recording<I>>>>);

impl<I: Recordable> Tape<I> {
    fn new(recording: Recording<I>) -> Self {
        Self(Arc::new(Mutex::new(Some(recording))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Recording<I>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything is on disk; later calls do nothing.
    fn finish(&self) -> anyhow::Result<()> {
        let recording = self.lock().take();
        let Some(recording) = recording else { return Ok(()) };
        let recorded = recording.finish().context("a recording is incomplete")?;
        if recorded.dropped > 0 {
            tracing::warn!(dropped = recorded.dropped, "the disk was too slow for a recording");
        }
        Ok(())
    }
}

impl<I: Recordable> Clone for Tape<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl EncodedVideoSink for Tape<EncodedVideo> {
    fn take(&mut self, picture: &EncodedVideo) {
        if let Some(recording) = &mut *self.lock() {
            recording.take(picture);
        }
    }
}

/// The names of files that were begun, until somebody asks.
type Begun = Arc<Mutex<Vec<String>>>;

/// A folder that a meeting is recorded into.
pub(crate) struct Recorder {
    folder: PathBuf,
    mix: Tape<EncodedAudio>,
    videos: BTreeMap<TileId, Tape<EncodedVideo>>,
    /// How many files each attendee has had: whatever follows goes to another.
    numbers: BTreeMap<String, Arc<AtomicU32>>,
    begun: Begun,
}

impl Recorder {
    /// Makes the folder, and begins with the mix.
    pub(crate) fn start(folder: &Path, devices: &DeviceController) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let mix = OggOpusWriter::create(folder.join("mix.opus"))
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        let mix = Tape::new(Recording::start(mix)?);
        let output = AudioOutput::Sound(Box::new(Mix::new(mix.clone())?));
        devices.add_audio_output(output);
        Ok(Self {
            folder: folder.to_owned(),
            mix,
            videos: BTreeMap::new(),
            numbers: BTreeMap::new(),
            begun: Begun::default(),
        })
    }

    /// Where the events of the meeting are written.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("events.jsonl")
    }

    /// Records a tile's video as it arrives, if it is not recorded yet.
    ///
    /// A file is made when there is something for it, and another when the pictures change their size.
    pub(crate) fn record(
        &mut self,
        audio_video: &AudioVideoFacade,
        tile: &VideoTileState,
    ) -> anyhow::Result<()> {
        if self.videos.contains_key(&tile.tile_id) {
            return Ok(());
        }
        let owner = tile.attendee.identity.to_string();
        let number = Arc::clone(self.numbers.entry(owner.clone()).or_default());
        let (folder, begun) = (self.folder.clone(), Arc::clone(&self.begun));
        let series = Series::new(move |_| {
            let number = number.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            let name = format!("{owner}-{number}.mp4");
            let writer = Mp4Writer::create(folder.join(&name))?;
            begun.lock().unwrap_or_else(PoisonError::into_inner).push(name);
            Ok(writer)
        });
        let tape = Tape::new(Recording::start(series)?);
        let surface = VideoSurface::Encoded(Box::new(tape.clone()));
        // A tile that is gone already has nothing to record.
        if audio_video.bind_video_surface(tile.tile_id, surface).is_ok() {
            self.videos.insert(tile.tile_id, tape);
        }
        Ok(())
    }

    /// Ends the recording of a tile that is gone.
    pub(crate) fn forget(&mut self, tile: TileId) -> anyhow::Result<()> {
        self.videos.remove(&tile).map_or(Ok(()), |tape| tape.finish())
    }

    /// The names of files that were begun since the last call.
    pub(crate) fn begun(&self) -> Vec<String> {
        std::mem::take(&mut self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until everything is on disk.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        let mix = self.mix.finish();
        let videos: Vec<_> = self.videos.values().map(Tape::finish).collect();
        videos.into_iter().fold(mix, Result::and)
    }
}

/// How long each packet of the mix lasts, in ticks of the 48 kHz clock: as many as a frame has samples.
const TICKS: u32 = 960;
const _: () = assert!(TICKS as usize == FRAME_SAMPLES);

/// The mix on its way to a file: encoded once more, so that the file has no holes where packets were lost.
struct Mix {
    encoder: OpusEncoder,
    tape: Tape<EncodedAudio>,
    timestamp: MediaTime,
    payload: Box<[u8; MAX_PAYLOAD_BYTES]>,
}

impl Mix {
    fn new(tape: Tape<EncodedAudio>) -> anyhow::Result<Self> {
        let encoder = OpusEncoder::new(OpusConfig::default())?;
        Ok(Self {
            encoder,
            tape,
            timestamp: MediaTime(0),
            payload: Box::new([0; MAX_PAYLOAD_BYTES]),
        })
    }
}

impl AudioSink for Mix {
    fn play(&mut self, frame: &AudioFrame) {
        let ticks = TICKS;
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(ticks);
        match self.encoder.encode(frame, &mut *self.payload) {
            Ok(length) => {
                let payload =
                    Bytes::copy_from_slice(self.payload.get(..length).unwrap_or_default());
                if let Some(recording) = &mut *self.tape.lock() {
                    recording.take(&EncodedAudio { payload, timestamp, ticks });
                }
            }
            Err(error) => tracing::error!(%error, "20 ms of the mix are not recorded"),
        }
    }
}
