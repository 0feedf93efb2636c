//! Somebody in a meeting: what it sends, what it does, and what it tells.

use std::io::BufRead as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use carillon_facade::media::pattern::{dominant_colour, read_counter};
use carillon_facade::{
    AudioInput, AudioOutput, MeetingSession, MeetingSessionStatus, SessionEvent,
};
use tokio::sync::mpsc;

use super::command::Wish;
use super::hearing::Hearing;
use super::input::{PictureInput, SoundInput};
use super::line::{Event, Shown, Stats};
use super::record::Recorder;
use super::report::Report;

/// Lines of standard input that wait: a script that writes more at once waits itself.
const WAITING_LINES: usize = 64;

/// How long leaving may take before the program ends anyway.
const LEAVING: Duration = Duration::from_secs(3);

/// An attendee on its way through a meeting.
pub(crate) struct Participant {
    session: MeetingSession,
    camera: PictureInput,
    content: PictureInput,
    hearing: Hearing,
    recorder: Option<Recorder>,
    report: Report,
}

impl Participant {
    pub(crate) fn new(
        session: MeetingSession,
        camera: PictureInput,
        content: PictureInput,
    ) -> anyhow::Result<Self> {
        let hearing = Hearing::default();
        let output = AudioOutput::Sound(Box::new(hearing.clone()));
        session.device_controller().add_audio_output(output);
        let report = Report::new(now(), true);
        Ok(Self { session, camera, content, hearing, recorder: None, report })
    }

    /// Says this from the start on.
    pub(crate) fn speak(&self, sound: &SoundInput) -> anyhow::Result<()> {
        self.session.device_controller().start_audio_input(sound.open()?);
        Ok(())
    }

    /// Plays the meeting through the speaker.
    #[cfg(feature = "devices")]
    pub(crate) fn listen(&self) -> anyhow::Result<()> {
        use carillon_devices::Speaker;
        use carillon_devices::catalog::{DeviceChoice, Following};
        let speaker = Speaker::open(&DeviceChoice::Default(Following::Follow))
            .context("cannot open the speaker")?;
        let output = AudioOutput::Sound(Box::new(speaker));
        self.session.device_controller().add_audio_output(output);
        Ok(())
    }

    /// Plays the meeting through the speaker.
    #[cfg(not(feature = "devices"))]
    #[expect(clippy::unused_self, reason = "the same call with devices needs it")]
    pub(crate) fn listen(&self) -> anyhow::Result<()> {
        anyhow::bail!("this program was built without devices: build it with the feature `devices`")
    }

    /// Writes everything into this folder.
    pub(crate) fn record(&mut self, folder: &Path) -> anyhow::Result<()> {
        let recorder = Recorder::start(folder, self.session.device_controller())?;
        let log = recorder.log();
        self.report.keep(&log).with_context(|| format!("cannot write {}", log.display()))?;
        self.recorder = Some(recorder);
        Ok(())
    }

