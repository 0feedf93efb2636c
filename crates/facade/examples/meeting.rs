//! A meeting from its two answers to leaving it, step by step.
//!
//! ```sh
//! cargo run -p carillon-facade --example meeting -- meeting.json attendee.json
//! ```
//!
//! The files hold what CreateMeeting and CreateAttendee answered. It says a tone and shows a made-up picture; built with
//! the feature `devices`, it uses the microphone and the speaker of the system.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use carillon_facade::frame::{VideoFrame, VideoSink, VideoSize};
use carillon_facade::media::pattern::{Hue, TestPattern};
use carillon_facade::{
    AudioInput, AudioVideoObserver, ConsoleLogger, LogLevel, MeetingSession,
    MeetingSessionConfiguration, MeetingSessionStatus, NoSuchTile, SessionEvent, SessionEvents,
    TileId, VideoInput, VideoSurface, VideoTileState,
};

/// How long each part of the meeting takes.
const A_WHILE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(meeting), Some(attendee)) = (arguments.next(), arguments.next()) else {
        return Err("say which files: meeting.json attendee.json".into());
    };
    let mut client = Client::new(meeting.as_ref(), attendee.as_ref())?;
    client.select_devices().await?;
    client.start().await?;
    client.show_camera()?;
    client.for_a_while(A_WHILE).await?;
    client.mute();
    client.for_a_while(A_WHILE).await?;
    client.unmute();
    client.share_content()?;
    client.for_a_while(A_WHILE).await?;
    client.stop_sharing();
    client.hide_camera();
    let status = client.leave().await;
    say(&format!("{} pictures of others were shown; {status:?}", client.shown()));
    Ok(())
}

/// A client application in a meeting.
pub(crate) struct Client {
    pub(crate) session: MeetingSession,
    events: SessionEvents,
    shown: Arc<AtomicU64>,
}

impl Client {
    /// Makes a configuration of the two answers, a session of it, and registers an observer.
    pub(crate) fn new(meeting: &Path, attendee: &Path) -> Result<Self, Box<dyn Error>> {
        let configuration = MeetingSessionConfiguration::from_json(
            &std::fs::read_to_string(meeting)?,
            &std::fs::read_to_string(attendee)?,
        )?;
        let logger = ConsoleLogger::new("meeting", LogLevel::Warn);
        let session = MeetingSession::new(configuration, Arc::new(logger));
        session.audio_video().add_observer(Arc::new(Console));
        let events = session.audio_video().events();
        Ok(Self { session, events, shown: Arc::default() })
    }

    /// Selects the initial devices: a microphone, a speaker and a camera.
    pub(crate) async fn select_devices(&self) -> Result<(), Box<dyn Error>> {
        self.select_sound().await?;
        self.session.device_controller().start_video_input(pattern(120)?)?;
        Ok(())
    }

    #[cfg(all(feature = "devices", not(test)))]
    async fn select_sound(&self) -> Result<(), Box<dyn Error>> {
        use carillon_facade::{DeviceChoice, DeviceError, Following};
        let devices = self.session.device_controller().clone();
        let selected = tokio::task::spawn_blocking(move || {
            devices.start_audio_input_device(&DeviceChoice::Default(Following::Follow))?;
            devices.choose_audio_output(&DeviceChoice::Default(Following::Follow))?;
            Ok::<(), DeviceError>(())
        });
        selected.await??;
        Ok(())
    }

    #[cfg(not(all(feature = "devices", not(test))))]
    #[expect(clippy::unused_async, reason = "real devices have to be waited for")]
    async fn select_sound(&self) -> Result<(), Box<dyn Error>> {
        let tone = carillon_facade::devices::ToneSource::new(440.0, 8_000);
        self.session.device_controller().start_audio_input(AudioInput::Sound(Box::new(tone)));
        Ok(())
    }

