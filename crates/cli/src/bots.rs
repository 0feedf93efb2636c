//! `carillon bots`: many attendees in one process, so that one person can see a full meeting.

mod api;
mod bot;
mod ear;
mod invitation;
mod plan;
mod tally;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use self::api::{Api, Key};
use self::bot::Bot;
use self::invitation::Invitation;
use self::plan::Plan;
use self::tally::Tally;
use crate::clock::{now, wall};
use crate::signals::Signals;
use crate::telemetry;

/// How many join at a time: as many as one core can give keys and decoders without making the others wait.
const JOINING: usize = 8;

/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(1);

/// How long leaving may take, all together.
const LEAVING: Duration = Duration::from_secs(5);

/// Fill a meeting with made-up people.
///
/// They are attendees like any others, all in this process. Talkers say a tone of their own in turns; videos and shared
/// contents are test patterns, each in a colour of its own.
///
/// Without --meeting it makes a meeting, and says where to watch it:
///
///     carillon bots --count 6 --video 4 --talkers 2 --content 1
///
/// With it, it joins that one; the file holds what CreateMeeting answered:
///
///     carillon bots --meeting meeting.json --endpoint http://127.0.0.1:8080 --count 20 --duration 60
///
/// On a terminal one line shows how they do; elsewhere, or with --json, there is one JSON object a line. The last line
/// is a summary in JSON: who came, who was lost, how long joining took. docs/join.md describes it.
///
/// It ends with status 0 when everybody came and stayed, and with 1 otherwise.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Bots {
    /// What CreateMeeting answered [default: a meeting of their own].
    #[arg(long, value_name = "FILE")]
    meeting: Option<PathBuf>,

    /// The API, where attendees are created.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    endpoint: String,

    /// How many come.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=250))]
    count: u32,

    /// So many of them show a video.
    #[arg(long, value_name = "K", default_value_t = 2)]
    video: u32,

    /// So many of them talk, in turns.
    #[arg(long, value_name = "K", default_value_t = 1)]
    talkers: u32,

    /// So many of them share content.
    #[arg(long, value_name = "K", default_value_t = 0)]
    content: u32,

    /// So many of them watch the videos, which costs most; the others only listen.
    #[arg(long, value_name = "K", default_value_t = 1)]
    watch: u32,

    /// Leave after so many seconds [default: when told to by Ctrl-C or SIGTERM].
    #[arg(long, value_name = "S")]
    duration: Option<f64>,

    /// The access key of the API.
    #[arg(long, value_name = "KEY", env = "AWS_ACCESS_KEY_ID", default_value = "devkey")]
    access_key: String,

    /// The secret of the access key.
    #[arg(
        long,
        value_name = "SECRET",
        env = "AWS_SECRET_ACCESS_KEY",
        default_value = "devsecret",
        hide_env_values = true
    )]
    secret_key: String,

    /// The region that requests are signed for, and that a new meeting is in.
    #[arg(long, value_name = "REGION", env = "AWS_REGION", default_value = "us-east-1")]
    region: String,

    /// Write JSON lines even on a terminal.
    #[arg(long)]
    json: bool,
}

impl Bots {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        telemetry::init();
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let ran = runtime.block_on(self.meet());
        runtime.shutdown_timeout(Duration::from_secs(1));
        ran
    }

    fn plan(&self) -> Plan {
        let Self { count, video, talkers, content, watch, .. } = *self;
        Plan { count, video, talkers, content, watch }
    }

    async fn meet(self) -> anyhow::Result<()> {
        let mut signals = Signals::new()?;
        let plan = self.plan();
        plan.check()?;
        let duration = self.duration.map(Duration::try_from_secs_f64).transpose();
        let duration = duration.context("--duration is no span of time")?;
        let key = Key { access: self.access_key.clone(), secret: self.secret_key.clone() };
        let api = Api::new(&self.endpoint, key, self.region.clone(), wall)?;
        let invitation = match &self.meeting {
            Some(path) => Invitation::read(path)?,
            None => Invitation::make(&api).await?,
        };
        let out = Out { is_human: !self.json && stdout().is_terminal() };
        out.invite(&invitation, &self.endpoint)?;
        let attendees = invitation.attendees(&api, self.count).await?;
        let tally = Arc::new(Tally::new(self.count));
        let crowd = Crowd::join(&invitation, attendees, plan, &tally)?;
        let taken = crowd.stay(duration, &tally, &out, &mut signals).await;
        taken?;
        out.summarise(&tally.summary(&invitation.meeting_id))?;
        let missing = tally.missing();
        ensure!(
            missing == 0,
            "{missing} of {} did not come or did not stay; the summary says why: {}",
            self.count,
            tally.ends()
        );
        Ok(())
    }
}

/// The bots at work.
struct Crowd {
    bots: JoinSet<()>,
    leave: watch::Sender<bool>,
}

impl Crowd {
    /// Sends everybody in, a few at a time.
    fn join(
        invitation: &Invitation,
        attendees: Vec<Value>,
        plan: Plan,
        tally: &Arc<Tally>,
    ) -> anyhow::Result<Self> {
        let doors = Arc::new(Semaphore::new(JOINING));
        let leave = watch::Sender::new(false);
        let mut bots = JoinSet::new();
        for (number, attendee) in (0..).zip(attendees) {
            let configuration = invitation.configuration(&attendee)?;
            let bot = Bot::new(configuration, plan.part(number), number, Arc::clone(tally));
            bots.spawn(bot.attend(Arc::clone(&doors), leave.subscribe()));
        }
        Ok(Self { bots, leave })
    }

    /// Stays until the time is up, a signal comes or nobody is left; then everybody leaves.
    async fn stay(
        mut self,
        duration: Option<Duration>,
        tally: &Tally,
        out: &Out,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        let until = async {
            match duration {
                Some(duration) => tokio::time::sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(until);
        let mut progress = interval(PROGRESS);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = progress.tick() => out.progress(tally)?,
                ended = self.bots.join_next() => match ended {
                    Some(ended) => ended.context("a bot broke")?,
                    None => break,
                },
                () = &mut until => break,
                () = signals.next() => break,
            }
        }
        out.progress(tally)?;
        self.leave.send_replace(true);
        let all_left = async { while self.bots.join_next().await.is_some() {} };
        // Whoever does not get out in time is in the summary without an end.
        drop(tokio::time::timeout(LEAVING, all_left).await);
        Ok(())
    }
}

/// Standard output: lines for a person, or for a program.
struct Out {
    is_human: bool,
}

impl Out {
    fn invite(&self, invitation: &Invitation, endpoint: &str) -> anyhow::Result<()> {
        if self.is_human {
            writeln!(stdout(), "{}", invitation.to_people(endpoint))?;
        } else {
            writeln!(stdout(), "{}", invitation.to_programs())?;
        }
        Ok(())
    }

    fn progress(&self, tally: &Tally) -> anyhow::Result<()> {
        let progress = tally.progress(now());
        let mut out = stdout().lock();
        if self.is_human {
            // The line overwrites the one before; the end of a longer one is cleared.
            write!(out, "\r{progress}\u{1b}[K")?;
        } else {
            writeln!(out, "{}", serde_json::to_string(&progress)?)?;
        }
        out.flush()?;
        Ok(())
    }

    fn summarise(&self, summary: &tally::Summary) -> anyhow::Result<()> {
        let end_of_progress = if self.is_human { "\n" } else { "" };
        writeln!(stdout(), "{end_of_progress}{}", serde_json::to_string(summary)?)?;
        Ok(())
    }
}
