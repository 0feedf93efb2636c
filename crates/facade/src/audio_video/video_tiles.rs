//! Showing and seeing: tiles, and the policies that decide what is sent and received.

use std::sync::atomic::Ordering;

use carillon_frame::{Bitrate, VideoFrame};

use super::AudioVideoFacade;
use crate::configuration::MaxResolution;
use crate::connection::Command;
use crate::error::{CaptureError, NoSuchTile, VideoStartError};
use crate::event::RemoteVideoSource;
use crate::policy::{VideoDownlinkBandwidthPolicy, VideoUplinkBandwidthPolicy};
use crate::shared::lock;
use crate::still;
use crate::tiles::{PauseState, SinkId, TileId, VideoSurface, VideoTileState};

/// Showing and seeing: tiles and policies.
impl AudioVideoFacade {
    /// Sends the pictures of the chosen input, before or after the session starts.
    ///
    /// ```no_run
    /// # fn example(session: &carillon_facade::MeetingSession) -> Result<(), Box<dyn std::error::Error>> {
    /// use carillon_facade::{VideoInput, frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let camera = TestPattern::new(VideoSize::new(1_280, 720), Hue::new(120)).ok_or("no picture")?;
    /// session.device_controller().start_video_input(VideoInput::Pictures(Box::new(camera)))?;
    /// let own_tile = session.audio_video().start_local_video_tile()?;
    /// # Ok(()) }
    /// ```
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
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.stop_local_video_tile();
    /// # }
    /// ```
    pub fn stop_local_video_tile(&self) {
        self.side.stop_video();
    }

    /// Whether pictures are taken at the moment.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// if audio_video.has_started_local_video_tile() {
    ///     audio_video.stop_local_video_tile();
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn has_started_local_video_tile(&self) -> bool {
        self.side.shared.camera().is_some()
    }

    /// The tile of the own camera.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let size = audio_video.local_video_tile().and_then(|tile| tile.size);
    /// # }
    /// ```
    #[must_use]
    pub fn local_video_tile(&self) -> Option<VideoTileState> {
        self.side.shared.tiles().local()
    }

