//! `--record`: the mix, each video and an event log in one folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use carillon_devices::file::{Mp4Writer, OggOpusWriter, Recording, Series};
use carillon_facade::frame::{
    AudioFrame, AudioSink, EncodedAudio, EncodedAudioSink as _, FRAME_SAMPLES, MediaTime,
};
use carillon_facade::media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusEncoder};
use carillon_facade::{
    AudioOutput, AudioVideoFacade, DeviceController, VideoSurface, VideoTileState,
};

/// A folder that a meeting is recorded into.
#[derive(Debug)]
pub(crate) struct Recorder {
    folder: PathBuf,
    /// How many videos each attendee has had: a later one goes to another file.
    videos: BTreeMap<String, u32>,
}

impl Recorder {
    /// Makes the folder, and begins with the mix.
    pub(crate) fn start(folder: &Path, devices: &DeviceController) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let mix = OggOpusWriter::create(folder.join("mix.opus"))
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        let mix = Mix::new(Recording::start(mix)?)?;
        devices.add_audio_output(AudioOutput::Sound(Box::new(mix)));
        Ok(Self { folder: folder.to_owned(), videos: BTreeMap::new() })
    }

    /// Where the events of the meeting are written.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("events.jsonl")
    }

    /// Records a tile's video as it arrives; gives the file's name.
    pub(crate) fn record(
        &mut self,
        audio_video: &AudioVideoFacade,
        tile: &VideoTileState,
    ) -> anyhow::Result<String> {
        let owner = tile.attendee.identity.to_string();
        let number = self.videos.entry(owner.clone()).or_default();
        *number += 1;
        let name = format!("{owner}-{number}");
        let folder = self.folder.clone();
        let stem = name.clone();
        let series = Series::new(move |part| {
            let name = if part == 1 { format!("{stem}.mp4") } else { format!("{stem}.{part}.mp4") };
            Mp4Writer::create(folder.join(name))
        });
        let surface = VideoSurface::Encoded(Box::new(Recording::start(series)?));
        audio_video.bind_video_surface(tile.tile_id, surface)?;
        Ok(format!("{name}.mp4"))
    }
}

/// The mix on its way to a file: encoded once more, so that the file has no holes where packets were lost.
struct Mix {
    encoder: OpusEncoder,
    recording: Recording<EncodedAudio>,
    timestamp: MediaTime,
    payload: Box<[u8; MAX_PAYLOAD_BYTES]>,
}

impl Mix {
    fn new(recording: Recording<EncodedAudio>) -> anyhow::Result<Self> {
        let encoder = OpusEncoder::new(OpusConfig::default())?;
        Ok(Self {
            encoder,
            recording,
            timestamp: MediaTime(0),
            payload: Box::new([0; MAX_PAYLOAD_BYTES]),
        })
    }
}

impl AudioSink for Mix {
    fn play(&mut self, frame: &AudioFrame) {
        let ticks = FRAME_SAMPLES as u32;
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(ticks);
        match self.encoder.encode(frame, &mut *self.payload) {
            Ok(length) => {
                let payload =
                    Bytes::copy_from_slice(self.payload.get(..length).unwrap_or_default());
                self.recording.take(&EncodedAudio { payload, timestamp, ticks });
            }
            Err(error) => tracing::error!(%error, "20 ms of the mix are not recorded"),
        }
    }
}
