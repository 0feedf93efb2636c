//! Somebody in a meeting: what it sends, what it does, and what it tells.

use std::mem;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use carillon_facade::media::pattern::{dominant_colour, read_counter};
use carillon_facade::{
    AudioInput, AudioOutput, DeviceChangeEvent, MeetingSession, MeetingSessionStatus,
    MetricsReport, SessionEvent, StreamEnd,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::command::Wish;
use super::hearing::Hearing;
use super::input::{Input, Inputs};
use super::line::{Event, Shown, Stats};
use super::media_input::{PictureInput, SoundInput};
use super::record::Recorder;
use super::report::{Print, Report};
use super::view::{REDRAW, View};
use crate::clock::now;
use crate::signals::Signals;

/// How long the first connection may take, attempts and pauses together. Once it stood, the session itself decides for
/// how long it comes back.
const COMING_IN: Duration = Duration::from_secs(30);

/// How long the last reports may hold up the end of the program; they take a round trip.
const REPORTING: Duration = Duration::from_secs(2);

/// How long leaving may take before the program ends anyway; whoever does not want to wait says it once more.
const LEAVING: Duration = Duration::from_secs(15);

/// Whether the participant stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    On,
    Leave,
}

/// An attendee on its way through a meeting.
pub(crate) struct Participant {
    session: MeetingSession,
    camera: PictureInput,
    content: PictureInput,
    /// Whether content is to be shared once the session is up.
    shares_at_start: bool,
    hearing: Hearing,
    recorder: Option<Recorder>,
    report: Report,
    view: Option<View>,
}

impl Participant {
    pub(crate) fn new(
        session: MeetingSession,
        camera: PictureInput,
        content: PictureInput,
    ) -> Self {
        let hearing = Hearing::default();
        let output = AudioOutput::Sound(Box::new(hearing.clone()));
        session.device_controller().add_audio_output(output);
        let report = Report::new(now(), Print::Lines);
        let shares_at_start = content != PictureInput::None;
        Self {
            session,
            camera,
            content,
            shares_at_start,
            hearing,
            recorder: None,
            report,
            view: None,
        }
    }

    /// Shows the meeting in this view, and takes wishes from its keys.
    pub(crate) fn show(&mut self, view: View) {
        self.report.set_print(Print::Nothing);
        self.view = Some(view);
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
        bail!("this program was built without devices: build it with the feature `devices`")
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
        let attended = self.attend(duration).await;
        // Whatever ended it, what was recorded is complete before the program ends.
        let recorded = self.recorder.take().map(|recorder| (recorder.finish(), recorder.begun()));
        let (finished, begun) = recorded.unwrap_or((Ok(()), Vec::new()));
        self.tell_recordings(begun)?;
        let status = attended?;
        self.tell(Event::stopped(&status))?;
        // Only a line of the server's statistics is lost if it does not come through.
        let reported = self.session.audio_video().events_posted();
        drop(tokio::time::timeout(REPORTING, reported).await);
        finished.map(|()| status)
    }