    /// A tile by its number.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, tile: carillon_facade::TileId) {
    /// if let Some(tile) = audio_video.video_tile(tile) {
    ///     println!("{} shows {:?}", tile.attendee.external_user_id, tile.size);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn video_tile(&self, tile: TileId) -> Option<VideoTileState> {
        self.side.shared.tiles().state(tile)
    }

    /// Every tile.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let content = audio_video.all_video_tiles().into_iter().find(|tile| tile.is_content);
    /// # }
    /// ```
    #[must_use]
    pub fn all_video_tiles(&self) -> Vec<VideoTileState> {
        self.side.shared.tiles().all()
    }

    /// Every tile but the own.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// for tile in audio_video.all_remote_video_tiles() {
    ///     println!("{}", tile.attendee.external_user_id);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn all_remote_video_tiles(&self) -> Vec<VideoTileState> {
        let mut tiles = self.all_video_tiles();
        tiles.retain(|tile| !tile.local_tile);
        tiles
    }

    /// Shows a tile's pictures on a surface, beside others.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, tile: carillon_facade::TileId) -> Result<(), carillon_facade::NoSuchTile> {
    /// use carillon_facade::{VideoSurface, frame::{VideoFrame, VideoSink}};
    ///
    /// struct Window;
    /// impl VideoSink for Window {
    ///     fn show(&mut self, frame: &VideoFrame) {
    ///         println!("{}", frame.picture.size());
    ///     }
    /// }
    /// audio_video.bind_video_surface(tile, VideoSurface::Pictures(Box::new(Window)))?;
    /// # Ok(()) }
    /// ```
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
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, surface: carillon_facade::SinkId) {
    /// audio_video.unbind_video_surface(surface);
    /// # }
    /// ```
    pub fn unbind_video_surface(&self, surface: SinkId) -> bool {
        self.side.shared.tiles().unbind(surface)
    }

    /// The picture that a tile shows.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, tile: carillon_facade::TileId) {
    /// if let Some(frame) = audio_video.latest_frame(tile) {
    ///     let luma = frame.picture.planes().y;
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn latest_frame(&self, tile: TileId) -> Option<VideoFrame> {
        self.side.shared.tiles().screen(tile)?.latest()
    }

    /// The picture that a tile shows, as a PNG file.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, tile: carillon_facade::TileId) -> Result<(), Box<dyn std::error::Error>> {
    /// std::fs::write("still.png", audio_video.capture_video_tile(tile)?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`CaptureError`] says whether there is no tile or no picture.
    pub fn capture_video_tile(&self, tile: TileId) -> Result<Vec<u8>, CaptureError> {
        let screen = self.side.shared.tiles().screen(tile).ok_or(NoSuchTile(tile))?;
        still::png(&screen.latest().ok_or(CaptureError::NoPicture)?.picture)
    }

    /// Stops receiving a tile's video; the tile stays.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, tile: carillon_facade::TileId) -> Result<(), carillon_facade::NoSuchTile> {
    /// audio_video.pause_video_tile(tile)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NoSuchTile`] if the tile is gone.
    pub fn pause_video_tile(&self, tile: TileId) -> Result<(), NoSuchTile> {
        self.set_paused(tile, PauseState::PausedByUserRequest)
    }

    /// Receives a tile's video again.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, tile: carillon_facade::TileId) -> Result<(), carillon_facade::NoSuchTile> {
    /// audio_video.unpause_video_tile(tile)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NoSuchTile`] if the tile is gone.
    pub fn unpause_video_tile(&self, tile: TileId) -> Result<(), NoSuchTile> {
        self.set_paused(tile, PauseState::Unpaused)
    }

    /// Everybody whose video could be received, shown or not.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let hidden = audio_video.remote_video_sources().into_iter().filter(|source| source.unavailable.is_some());
    /// # }
    /// ```
    #[must_use]
    pub fn remote_video_sources(&self) -> Vec<RemoteVideoSource> {
        lock(&self.side.shared.sources).clone()
    }

    /// Decides by another policy which videos are received.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, speaker: &carillon_facade::AttendeeInfo) {
    /// use carillon_facade::{VideoPreference, VideoPriorityBasedPolicy};
    ///
    /// let preferences = [(speaker.identity, VideoPreference::new(1))].into();
    /// audio_video.set_video_downlink_policy(Box::new(VideoPriorityBasedPolicy::new(preferences)));
    /// # }
    /// ```
    pub fn set_video_downlink_policy(&self, policy: Box<dyn VideoDownlinkBandwidthPolicy>) {
        *lock(&self.side.shared.downlink) = policy;
        self.side.command(Command::VideosChanged);
    }

    /// Decides by another policy how the own video is sent.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::NScaleVideoUplinkBandwidthPolicy;
    ///
    /// let smooth = NScaleVideoUplinkBandwidthPolicy::with_framerate(60);
    /// audio_video.set_video_uplink_policy(Box::new(smooth));
    /// # }
    /// ```
    pub fn set_video_uplink_policy(&self, policy: Box<dyn VideoUplinkBandwidthPolicy>) {
        *lock(&self.side.shared.uplink) = policy;
        self.side.command(Command::CameraChanged);
    }

    /// Sends the own video with so many bits a second at most.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.set_video_max_bandwidth_kbps(600);
    /// # }
    /// ```
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

/// Receiving no video at all, for listeners on a narrow path.
impl AudioVideoFacade {
    /// Receives the videos of others again.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.start_remote_video();
    /// # }
    /// ```
    pub fn start_remote_video(&self) {
        self.set_receives_video(true);
    }

    /// Receives no video of others until [`Self::start_remote_video`]: their tiles go, and the server sends none.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.stop_remote_video();
    /// # }
    /// ```
    pub fn stop_remote_video(&self) {
        self.set_receives_video(false);
    }

    /// Whether videos of others are received.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let is_listening_only = !audio_video.is_receiving_remote_video();
    /// # }
    /// ```
    #[must_use]
    pub fn is_receiving_remote_video(&self) -> bool {
        self.side.shared.receives_video.load(Ordering::Relaxed)
    }

    fn set_receives_video(&self, receives: bool) {
        self.side.shared.receives_video.store(receives, Ordering::Relaxed);
        self.side.command(Command::VideosChanged);
    }
}
