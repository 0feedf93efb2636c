//! `carillon join`: one attendee in a meeting, headless or with devices.

mod command;
mod hearing;
mod input;
mod line;
mod participant;
mod record;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use carillon_facade::{MeetingSession, MeetingSessionConfiguration, TracingLogger};
use clap::Args;

use self::input::{PictureInput, SoundInput};
use self::participant::Participant;

/// Join a meeting as a native client.
///
/// The two files hold what the API answered to CreateMeeting and CreateAttendee, as it answered.
///
/// On a terminal it shows the meeting; otherwise, or with --json, it writes one JSON object a line: what happens, and
/// figures once a second. Lines on standard input are commands: mute, unmute, camera on|off, share on|off|pause|resume,
/// say TOPIC TEXT, pause TILE, resume TILE, leave.
///
///     aws chime-sdk-meetings create-meeting … > meeting.json
///
///     carillon join --meeting meeting.json --attendee attendee.json --send tone:440 --video pattern
#[derive(Args)]
pub(crate) struct Join {
    /// What CreateMeeting answered.
    #[arg(long, value_name = "FILE")]
    meeting: PathBuf,

    /// What CreateAttendee answered.
    #[arg(long, value_name = "FILE")]
    attendee: PathBuf,

    /// Say this: tone:HERTZ, file:PATH (WAV, or Ogg Opus as it is), mic, or silence.
    #[arg(long, value_name = "SOUND", default_value = "silence")]
    send: SoundInput,

    /// Show this: pattern[:HUE], file:PATH (Y4M, or Annex B H.264 as it is), camera, or none.
    #[arg(long, value_name = "PICTURE", default_value = "none")]
    video: PictureInput,

    /// Share this as content: pattern[:HUE] or file:PATH.
    #[arg(long, value_name = "PICTURE", default_value = "none")]
    content: PictureInput,

    /// Play the meeting through the speaker.
    #[arg(long)]
    listen: bool,

    /// Write the mix, each video and an event log into this folder.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,

    /// Leave after so many seconds.
    #[arg(long, value_name = "S")]
    duration: Option<f64>,

    /// Write JSON lines even on a terminal.
    #[arg(long)]
    json: bool,
}

impl Join {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        crate::telemetry::init();
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let joined = runtime.block_on(self.join());
        runtime.shutdown_timeout(Duration::from_secs(1));
        joined
    }

    async fn join(self) -> anyhow::Result<()> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let configuration =
            MeetingSessionConfiguration::from_json(&read(&self.meeting)?, &read(&self.attendee)?)?;
        let duration = self.duration.map(Duration::try_from_secs_f64).transpose();
        let duration = duration.context("--duration is no span of time")?;
        let session = MeetingSession::new(configuration, Arc::new(TracingLogger));
        let mut participant = Participant::new(session, self.video, self.content)?;
        participant.speak(&self.send)?;
        if self.listen {
            participant.listen()?;
        }
        if let Some(folder) = &self.record {
            participant.record(folder)?;
        }
        let status = participant.take_part(duration).await?;
        ensure!(!status.is_failure(), "{status}");
        Ok(())
    }
}
