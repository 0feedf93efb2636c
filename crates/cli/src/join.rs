//! `carillon join`: one attendee in a meeting, on a terminal or headless, with devices or files.

mod command;
mod hearing;
mod input;
mod line;
mod media_input;
mod participant;
mod record;
mod report;
mod view;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use carillon_facade::{
    ContentShareSimulcastParameters, MeetingSession, MeetingSessionConfiguration,
    MeetingSessionStatus, MeetingSessionStatusCode, TracingLogger,
};
use clap::Args;

use self::media_input::{PictureInput, SoundInput};
use self::participant::Participant;
use self::view::View;
use crate::telemetry::{self, KeptLines};

/// Join a meeting as a native client.
///
/// The two files hold what the API answered to CreateMeeting and CreateAttendee, as it answered.
///
///     aws chime-sdk-meetings create-meeting ... > meeting.json
///     aws chime-sdk-meetings create-attendee ... > attendee.json
///     carillon join --meeting meeting.json --attendee attendee.json --send tone:440 --video pattern
///
/// On a terminal it shows the meeting: people, videos, figures, messages; the key ? names the others.
///
/// Elsewhere, or with --json, it writes one JSON object a line: what happens, and figures once a second.
/// Lines on standard input are then commands:
///
///     mute, unmute
///     camera on, camera off
///     share on, share off, share pause, share resume
///     say TOPIC TEXT
///     pause TILE, resume TILE
///     leave
///
/// It ends with status 0 when it left or the meeting ended, and with 1 when it could not stay. SIGTERM and Ctrl-C let it
/// leave; what it recorded is complete then. docs/join.md describes every line and every file.
#[derive(Args)]
#[command(verbatim_doc_comment)]
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

    /// Show this: pattern, pattern:HUE, file:PATH (Y4M, or Annex B H.264 as it is), camera, camera:NAME, or none.
    #[arg(long, value_name = "PICTURE", default_value = "none")]
    video: PictureInput,

    /// Share this as content: screen, screen:NAME, window:TITLE, pattern, pattern:HUE, file:PATH, or none.
    #[arg(long, value_name = "PICTURE", default_value = "none")]
    content: PictureInput,

    /// Send the picture of --video in several sizes at once, and that of --content in two.
    #[arg(long)]
    simulcast: bool,

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
        let is_shown = !self.json && stdout().is_terminal();
        let log = is_shown.then(telemetry::init_beside_a_view);
        if log.is_none() {
            telemetry::init();
        }
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let joined = runtime.block_on(self.join(log));
        runtime.shutdown_timeout(Duration::from_secs(1));
        let status = joined?;
        ensure!(!status.is_failure(), "{status}; {}", advice(status.code));
        if is_shown {
            writeln!(stdout(), "{}", farewell(status.code))?;
        }
        Ok(())
    }

    async fn join(self, log: Option<KeptLines>) -> anyhow::Result<MeetingSessionStatus> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let mut configuration =
            MeetingSessionConfiguration::from_json(&read(&self.meeting)?, &read(&self.attendee)?)
                .context("--meeting and --attendee take what the API answered, unchanged")?;
        configuration.enable_simulcast = self.simulcast;
        let duration = self.duration.map(Duration::try_from_secs_f64).transpose();
        let duration = duration.context("--duration is no span of time")?;
        let session = MeetingSession::new(configuration.clone(), Arc::new(TracingLogger));
        if self.simulcast {
            let sizes = ContentShareSimulcastParameters::default();
            session.content_share().enable_simulcast_for_content_share(Some(sizes));
        }
        let mut participant = Participant::new(session, self.video, self.content);
        participant.speak(&self.send)?;
        if self.listen {
            participant.listen()?;
        }
        if let Some(folder) = &self.record {
            participant.record(folder)?;
        }
        if let Some(log) = log {
            participant.show(View::open(&configuration, log)?);
        }
        participant.take_part(duration).await
    }
}

/// How it ended, for a person.
#[expect(clippy::wildcard_enum_match_arm, reason = "codes may be added, and most need no more")]
const fn farewell(code: MeetingSessionStatusCode) -> &'static str {
    match code {
        MeetingSessionStatusCode::MeetingEnded => "The meeting has ended.",
        MeetingSessionStatusCode::AudioJoinedFromAnotherDevice => {
            "You joined from somewhere else, and left here."
        }
        MeetingSessionStatusCode::AudioAttendeeRemoved => "You were removed from the meeting.",
        _ => "You left the meeting.",
    }
}

/// What can be done about a failure.
#[expect(clippy::wildcard_enum_match_arm, reason = "codes may be added, and most need no more")]
const fn advice(code: MeetingSessionStatusCode) -> &'static str {
    match code {
        MeetingSessionStatusCode::AudioAuthenticationRejected => {
            "create a fresh attendee, and give the answer with --attendee"
        }
        MeetingSessionStatusCode::AudioCallAtCapacity => "wait until somebody leaves",
        MeetingSessionStatusCode::SignalingRequestFailed => {
            "check SignalingUrl in the file of --meeting"
        }
        MeetingSessionStatusCode::SignalingChannelClosedUnexpectedly => {
            "check that the service runs, and that SignalingUrl in the file of --meeting reaches it"
        }
        MeetingSessionStatusCode::TaskFailed => {
            "check that UDP packets reach the media address of the service"
        }
        _ => "try again; RUST_LOG=info says more",
    }
}
