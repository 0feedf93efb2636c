//! Sound, video, roster and messages of one session.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use carillon_frame::{Bitrate, VideoFrame};
use carillon_media::pipeline::audio_send::AudioProfile;
use carillon_signaling::{Identity, MAX_DATA_BYTES, Mute, SentData, Topic};

use crate::active_speaker::{ActiveSpeakerDetector, ActiveSpeakerPolicy, SpeakerChanges};
use crate::configuration::{MaxResolution, MeetingSessionConfiguration};
use crate::connection::Command;
use crate::error::{CaptureError, NoSuchTile, SendDataError, StartError, VideoStartError};
use crate::event::{RemoteVideoSource, SessionEvent, SessionEvents};
use crate::metrics::MetricsReport;
use crate::observer::{AudioVideoObserver, EventObserver, Observer, ObserverId, RealtimeObserver};
use crate::policy::{VideoDownlinkBandwidthPolicy, VideoUplinkBandwidthPolicy};
use crate::shared::lock;
use crate::side::Side;
use crate::status::MeetingSessionStatus;
use crate::still;
use crate::tiles::{PauseState, SinkId, TileId, VideoSurface, VideoTileState};

/// Controls one session, and tells what happens in it. Copies control the same session.
#[derive(Clone, Debug)]
pub struct AudioVideoFacade {
    side: Arc<Side>,
}

/// The session: starting, leaving, being told.
impl AudioVideoFacade {
    pub(crate) const fn new(side: Arc<Side>) -> Self {
        Self { side }
    }

    pub(crate) fn configuration(&self) -> &MeetingSessionConfiguration {
        &self.side.shared.configuration
    }

    /// Adds an observer of the session and its videos.
    pub fn add_observer(&self, observer: Arc<dyn AudioVideoObserver>) -> ObserverId {
        self.side.shared.hub.add(Observer::AudioVideo(observer))
    }

    /// Adds an observer of roster, volumes and messages.
    pub fn add_realtime_observer(&self, observer: Arc<dyn RealtimeObserver>) -> ObserverId {
        self.side.shared.hub.add(Observer::Realtime(observer))
    }

    /// Adds an observer of the steps in the life of the session.
    pub fn add_event_observer(&self, observer: Arc<dyn EventObserver>) -> ObserverId {
        self.side.shared.hub.add(Observer::Event(observer))
    }

    /// Removes an observer of any kind.
    pub fn remove_observer(&self, observer: ObserverId) {
        self.side.shared.hub.remove(observer);
    }

    /// Everything that happens from here on, as a stream.
    #[must_use]
    pub fn events(&self) -> SessionEvents {
        self.side.shared.hub.stream()
    }

    /// Joins the meeting. It returns at once: what becomes of it is told to observers and streams.
    ///
    /// # Errors
    /// [`StartError`] outside of a tokio runtime.
    pub fn start(&self) -> Result<(), StartError> {
        self.side.start(None)
    }

    /// Leaves the meeting. It returns at once; [`Self::stopped`] waits until it is done.
    pub fn stop(&self) {
        self.side.stop();
    }

    /// Waits until the session has ended, and says why; nothing if it was never started.
    pub async fn stopped(&self) -> Option<MeetingSessionStatus> {
        self.side.ended().await
    }

    /// The latest figures.
    #[must_use]
    pub fn metrics(&self) -> MetricsReport {
        lock(&self.side.shared.metrics).clone()
    }

    /// Sends sound of another kind; takes effect when the session connects (again).
    pub fn set_audio_profile(&self, profile: AudioProfile) {
        self.side.shared.audio.set_profile(profile);
    }

    /// Processes the own voice and listens to everybody else's, or does not any more.
    #[cfg(feature = "opus")]
    pub fn set_audio_processor(
        &self,
        processor: Option<Box<dyn carillon_media::processing::AudioProcessor>>,
    ) {
        self.side.shared.audio.set_processor(processor);
    }
}

