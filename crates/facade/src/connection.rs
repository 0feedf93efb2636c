//! One side of an attendee in the meeting, over as many connections as it takes: signaling, media, and coming back.

mod attempt;
mod sections;
mod tell;

use std::sync::Arc;
use std::time::{Duration, Instant};

use carillon_signaling::{Attendance, AudioSessionId, Modality, Mute, SentData};
use rand::Rng as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::attempt::{Attempt, AttemptEnd};
use crate::clock;
use crate::event::{MeetingEvent, SessionEvent};
use crate::health::{HealthMonitor, SendingAudioMonitor};
use crate::reconnect::Reconnect;
use crate::shared::Shared;
use crate::status::{MeetingSessionStatus, MeetingSessionStatusCode as Code};

/// How many wishes of the application wait. They are taken within milliseconds; more than this is a loop gone wild, and
/// the caller is told.
pub(crate) const WAITING_COMMANDS: usize = 256;

/// What the application wants of a running session.
#[derive(Debug)]
pub(crate) enum Command {
    /// Leave.
    Stop,
    /// The microphone was closed or opened.
    Mute(Mute),
    /// Send a message to everybody.
    Data(SentData),
    /// The camera was started or stopped.
    CameraChanged,
    /// Which videos are wanted changed.
    VideosChanged,
    /// Sound and pictures are wanted as well.
    StartMedia,
}

/// What a session is for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be at the server already when the meeting begins.
    Signaling,
    /// To take part, with sound and pictures.
    Meeting,
}

/// The life of one side of an attendee, from its start to its end.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
    cancel: CancellationToken,
    purpose: Purpose,
    /// The same over all attempts: by it the server knows that a client comes back.
    object: AudioSessionId,
    attendance: Attendance,
    health: HealthMonitor,
    sending_audio: SendingAudioMonitor,
    reconnect: Reconnect,
    requested_at: Instant,
    started_at: Option<Instant>,
    is_present: bool,
    is_stopping: bool,
}

impl Connection {
    pub(crate) fn new(
        shared: Arc<Shared>,
        commands: mpsc::Receiver<Command>,
        cancel: CancellationToken,
        purpose: Purpose,
    ) -> Self {
        let reconnect = Reconnect::new(&shared.configuration);
        let policy = shared.configuration.connection_health_policy;
        Self {
            shared,
            commands,
            cancel,
            purpose,
            object: AudioSessionId(u64::from(rand::rng().random::<u32>())),
            attendance: Attendance::default(),
            health: HealthMonitor::new(policy),
            sending_audio: SendingAudioMonitor::new(policy),
            reconnect,
            requested_at: clock::now(),
            started_at: None,
            is_present: false,
            is_stopping: false,
        }
    }

    /// Connects, stays connected, and tells how it ended.
    pub(crate) async fn run(mut self) -> MeetingSessionStatus {
        if self.purpose == Purpose::Meeting {
            self.shared.tell_step(MeetingEvent::MeetingStartRequested);
        }
        let status = self.stay_connected().await;
        self.tell_end(&status);
        status
    }

    async fn stay_connected(&mut self) -> MeetingSessionStatus {
        loop {
            if self.purpose == Purpose::Meeting {
                let reconnecting = self.started_at.is_some();
                self.shared.tell(SessionEvent::StartedConnecting { reconnecting });
            }
            let lost = match Attempt::run(self).await {
                AttemptEnd::Over(status) => return status,
                AttemptEnd::Lost(status) => status,
            };
            self.sending_audio.handle_lost();
            self.shared.logger.warn(&format_args!("connection lost: {lost}"));
            let wait = self.reconnect.next_wait(clock::now(), rand::rng().random());
            let Some(wait) = wait else { return lost };
            if self.stopped_within(wait).await {
                return Code::Left.into();
            }
        }
    }

    /// Waits, unless the application wants to leave meanwhile; its other wishes are met by the next attempt.
    async fn stopped_within(&mut self, wait: Duration) -> bool {
        tokio::select! {
            () = self.stopped() => true,
            () = tokio::time::sleep(wait) => false,
        }
    }

    /// Waits until the application wants to leave.
    async fn stopped(&mut self) {
        loop {
            match self.next_command().await {
                Command::Stop => return,
                Command::Mute(_)
                | Command::Data(_)
                | Command::CameraChanged
                | Command::VideosChanged
                | Command::StartMedia => {}
            }
        }
    }

    /// The next wish of the application; a session that is released is stopped. Once it is, there is no other.
    async fn next_command(&mut self) -> Command {
        if self.is_stopping {
            return std::future::pending().await;
        }
        let command = tokio::select! {
            command = self.commands.recv() => command.unwrap_or(Command::Stop),
            () = self.cancel.cancelled() => Command::Stop,
        };
        self.is_stopping = matches!(command, Command::Stop);
        if matches!(command, Command::StartMedia) {
            self.begin_meeting();
        }
        command
    }

    /// Goes on from signaling alone to the meeting.
    fn begin_meeting(&mut self) {
        if std::mem::replace(&mut self.purpose, Purpose::Meeting) == Purpose::Signaling {
            self.requested_at = clock::now();
            self.shared.tell_step(MeetingEvent::MeetingStartRequested);
            self.shared.tell(SessionEvent::StartedConnecting { reconnecting: false });
        }
    }

    /// Takes note that the server took the client in.
    fn handle_joined(&mut self) {
        if self.purpose == Purpose::Signaling {
            self.reconnect.handle_success();
        }
        self.shared.tell(SessionEvent::SignalingConnected);
    }

    /// Takes note that media flows.
    fn handle_started(&mut self) {
        let now = clock::now();
        let retry_count = self.reconnect.attempts();
        self.reconnect.handle_success();
        self.health.handle_reconnect();
        self.sending_audio.handle_connected(now);
        let step = match self.started_at {
            Some(_) => MeetingEvent::MeetingReconnected { retry_count },
            None => {
                self.started_at = Some(now);
                let meeting_start_duration = now.saturating_duration_since(self.requested_at);
                MeetingEvent::MeetingStartSucceeded { meeting_start_duration }
            }
        };
        self.shared.tell_step(step);
        self.shared.logger.info(&"connected");
        self.shared.tell(SessionEvent::Started);
    }

    fn tell_end(&self, status: &MeetingSessionStatus) {
        let shared = &self.shared;
        let tiles = shared.tiles().all();
        for tile in tiles.iter().filter(|tile| !tile.local_tile) {
            shared.remove_tile(tile.tile_id);
        }
        let status = status.clone();
        let step = match self.started_at {
            // Nobody asked for the meeting yet.
            None if self.purpose == Purpose::Signaling => None,
            None => Some(MeetingEvent::MeetingStartFailed { status: status.clone() }),
            Some(started) => {
                let meeting_duration = clock::now().saturating_duration_since(started);
                let status = status.clone();
                Some(if status.is_failure() {
                    MeetingEvent::MeetingFailed { status, meeting_duration }
                } else {
                    MeetingEvent::MeetingEnded { status, meeting_duration }
                })
            }
        };
        shared.logger.info(&format_args!("stopped: {status}"));
        step.into_iter().for_each(|step| shared.tell_step(step));
        if shared.modality == Modality::Main {
            shared.tell(SessionEvent::Stopped(status));
        }
    }
}