    /// Joins, stays until something ends it, and leaves.
    pub(crate) async fn take_part(
        mut self,
        duration: Option<Duration>,
    ) -> anyhow::Result<MeetingSessionStatus> {
        let audio_video = self.session.audio_video().clone();
        let mut events = audio_video.events();
        if let Some(input) = self.camera.open()? {
            self.session.device_controller().start_video_input(input)?;
            audio_video.start_local_video_tile()?;
        }
        audio_video.start()?;
        let mut lines = lines();
        let until = sleep_for(duration);
        tokio::pin!(until);
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(SessionEvent::Stopped(status)) => {
                        self.tell(Event::stopped(&status))?;
                        return Ok(status);
                    }
                    Some(event) => self.handle_event(&event)?,
                    None => anyhow::bail!("the session is gone"),
                },
                line = lines.recv() => if let Some(line) = line {
                    self.handle_line(&line)?;
                },
                () = &mut until => break,
                _ = tokio::signal::ctrl_c() => break,
            }
        }
        audio_video.stop();
        let status = tokio::time::timeout(LEAVING, audio_video.stopped()).await.ok().flatten();
        let status = status.context("the server did not let go in time")?;
        self.tell(Event::stopped(&status))?;
        Ok(status)
    }

    fn handle_event(&mut self, event: &SessionEvent) -> anyhow::Result<()> {
        match event {
            SessionEvent::Started if self.content != PictureInput::None => {
                self.tell(Event::Started)?;
                self.share();
                return Ok(());
            }
            SessionEvent::TileUpdated(tile) if !tile.local_tile && !tile.active => {
                if let Some(recorder) = &mut self.recorder {
                    let recorded = recorder.record(self.session.audio_video(), tile);
                    let told = match recorded {
                        Ok(file) => Event::Recording { file },
                        Err(error) => Event::Error { message: format!("{error:#}") },
                    };
                    self.tell(told)?;
                }
            }
            SessionEvent::Metrics(report) => {
                let mut stats = Stats::of(report);
                stats.level_dbov = self.hearing.level_dbov();
                stats.tones_hz = self.hearing.tones_hz();
                stats.pictures = self.pictures();
                return self.tell(Event::Stats(Box::new(stats)));
            }
            _ => {}
        }
        Event::of(event).into_iter().try_for_each(|event| self.tell(event))
    }

    fn handle_line(&mut self, line: &str) -> anyhow::Result<()> {
        let done = match line.parse() {
            Ok(wish) => self.fulfil(wish),
            Err(no_wish) => Err(anyhow::Error::from(no_wish)),
        };
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.tell(Event::Error { message: format!("{error:#}") }),
        }
    }

    /// Does what is wished.
    pub(crate) fn fulfil(&self, wish: Wish) -> anyhow::Result<()> {
        let audio_video = self.session.audio_video();
        let share = self.session.content_share();
        match wish {
            Wish::Mute => audio_video.realtime_mute_local_audio(),
            Wish::Unmute => {
                audio_video.realtime_unmute_local_audio();
            }
            Wish::CameraOn => {
                let input = match self.camera.open()? {
                    Some(input) => input,
                    None => PictureInput::default().open()?.context("there is no pattern")?,
                };
                self.session.device_controller().start_video_input(input)?;
                audio_video.start_local_video_tile()?;
            }
            Wish::CameraOff => audio_video.stop_local_video_tile(),
            Wish::ShareOn => self.start_share()?,
            Wish::ShareOff => share.stop_content_share(),
            Wish::SharePause => share.pause_content_share(),
            Wish::ShareResume => share.unpause_content_share(),
            Wish::Say { topic, text } => {
                audio_video.realtime_send_data_message(&topic, text, None)?;
            }
            Wish::PauseTile(tile) => audio_video.pause_video_tile(tile)?,
            Wish::ResumeTile(tile) => audio_video.unpause_video_tile(tile)?,
            Wish::Leave => audio_video.stop(),
        }
        Ok(())
    }

    fn share(&self) {
        if let Err(error) = self.start_share() {
            tracing::error!("{error:#}");
        }
    }

    fn start_share(&self) -> anyhow::Result<()> {
        let input = match self.content.open()? {
            Some(input) => input,
            None => PictureInput::default().open()?.context("there is no pattern")?,
        };
        self.session.content_share().start_content_share(input, AudioInput::Silence)?;
        Ok(())
    }

    fn pictures(&self) -> Vec<Shown> {
        let audio_video = self.session.audio_video();
        let figures = audio_video.metrics().video_downstream;
        let tiles = audio_video.all_remote_video_tiles().into_iter();
        let shown = tiles.filter_map(|tile| {
            let frame = audio_video.latest_frame(tile.tile_id)?;
            let figures = figures.get(&tile.attendee.identity).copied().unwrap_or_default();
            Some(Shown {
                tile: tile.tile_id.0,
                size: frame.picture.size().into(),
                frames: figures.frames_decoded,
                freezes: figures.freezes,
                hue: dominant_colour(&frame.picture).map(|hue| hue.degrees()),
                counter: read_counter(&frame.picture),
            })
        });
        shown.collect()
    }

    fn tell(&mut self, event: Event) -> anyhow::Result<()> {
        self.report.write(now(), event).context("cannot write what happens")
    }
}

/// The lines of standard input, read by a thread that ends with the program.
fn lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(WAITING_LINES);
    let reading = std::thread::Builder::new().name("commands".to_owned()).spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
        // The end of the input is no wish to leave: the channel stays open without a word.
        std::thread::park();
        drop(sender);
    });
    if let Err(error) = reading {
        tracing::warn!(%error, "commands are not read");
    }
    receiver
}

async fn sleep_for(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is the clock of a participant")]
fn now() -> Instant {
    Instant::now()
}