/// Talking: the microphone and messages.
impl AudioVideoFacade {
    /// Closes the microphone: silence is sent.
    pub fn realtime_mute_local_audio(&self) {
        self.set_mute(Mute::Muted);
    }

    /// Opens the microphone; false if the application does not allow it at the moment.
    pub fn realtime_unmute_local_audio(&self) -> bool {
        let allowed = self.realtime_can_unmute_local_audio();
        if allowed {
            self.set_mute(Mute::Unmuted);
        }
        allowed
    }

    /// Whether the microphone is closed.
    #[must_use]
    pub fn realtime_is_local_audio_muted(&self) -> bool {
        self.side.shared.audio.is_muted()
    }

    /// Allows the attendee to open the microphone, or does not.
    pub fn realtime_set_can_unmute_local_audio(&self, can_unmute: bool) {
        self.side.shared.can_unmute.store(can_unmute, Ordering::Relaxed);
    }

    /// Whether the attendee may open the microphone.
    #[must_use]
    pub fn realtime_can_unmute_local_audio(&self) -> bool {
        self.side.shared.may_unmute()
    }

    /// Sends a message to everybody who is there, and for `lifetime` to everybody who comes.
    ///
    /// # Errors
    /// [`SendDataError`] says what is wrong with it, or that there is no session to send it over.
    pub fn realtime_send_data_message(
        &self,
        topic: &str,
        data: impl Into<Bytes>,
        lifetime: Option<Duration>,
    ) -> Result<(), SendDataError> {
        let topic: Topic = topic.parse().map_err(|_| SendDataError::InvalidTopic)?;
        let data = data.into();
        if data.len() > MAX_DATA_BYTES {
            return Err(SendDataError::TooLong { bytes: data.len() });
        }
        let sent = self.side.command(Command::Data(SentData { topic, data, lifetime }));
        if sent { Ok(()) } else { Err(SendDataError::NotRunning) }
    }

    /// Decides by another policy who speaks, and when that is told.
    pub fn set_active_speaker_policy(
        &self,
        policy: Box<dyn ActiveSpeakerPolicy>,
        changes: SpeakerChanges,
    ) {
        *lock(&self.side.shared.speakers) = ActiveSpeakerDetector::new(policy, changes);
    }

    /// How active everybody is at the moment, from 0 on.
    #[must_use]
    pub fn active_speaker_scores(&self) -> BTreeMap<Identity, f32> {
        lock(&self.side.shared.speakers).scores()
    }

    fn set_mute(&self, mute: Mute) {
        let shared = &self.side.shared;
        let muted = mute == Mute::Muted;
        if shared.audio.is_muted() != muted {
            shared.audio.set_muted(muted);
            self.side.command(Command::Mute(mute));
            shared.tell(SessionEvent::LocalMuteChanged(mute));
        }
    }
}

/// Showing and seeing: tiles and policies.
impl AudioVideoFacade {
    /// Sends the pictures of the chosen input, before or after the session starts.
    ///
    /// # Errors
    /// [`VideoStartError`] when no input was chosen, or the meeting allows no video.
    pub fn start_local_video_tile(&self) -> Result<TileId, VideoStartError> {
        let features = self.configuration().meeting_features;
        if features.video_max_resolution == MaxResolution::None {
            return Err(VideoStartError::NotAllowed);
        }
        self.side.start_video()
    }

    /// Sends no pictures any more, and releases the input.
    pub fn stop_local_video_tile(&self) {
        self.side.stop_video();
    }

    /// Whether pictures are taken at the moment.
    #[must_use]
    pub fn has_started_local_video_tile(&self) -> bool {
        self.side.shared.camera().is_some()
    }

    /// The tile of the own camera.
    #[must_use]
    pub fn local_video_tile(&self) -> Option<VideoTileState> {
        self.side.shared.tiles().local()
    }

    /// A tile by its number.
    #[must_use]
    pub fn video_tile(&self, tile: TileId) -> Option<VideoTileState> {
        self.side.shared.tiles().state(tile)
    }

