//! One attempt: a socket, a session on it, and the media path that both agree on.

mod link;
mod negotiation;
mod opening;
mod own_camera;
mod presence;
mod videos;

use std::sync::Arc;
use std::time::{Duration, Instant};

use carillon_frame::Bitrate;
use carillon_signaling::{
    Allocation, ClientEvent, ClientOutput, ClientSession, Index, JoinAck, SessionEnd,
};
use tokio::time::MissedTickBehavior;

use self::link::{Link, LinkNews};
use self::opening::{join, open_socket};
use self::own_camera::OwnCamera;
use super::sections::Sections;
use super::{Command, Connection, Purpose};
use crate::active_speaker::TICK;
use crate::clock;
use crate::event::MeetingEvent;
use crate::media_link::PathState;
use crate::shared::Shared;
use crate::signaling_socket::{Incoming, SignalingSocket};
use crate::status::{MeetingSessionStatus, MeetingSessionStatusCode as Code};

/// How long a path may be silent, after the 5 s in which that is noticed, before another is made: a blackout of twelve
/// seconds is survived without one.
const SILENCE_LIMIT: Duration = Duration::from_secs(10);

/// Ticks of the speaker detection in a second.
const TICKS_PER_SECOND: u32 = 5;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum AttemptEnd {
    /// For good.
    Over(MeetingSessionStatus),
    /// By something that may be better next time.
    Lost(MeetingSessionStatus),
}

impl AttemptEnd {
    fn lost(code: Code, detail: impl std::fmt::Display) -> Self {
        Self::Lost(MeetingSessionStatus::detailed(code, detail))
    }
}

impl From<SessionEnd> for AttemptEnd {
    fn from(end: SessionEnd) -> Self {
        let status = Code::from(end).into();
        if end.is_worth_retrying() { Self::Lost(status) } else { Self::Over(status) }
    }
}

/// What came of looking whether media is to be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    Made,
    Needless,
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// The server has not taken the client in.
    Opening,
    /// It has.
    Joined,
    /// Media has flowed.
    Flowing,
    /// The session has started over this attempt.
    Started,
}

/// A connection that is being made or stands.
pub(super) struct Attempt<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) signaling: ClientSession,
    socket: SignalingSocket,
    link: Option<Link>,
    pub(super) terms: JoinAck,
    pub(super) index: Index,
    pub(super) available: Option<Bitrate>,
    sections: Sections,
    allocations: Vec<Allocation>,
    own_camera: OwnCamera,
    /// Whether what was offered last is not what is wanted any more.
    is_stale: bool,
    stage: Stage,
    /// Until when the attendee has to show in the meeting.
    presence_due: Option<Instant>,
    /// When the path has to be secured, or to answer again.
    path_due: Option<(Instant, Code)>,
    end: Option<AttemptEnd>,
    ticks: u32,
}

impl<'a> Attempt<'a> {
    /// Connects and stays connected until something ends it.
    pub(super) async fn run(connection: &'a mut Connection) -> AttemptEnd {
        let shared = Arc::clone(&connection.shared);
        let opened = tokio::select! {
            opened = open_socket(&shared) => opened,
            () = connection.stopped() => return AttemptEnd::Over(Code::Left.into()),
        };
        let socket = match opened {
            Ok(socket) => socket,
            Err(end) => return end,
        };
        let signaling = ClientSession::new(clock::epoch(), join(connection))
            .with_step_timeout(shared.configuration.connection_timeout);
        connection.attendance.handle_reconnect();
        let mut attempt = Attempt {
            connection,
            shared,
            signaling,
            socket,
            link: None,
            terms: JoinAck::default(),
            index: Index::default(),
            available: None,
            sections: Sections::default(),
            allocations: Vec::new(),
            own_camera: OwnCamera::default(),
            is_stale: false,
            stage: Stage::Opening,
            presence_due: None,
            path_due: None,
            end: None,
            ticks: 0,
        };
        attempt.signaling.handle_open(clock::now());
        let end = attempt.serve().await;
        attempt.close().await;
        end
    }