    /// Starts the session, and waits until it is up.
    pub(crate) async fn start(&mut self) -> Result<(), Box<dyn Error>> {
        self.session.audio_video().start()?;
        while let Some(event) = self.events.next().await {
            if let SessionEvent::Stopped(status) = event {
                return Err(status.to_string().into());
            }
            self.handle_event(&event)?;
            if matches!(event, SessionEvent::Started) {
                return Ok(());
            }
        }
        Err("the session is gone".into())
    }

    /// Starts local video.
    pub(crate) fn show_camera(&self) -> Result<TileId, Box<dyn Error>> {
        Ok(self.session.audio_video().start_local_video_tile()?)
    }

    /// Stops local video.
    pub(crate) fn hide_camera(&self) {
        self.session.audio_video().stop_local_video_tile();
    }

    /// Closes the microphone.
    pub(crate) fn mute(&self) {
        self.session.audio_video().realtime_mute_local_audio();
    }

    /// Opens the microphone.
    pub(crate) fn unmute(&self) {
        self.session.audio_video().realtime_unmute_local_audio();
    }

    /// Shares content, which joins the meeting as another attendee.
    pub(crate) fn share_content(&self) -> Result<(), Box<dyn Error>> {
        let content = self.session.content_share();
        content.start_content_share(pattern(60)?, AudioInput::Silence)?;
        Ok(())
    }

    /// Ends the content share.
    pub(crate) fn stop_sharing(&self) {
        self.session.content_share().stop_content_share();
    }

    /// Handles what happens for so long, or until the meeting ends.
    pub(crate) async fn for_a_while(&mut self, span: Duration) -> Result<(), NoSuchTile> {
        let over = tokio::time::sleep(span);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                event = self.events.next() => match event {
                    Some(event) => self.handle_event(&event)?,
                    None => return Ok(()),
                },
            }
        }
    }

    /// Binds a surface to the tile of everybody else.
    fn handle_event(&self, event: &SessionEvent) -> Result<(), NoSuchTile> {
        if let SessionEvent::TileUpdated(tile) = event
            && !tile.local_tile
            && !tile.active
        {
            let surface = VideoSurface::Pictures(Box::new(Surface(Arc::clone(&self.shown))));
            self.session.audio_video().bind_video_surface(tile.tile_id, surface)?;
        }
        Ok(())
    }

    /// How many pictures of others were shown.
    pub(crate) fn shown(&self) -> u64 {
        self.shown.load(Ordering::Relaxed)
    }

    /// Leaves the meeting.
    pub(crate) async fn leave(&self) -> Option<MeetingSessionStatus> {
        self.session.audio_video().stop();
        self.session.audio_video().stopped().await
    }
}

/// A made-up picture of this colour.
fn pattern(hue: u16) -> Result<VideoInput, Box<dyn Error>> {
    let pattern = TestPattern::new(VideoSize::new(1_280, 720), Hue::new(hue));
    Ok(VideoInput::Pictures(Box::new(pattern.ok_or("no such picture")?)))
}

/// A window, were there a screen: it counts what it shows.
struct Surface(Arc<AtomicU64>);

impl VideoSink for Surface {
    fn show(&mut self, _: &VideoFrame) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Tells the user what becomes of the meeting.
struct Console;

impl AudioVideoObserver for Console {
    fn audio_video_did_start_connecting(&self, reconnecting: bool) {
        say(if reconnecting { "connecting again" } else { "connecting" });
    }

    fn audio_video_did_start(&self) {
        say("in the meeting");
    }

    fn audio_video_did_stop(&self, status: &MeetingSessionStatus) {
        say(&format!("out of the meeting: {status}"));
    }

    fn video_tile_did_update(&self, tile: &VideoTileState) {
        say(&format!("tile {}: {} {:?}", tile.tile_id, tile.attendee.identity, tile.size));
    }

    fn video_tile_was_removed(&self, tile: TileId) {
        say(&format!("tile {tile} is gone"));
    }
}

/// Writes a line. One that cannot be written is nobody's loss.
fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}