    /// Every tile.
    #[must_use]
    pub fn all_video_tiles(&self) -> Vec<VideoTileState> {
        self.side.shared.tiles().all()
    }

    /// Every tile but the own.
    #[must_use]
    pub fn all_remote_video_tiles(&self) -> Vec<VideoTileState> {
        let mut tiles = self.all_video_tiles();
        tiles.retain(|tile| !tile.local_tile);
        tiles
    }

    /// Shows a tile's pictures on a surface, beside others.
    ///
    /// # Errors
    /// [`NoSuchTile`] if the tile is gone.
    pub fn bind_video_surface(
        &self,
        tile: TileId,
        surface: VideoSurface,
    ) -> Result<SinkId, NoSuchTile> {
        self.side.shared.tiles().bind(tile, surface).ok_or(NoSuchTile(tile))
    }

    /// Takes a surface off its tile; false if it was on none.
    pub fn unbind_video_surface(&self, surface: SinkId) -> bool {
        self.side.shared.tiles().unbind(surface)
    }

    /// The picture that a tile shows.
    #[must_use]
    pub fn latest_frame(&self, tile: TileId) -> Option<VideoFrame> {
        self.side.shared.tiles().screen(tile)?.latest()
    }

    /// The picture that a tile shows, as a PNG file.
    ///
    /// # Errors
    /// [`CaptureError`] says whether there is no tile or no picture.
    pub fn capture_video_tile(&self, tile: TileId) -> Result<Vec<u8>, CaptureError> {
        let screen = self.side.shared.tiles().screen(tile).ok_or(NoSuchTile(tile))?;
        still::png(&screen.latest().ok_or(CaptureError::NoPicture)?.picture)
    }

    /// Stops receiving a tile's video; the tile stays.
    ///
    /// # Errors
    /// [`NoSuchTile`] if the tile is gone.
    pub fn pause_video_tile(&self, tile: TileId) -> Result<(), NoSuchTile> {
        self.set_paused(tile, PauseState::PausedByUserRequest)
    }

    /// Receives a tile's video again.
    ///
    /// # Errors
    /// [`NoSuchTile`] if the tile is gone.
    pub fn unpause_video_tile(&self, tile: TileId) -> Result<(), NoSuchTile> {
        self.set_paused(tile, PauseState::Unpaused)
    }

    /// Everybody whose video could be received, shown or not.
    #[must_use]
    pub fn remote_video_sources(&self) -> Vec<RemoteVideoSource> {
        lock(&self.side.shared.sources).clone()
    }

    /// Decides by another policy which videos are received.
    pub fn set_video_downlink_policy(&self, policy: Box<dyn VideoDownlinkBandwidthPolicy>) {
        *lock(&self.side.shared.downlink) = policy;
        self.side.command(Command::VideosChanged);
    }

    /// Decides by another policy how the own video is sent.
    pub fn set_video_uplink_policy(&self, policy: Box<dyn VideoUplinkBandwidthPolicy>) {
        *lock(&self.side.shared.uplink) = policy;
        self.side.command(Command::CameraChanged);
    }

    /// Sends the own video with so many bits a second at most.
    pub fn set_video_max_bandwidth_kbps(&self, kbps: u32) {
        lock(&self.side.shared.uplink).set_ideal_max_bandwidth(Bitrate::from_kbps(kbps));
        self.side.command(Command::CameraChanged);
    }

    fn set_paused(&self, tile: TileId, state: PauseState) -> Result<(), NoSuchTile> {
        let shared = &self.side.shared;
        let known = self.video_tile(tile).ok_or(NoSuchTile(tile))?;
        let identity = known.attendee.identity;
        match state {
            PauseState::PausedByUserRequest => {
                lock(&shared.paused).insert(identity);
            }
            PauseState::Unpaused | PauseState::PausedForPoorConnection => {
                lock(&shared.paused).remove(&identity);
            }
        }
        shared.update_tile(tile, |tile| tile.pause_state = state);
        self.side.command(Command::VideosChanged);
        Ok(())
    }
}
