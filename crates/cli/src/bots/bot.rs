//! One made-up attendee.

use std::sync::Arc;
use std::time::{Duration, Instant};

use carillon_facade::media::pattern::read_counter;
use carillon_facade::{
    AudioInput, AudioOutput, ContentShareEvent, MeetingSession, MeetingSessionConfiguration,
    NoVideoDownlinkBandwidthPolicy, SessionEvent, TracingLogger, VideoInput,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::ear::Ear;
use super::plan::{Part, Watches};
use super::tally::{Standing, Tally};
use crate::clock::now;

/// From this volume on a bot talks.
const TALKING: f32 = 0.05;

/// How long one bot may take to leave.
const LEAVING: Duration = Duration::from_secs(3);

/// An attendee and its part.
pub(crate) struct Bot {
    session: MeetingSession,
    part: Part,
    ear: Ear,
    number: u32,
    tally: Arc<Tally>,
    asked: Option<Instant>,
}

impl Bot {
    pub(crate) fn new(
        configuration: MeetingSessionConfiguration,
        part: Part,
        number: u32,
        tally: Arc<Tally>,
    ) -> Self {
        let session = MeetingSession::new(configuration, Arc::new(TracingLogger));
        Self { session, part, ear: Ear::default(), number, tally, asked: None }
    }

    /// Waits for its turn to join, takes part, and leaves when it is told to.
    pub(crate) async fn attend(mut self, doors: Arc<Semaphore>, mut leave: watch::Receiver<bool>) {
        let door = tokio::select! {
            door = doors.acquire_owned() => door.ok(),
            _ = leave.wait_for(|leave| *leave) => None,
        };
        let Some(mut door) = door.map(Some) else { return self.end("NeverJoined") };
        let mut events = self.session.audio_video().events();
        if let Err(error) = self.start() {
            tracing::error!("a bot cannot join: {error:#}");
            return self.end("NotStarted");
        }
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(SessionEvent::Stopped(status)) => return self.end(status.code.name()),
                    Some(event) => self.handle_event(&event, &mut door),
                    None => return self.end("Gone"),
                },
                _ = leave.wait_for(|leave| *leave) => break,
            }
        }
        self.set(|standing| standing.was_told_to_leave = true);
        let audio_video = self.session.audio_video();
        audio_video.stop();
        let status = tokio::time::timeout(LEAVING, audio_video.stopped()).await.ok().flatten();
        self.end(status.map_or("NoAnswer", |status| status.code.name()));
    }

    fn start(&mut self) -> anyhow::Result<()> {
        let (audio_video, devices) = (self.session.audio_video(), self.session.device_controller());
        devices.add_audio_output(AudioOutput::Sound(Box::new(self.ear.clone())));
        match self.part.voice.take() {
            Some(voice) => devices.start_audio_input(AudioInput::Sound(Box::new(voice))),
            None => audio_video.realtime_mute_local_audio(),
        }
        if let Some(camera) = self.part.camera.take() {
            devices.start_video_input(VideoInput::Pictures(Box::new(camera)))?;
            audio_video.start_local_video_tile()?;
            self.set(|standing| standing.is_showing = true);
        }
        match self.part.watches {
            Watches::All => {}
            Watches::Nothing => {
                audio_video.set_video_downlink_policy(Box::new(NoVideoDownlinkBandwidthPolicy));
            }
        }
        self.asked = Some(now());
        audio_video.start()?;
        Ok(())
    }

    fn handle_event(&mut self, event: &SessionEvent, door: &mut Option<OwnedSemaphorePermit>) {
        match event {
            SessionEvent::Started => {
                // The next may come in.
                *door = None;
                let took = self.asked.take().map(|asked| now().saturating_duration_since(asked));
                self.set(|standing| {
                    standing.joined_in = standing.joined_in.or(took);
                    standing.is_in = true;
                });
                self.share();
            }
            SessionEvent::StartedConnecting { reconnecting: true } => {
                self.set(|standing| standing.is_in = false);
            }
            SessionEvent::VolumeChanged(update) => {
                let own = self.session.configuration().credentials.identity();
                if let Some(volume) = update.volume.filter(|_| update.attendee.identity == own) {
                    self.set(|standing| standing.is_talking = volume >= TALKING);
                }
            }
            SessionEvent::ContentShare(event) => {
                let is_sharing = match event {
                    ContentShareEvent::Started
                    | ContentShareEvent::Paused
                    | ContentShareEvent::Unpaused => true,
                    ContentShareEvent::Stopped(status) => {
                        tracing::warn!(%status, "a bot shares no more");
                        false
                    }
                };
                self.set(|standing| standing.is_sharing = is_sharing);
            }
            SessionEvent::VideoSendBecameUnavailable => {
                self.set(|standing| standing.is_showing = false);
            }
            SessionEvent::Metrics(report) => {
                let (has_heard, sees) = (self.ear.has_heard(), self.sees());
                self.set(|standing| {
                    standing.up = report.upstream_bitrate;
                    standing.down = report.downstream_bitrate;
                    standing.has_heard = has_heard;
                    standing.has_seen |= sees;
                });
            }
            SessionEvent::StartedConnecting { reconnecting: false }
            | SessionEvent::Stopped(_)
            | SessionEvent::AttendeeJoined(_)
            | SessionEvent::AttendeeLeft(_)
            | SessionEvent::AttendeeDropped(_)
            | SessionEvent::LocalMuteChanged(_)
            | SessionEvent::DataMessage(_)
            | SessionEvent::TileUpdated(_)
            | SessionEvent::TileRemoved(_)
            | SessionEvent::RemoteVideoSourcesChanged(_)
            | SessionEvent::VideoAvailabilityChanged { .. }
            | SessionEvent::ActiveSpeakersChanged(_)
            | SessionEvent::ConnectionHealthChanged(_)
            | SessionEvent::Meeting(_)
            | _ => {}
        }
    }

    fn share(&mut self) {
        let Some(content) = self.part.content.take() else { return };
        let content = VideoInput::Pictures(Box::new(content));
        let shared = self.session.content_share().start_content_share(content, AudioInput::Silence);
        if let Err(error) = shared {
            tracing::error!("a bot cannot share: {error}");
        }
    }

    /// Whether a test pattern can be read in a tile of somebody else.
    fn sees(&self) -> bool {
        if self.part.watches == Watches::Nothing {
            return false;
        }
        let audio_video = self.session.audio_video();
        let mut tiles = audio_video.all_remote_video_tiles().into_iter();
        tiles.any(|tile| {
            let frame = audio_video.latest_frame(tile.tile_id);
            frame.is_some_and(|frame| read_counter(&frame.picture).is_some())
        })
    }

    fn end(&self, status: &'static str) {
        self.set(|standing| {
            *standing = Standing {
                end: Some(status),
                is_in: false,
                is_talking: false,
                is_showing: false,
                is_sharing: false,
                up: Default::default(),
                down: Default::default(),
                ..*standing
            };
        });
    }

    fn set(&self, change: impl FnOnce(&mut Standing)) {
        self.tally.set(self.number, change);
    }
}