    async fn serve(&mut self) -> AttemptEnd {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let deadline = self.drain().await;
            if let Some(end) = self.end.take() {
                return end;
            }
            if self.shared.hub.take_panicked() {
                return AttemptEnd::Over(Code::RealtimeApiFailed.into());
            }
            let path_due = self.path_due.map(|(at, _)| at);
            let due = deadline.into_iter().chain(path_due).chain(self.presence_due).min();
            tokio::select! {
                biased;
                incoming = self.socket.next() => match incoming {
                    Incoming::Message(message) => {
                        self.signaling.handle_message(clock::now(), &message);
                    }
                    Incoming::Closed(code) => {
                        self.shared.tell_step(MeetingEvent::SignalingDropped);
                        self.signaling.handle_close(code);
                    }
                },
                command = self.connection.next_command() => self.handle_command(command),
                news = Link::next(&mut self.link) => self.handle_link(news),
                () = sleep_until(due) => self.handle_due(),
                _ = tick.tick() => self.handle_tick(),
            }
        }
    }

    /// Does what the session wants done, and offers when it may; says when it wants to be called.
    async fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.signaling.poll_output() {
                ClientOutput::Send(message) => {
                    if !self.socket.send(message).await {
                        self.signaling.handle_close(None);
                    }
                }
                ClientOutput::Event(event) => self.handle_event(event).await,
                ClientOutput::Close => {}
                ClientOutput::Timeout(deadline) => match self.offer().await {
                    Ok(Offer::Made) => {}
                    Ok(Offer::Needless) => return deadline,
                    Err(end) => {
                        self.end.get_or_insert(end);
                        return deadline;
                    }
                },
            }
        }
    }

    /// Offers media if the session may and anything is new.
    async fn offer(&mut self) -> Result<Offer, AttemptEnd> {
        if self.connection.purpose == Purpose::Signaling || !self.signaling.may_subscribe() {
            return Ok(Offer::Needless);
        }
        if self.link.is_none() {
            self.open_link().await?;
        }
        if !std::mem::take(&mut self.is_stale) {
            return Ok(Offer::Needless);
        }
        self.subscribe().await?;
        Ok(Offer::Made)
    }

    async fn handle_event(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Joined(terms) => self.terms = terms,
            ClientEvent::Index(index) => {
                self.handle_index(index);
                if self.stage == Stage::Opening {
                    self.stage = Stage::Joined;
                    self.connection.handle_joined();
                }
            }
            ClientEvent::Answered(ack) => {
                if let Err(end) = self.handle_answer(ack).await {
                    self.end.get_or_insert(end);
                }
            }
            ClientEvent::Ended(end) => {
                self.end.get_or_insert_with(|| end.into());
            }
            ClientEvent::Paused(groups) => self.tell_paused(&groups, true),
            ClientEvent::Resumed(groups) => self.tell_paused(&groups, false),
            ClientEvent::Bitrates(bitrates) => {
                self.available = bitrates.available.or(self.available);
                self.choose_videos();
            }
            ClientEvent::ViewOnly => {
                self.is_stale = true;
                self.tell(event);
            }
            ClientEvent::Roster(_) => {
                self.tell(event);
                self.start_when_present();
            }
            ClientEvent::Volumes(_) | ClientEvent::Data(_) | ClientEvent::Notification(_) => {
                self.tell(event);
            }
        }
    }

    fn handle_command(&mut self, command: Command) {
        let now = clock::now();
        match command {
            Command::Stop => self.signaling.leave(now),
            Command::Mute(mute) => self.signaling.set_mute(now, mute),
            Command::Data(data) => {
                if !self.signaling.send_data(now, data) {
                    self.shared.logger.warn(&"a message was lost: not connected");
                }
            }
            Command::CameraChanged => {
                self.adapt_camera();
                self.is_stale = true;
            }
            Command::VideosChanged => self.choose_videos(),
            // The connection took note of it, and the next look at what is to be offered follows.
            Command::StartMedia => {}
        }
    }

    fn handle_link(&mut self, news: LinkNews) {
        match news {
            LinkNews::Path(PathState::Connected) => {
                self.path_due = None;
                self.stage = self.stage.max(Stage::Flowing);
                self.start_when_present();
            }
            LinkNews::Path(PathState::Disconnected) => {
                self.shared.tell_step(MeetingEvent::ReceivingAudioDropped);
                let due = clock::now() + SILENCE_LIMIT;
                self.path_due.get_or_insert((due, Code::ConnectionHealthReconnect));
            }
            LinkNews::Path(PathState::Failed) => {
                let end =
                    AttemptEnd::lost(Code::ConnectionHealthReconnect, "the media path failed");
                self.end.get_or_insert(end);
            }
            LinkNews::Path(PathState::Connecting) => {}
            LinkNews::Shown(tile, size) => self.shared.update_tile(tile, |tile| {
                tile.size = Some(size);
                tile.active = true;
            }),
        }
    }

    fn handle_due(&mut self) {
        let now = clock::now();
        self.signaling.handle_timeout(now);
        if let Some((_, code)) = self.path_due.take_if(|(at, _)| *at <= now) {
            self.end.get_or_insert(AttemptEnd::lost(code, "the media path does not answer"));
        }
        self.miss_presence();
    }

    fn handle_tick(&mut self) {
        self.tell_speakers();
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(TICKS_PER_SECOND) {
            self.adapt_camera();
            self.stop_ended_camera();
            if let Some(link) = &mut self.link {
                let figures = link.figures(&self.shared, self.available);
                let audio_packets = link.audio_packets();
                self.tell_figures(figures, audio_packets);
            }
        }
    }

    async fn close(self) {
        if let Some(link) = self.link {
            link.close(&self.shared).await;
        }
        self.socket.close().await;
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