    async fn attend(&mut self, duration: Option<Duration>) -> anyhow::Result<MeetingSessionStatus> {
        let audio_video = self.session.audio_video().clone();
        let mut events = audio_video.events();
        let mut signals = Signals::new()?;
        if self.camera.start(self.session.device_controller())? {
            audio_video.start_local_video_tile()?;
        }
        audio_video.start()?;
        let mut inputs = match &self.view {
            Some(_) => Inputs::keys(),
            None => Inputs::lines(),
        };
        let mut redraw = redraws();
        let until = sleep_for(duration);
        let came_in = sleep_for(Some(COMING_IN));
        tokio::pin!(until, came_in);
        let mut is_in = false;
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(SessionEvent::Stopped(status)) => return Ok(status),
                    Some(event) => {
                        is_in |= matches!(event, SessionEvent::Started);
                        self.handle_event(&event)?;
                    }
                    None => bail!("the session is gone"),
                },
                input = inputs.next() => if self.handle_input(input)? == Stay::Leave {
                    break;
                },
                _ = redraw.tick(), if self.view.is_some() => self.draw()?,
                () = &mut came_in, if !is_in => bail!(
                    "no way in within {} s: check that the service runs, and that SignalingUrl in the file of \
                     --meeting reaches it",
                    COMING_IN.as_secs()
                ),
                () = &mut until => break,
                () = signals.next() => break,
            }
        }
        self.draw()?;
        audio_video.stop();
        let stopped = audio_video.stopped();
        tokio::pin!(stopped);
        let patience = sleep_for(Some(LEAVING));
        tokio::pin!(patience);
        loop {
            tokio::select! {
                status = &mut stopped => return status.context("the session is gone"),
                input = inputs.next() => if self.handle_input(input)? == Stay::Leave {
                    bail!("left without a farewell");
                },
                () = signals.next() => bail!("left without a farewell"),
                () = &mut patience => bail!("the service did not let go in time"),
            }
        }
    }

    fn handle_event(&mut self, event: &SessionEvent) -> anyhow::Result<()> {
        if let Some(view) = &mut self.view {
            view.state.handle_event(event);
        }
        match event {
            SessionEvent::Started if mem::take(&mut self.shares_at_start) => {
                self.tell(Event::Started)?;
                return self.start_share().or_else(|error| self.complain(&error));
            }
            SessionEvent::Metrics(report) => return self.tell_figures(report),
            SessionEvent::TileUpdated(tile) if !tile.local_tile => {
                let recorder = self.recorder.as_mut();
                let audio_video = self.session.audio_video();
                recorder
                    .map_or(Ok(()), |recorder| recorder.record(audio_video, tile))
                    .or_else(|error| self.complain(&error))?;
            }
            SessionEvent::TileRemoved(tile) => {
                let recorder = self.recorder.as_mut();
                recorder
                    .map_or(Ok(()), |recorder| recorder.forget(*tile))
                    .or_else(|error| self.complain(&error))?;
            }
            SessionEvent::Device(DeviceChangeEvent::VideoInputStreamEnded(StreamEnd::Failed(
                error,
            ))) => {
                let error = anyhow::Error::new(error.clone()).context("the camera is gone");
                self.complain(&error)?;
            }
            SessionEvent::Started
            | SessionEvent::TileUpdated(_)
            | SessionEvent::StartedConnecting { .. }
            | SessionEvent::Stopped(_)
            | SessionEvent::AttendeeJoined(_)
            | SessionEvent::AttendeeLeft(_)
            | SessionEvent::AttendeeDropped(_)
            | SessionEvent::VolumeChanged(_)
            | SessionEvent::LocalMuteChanged(_)
            | SessionEvent::DataMessage(_)
            | SessionEvent::RemoteVideoSourcesChanged(_)
            | SessionEvent::VideoAvailabilityChanged { .. }
            | SessionEvent::VideoSendBecameUnavailable
            | SessionEvent::ActiveSpeakersChanged(_)
            | SessionEvent::ContentShare(_)
            | SessionEvent::ConnectionHealthChanged(_)
            | SessionEvent::Meeting(_)
            | _ => {}
        }
        Event::of(event).into_iter().try_for_each(|event| self.tell(event))
    }

    fn handle_input(&mut self, input: Input) -> anyhow::Result<Stay> {
        let wish = match input {
            Input::Line(line) => line.parse().map(Some).map_err(anyhow::Error::from),
            Input::Key(key) => {
                Ok(self.view.as_mut().and_then(|view| view.state.handle_terminal(&key)))
            }
        };
        let done = match wish {
            Ok(Some(Wish::Leave)) => return Ok(Stay::Leave),
            Ok(Some(wish)) => self.fulfil(wish),
            Ok(None) => Ok(()),
            Err(no_wish) => Err(no_wish),
        };
        done.or_else(|error| self.complain(&error))?;
        Ok(Stay::On)
    }

    /// Says that something did not work; the meeting goes on.
    fn complain(&mut self, error: &anyhow::Error) -> anyhow::Result<()> {
        let message = format!("{error:#}");
        if let Some(view) = &mut self.view {
            view.state.note(message.clone());
        }
        self.tell(Event::Error { message })
    }

    fn tell_figures(&mut self, report: &MetricsReport) -> anyhow::Result<()> {
        let begun = self.recorder.as_ref().map(Recorder::begun);
        self.tell_recordings(begun.unwrap_or_default())?;
        let mut stats = Stats::of(report);
        stats.level_dbov = self.hearing.level_dbov();
        stats.tones_hz = self.hearing.tones_hz();
        stats.pictures = self.pictures();
        self.tell(Event::Stats(Box::new(stats)))
    }

    fn tell_recordings(&mut self, begun: Vec<String>) -> anyhow::Result<()> {
        begun.into_iter().try_for_each(|file| self.tell(Event::Recording { file }))
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        let Some(view) = &mut self.view else { return Ok(()) };
        let audio_video = self.session.audio_video();
        let pictures = view.state.tiles.keys().filter_map(|tile| {
            let frame = audio_video.latest_frame(*tile)?;
            Some((*tile, frame.picture))
        });
        let pictures = pictures.collect();
        view.draw(&pictures)
    }

    /// Does what is wished.
    fn fulfil(&mut self, wish: Wish) -> anyhow::Result<()> {
        let audio_video = self.session.audio_video();
        let share = self.session.content_share();
        match wish {
            Wish::Mute => audio_video.realtime_mute_local_audio(),
            Wish::Unmute => {
                audio_video.realtime_unmute_local_audio();
            }
            Wish::CameraOn => {
                let devices = self.session.device_controller();
                if !self.camera.start(devices)? {
                    PictureInput::default().start(devices)?;
                }
                audio_video.start_local_video_tile()?;
            }
            Wish::CameraOff => audio_video.stop_local_video_tile(),
            Wish::ShareOn => self.start_share()?,
            Wish::ShareOff => share.stop_content_share(),
            Wish::SharePause => share.pause_content_share(),
            Wish::ShareResume => share.unpause_content_share(),
            Wish::Say { topic, text } => {
                audio_video.realtime_send_data_message(&topic, text.clone(), None)?;
                if let Some(view) = &mut self.view {
                    view.state.handle_sent(&text);
                }
            }
            Wish::PauseTile(tile) => audio_video.pause_video_tile(tile)?,
            Wish::ResumeTile(tile) => audio_video.unpause_video_tile(tile)?,
            Wish::Leave => audio_video.stop(),
        }
        Ok(())
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

/// When the view is drawn; a terminal that takes its time gets fewer.
fn redraws() -> Interval {
    let mut redraw = interval(REDRAW);
    redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
    redraw
}

async fn sleep_for(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}
