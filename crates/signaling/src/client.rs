//! One session as a client sees it: join, offer, be told, and find out that it is over.

mod attendance;
mod end;
mod pings;

pub use attendance::{Attendance, Presence, VolumeChange};
pub use end::SessionEnd;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::client_message::ClientMessage;
use crate::client_metrics::ClientMetrics;
use crate::data_message::{ReceivedData, SentData};
use crate::ending::CloseCode;
use crate::epoch::Epoch;
use crate::id::{GroupId, StreamId};
use crate::join::{Join, JoinAck};
use crate::roster::{Mute, RosterEntry};
use crate::server_message::{Bitrates, Notification, ServerFrame, ServerMessage};
use crate::status::{AudioStatus, ErrorStatus};
use crate::subscribe::{Subscribe, SubscribeAck};
use crate::video_index::Index;
use crate::video_subscription::RemoteVideoUpdate;
use crate::volume::AudioState;
use crate::wire::{decode_server, encode_client};
use pings::{Beat, Pings};

/// From opening the socket to the first index, and from an offer to its answer: the figure of the browser client.
///
/// Less gives up on servers under load, more lets a user wait in front of a dead one.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a leaving client waits for the server to confirm it. Nothing is lost without: the socket closes anyway.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// How many messages in a row may make no sense before the server counts as one of another protocol.
///
/// One may come from a later version of the protocol; a server that says nothing else cannot be talked to.
const MOST_NONSENSE: u32 = 8;

/// What the shell must do next; `Timeout` means drained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientOutput {
    /// Send this as one binary message.
    Send(Bytes),
    /// Something for the application.
    Event(ClientEvent),
    /// Close the socket; nothing follows but the timeout.
    Close,
    /// Call [`ClientSession::handle_timeout`] then, unless something else comes first.
    Timeout(Option<Instant>),
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// It took the client in.
    Joined(JoinAck),
    /// Every video there is; the first says that the client may offer media.
    Index(Index),
    /// It answered the offer.
    Answered(SubscribeAck),
    /// Who came, went or changed.
    Roster(Vec<RosterEntry>),
    /// Who is heard, and how well.
    Volumes(Vec<AudioState>),
    /// It stopped these videos because the path is too narrow.
    Paused(Vec<GroupId>),
    /// They go on.
    Resumed(Vec<GroupId>),
    /// How many bits flow.
    Bitrates(Bitrates),
    /// Messages of applications.
    Data(Vec<ReceivedData>),
    /// The client may look but not send video.
    ViewOnly,
    /// A line for the log.
    Notification(Notification),
    /// The session is over; nothing follows.
    Ended(SessionEnd),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The socket is not open.
    Closed,
    /// JOIN is sent, the first index has not come.
    Joining { until: Instant },
    /// The client takes part.
    Joined,
    /// LEAVE is sent, its confirmation has not come.
    Leaving { until: Instant },
    /// It is over.
    Ended,
}

/// The conversation of one socket, from its opening to its end; a client that comes back makes another.
#[derive(Debug)]
pub struct ClientSession {
    epoch: Epoch,
    join: Join,
    step_timeout: Duration,
    phase: Phase,
    pings: Pings,
    /// Until when the answer to the offer must have come, while one is unanswered.
    answer_until: Option<Instant>,
    nonsense: u32,
    outputs: VecDeque<ClientOutput>,
}

impl ClientSession {
    /// A session whose socket is not open.
    #[must_use]
    pub const fn new(epoch: Epoch, join: Join) -> Self {
        Self {
            epoch,
            join,
            step_timeout: STEP_TIMEOUT,
            phase: Phase::Closed,
            pings: Pings::new(),
            answer_until: None,
            nonsense: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Gives up on a server that takes longer than this: for the first index after joining, or for an answer.
    #[must_use]
    pub const fn with_step_timeout(mut self, step_timeout: Duration) -> Self {
        self.step_timeout = step_timeout;
        self
    }

    /// Joins over the socket that was just opened.
    pub fn handle_open(&mut self, now: Instant) {
        self.phase = Phase::Joining { until: now + self.step_timeout };
        self.ping(now);
        let join = std::mem::take(&mut self.join);
        self.say(now, &ClientMessage::Join(join));
    }

    /// Takes a message of the server.
    pub fn handle_message(&mut self, now: Instant, message: &[u8]) {
        match decode_server(message) {
            Ok(Some(frame)) => {
                self.nonsense = 0;
                self.handle_frame(now, frame.content);
            }
            Ok(None) => {}
            Err(_) => {
                self.nonsense = self.nonsense.saturating_add(1);
                if self.nonsense >= MOST_NONSENSE {
                    self.end(SessionEnd::NotUnderstood);
                }
            }
        }
    }

    /// Takes note that the socket is closed, with the code the server gave if it gave one.
    pub fn handle_close(&mut self, code: Option<CloseCode>) {
        match self.phase {
            Phase::Ended => {}
            Phase::Leaving { .. } => self.end(SessionEnd::Left),
            Phase::Closed | Phase::Joining { .. } | Phase::Joined => {
                self.end(SessionEnd::from_close(code));
            }
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.phase {
            Phase::Closed | Phase::Ended => return,
            Phase::Joining { until } if now >= until => return self.end(SessionEnd::NoAnswer),
            Phase::Leaving { until } if now >= until => return self.end(SessionEnd::Left),
            Phase::Joining { .. } | Phase::Leaving { .. } | Phase::Joined => {}
        }
        if self.answer_until.is_some_and(|until| now >= until) {
            return self.end(SessionEnd::NoAnswer);
        }
        match self.pings.handle_timeout(now) {
            Some(Beat::Ping) => self.ping(now),
            Some(Beat::Dead) => self.end(SessionEnd::Silent),
            None => {}
        }
    }

    /// What to do next.
    pub fn poll_output(&mut self) -> ClientOutput {
        self.outputs.pop_front().unwrap_or_else(|| ClientOutput::Timeout(self.deadline()))
    }

    /// Whether media may be offered: the client takes part and its last offer is answered.
    #[must_use]
    pub fn may_subscribe(&self) -> bool {
        self.phase == Phase::Joined && self.answer_until.is_none()
    }

    /// Offers media; only when [`Self::may_subscribe`], as there is one offer at a time.
    pub fn subscribe(&mut self, now: Instant, subscribe: Subscribe) {
        if self.may_subscribe() {
            self.answer_until = Some(now + self.step_timeout);
            self.say(now, &ClientMessage::Subscribe(subscribe));
        }
    }

    /// Says whether the microphone is open.
    pub fn set_mute(&mut self, now: Instant, mute: Mute) {
        self.say_joined(now, &ClientMessage::Mute(mute));
    }

    /// Sends a message to everybody; false if the client does not take part at the moment.
    pub fn send_data(&mut self, now: Instant, data: SentData) -> bool {
        self.say_joined(now, &ClientMessage::Data(data))
    }

    /// Wants these streams stopped for the time being.
    pub fn pause(&mut self, now: Instant, streams: Vec<StreamId>) {
        self.say_joined(now, &ClientMessage::Pause(streams));
    }

    /// Wants these streams again.
    pub fn resume(&mut self, now: Instant, streams: Vec<StreamId>) {
        self.say_joined(now, &ClientMessage::Resume(streams));
    }

    /// Wants other layers on sections that exist.
    pub fn update_remote_videos(&mut self, now: Instant, update: RemoteVideoUpdate) {
        self.say_joined(now, &ClientMessage::UpdateRemoteVideos(update));
    }

    /// Reports what it measured.
    pub fn send_metrics(&mut self, now: Instant, metrics: ClientMetrics) {
        self.say_joined(now, &ClientMessage::Metrics(metrics));
    }

    /// Leaves; [`SessionEnd::Left`] follows.
    pub fn leave(&mut self, now: Instant) {
        match self.phase {
            Phase::Joining { .. } | Phase::Joined => {
                self.say(now, &ClientMessage::Leave);
                self.answer_until = None;
                self.phase = Phase::Leaving { until: now + LEAVE_TIMEOUT };
            }
            Phase::Closed => self.end(SessionEnd::Left),
            Phase::Leaving { .. } | Phase::Ended => {}
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let step = match self.phase {
            Phase::Closed | Phase::Ended => return None,
            Phase::Joining { until } | Phase::Leaving { until } => Some(until),
            Phase::Joined => None,
        };
        [step, self.answer_until, self.pings.deadline()].into_iter().flatten().min()
    }

    fn handle_frame(&mut self, now: Instant, frame: ServerFrame) {
        match self.phase {
            Phase::Leaving { .. } if frame.message == ServerMessage::LeaveAck => {
                return self.end(SessionEnd::Left);
            }
            Phase::Closed | Phase::Leaving { .. } | Phase::Ended => return,
            Phase::Joining { .. } | Phase::Joined => {}
        }
        match frame.error {
            Some(ErrorStatus::VIDEO_VIEW_ONLY) => return self.tell(ClientEvent::ViewOnly),
            Some(error) => {
                if let Some(end) = SessionEnd::from_error(error) {
                    return self.end(end);
                }
            }
            None => {}
        }
        self.handle_content(now, frame.message);
    }

    fn handle_content(&mut self, now: Instant, message: ServerMessage) {
        let event = match message {
            ServerMessage::Ping(id) => return self.say(now, &ClientMessage::Pong(id)),
            ServerMessage::Pong(id) => return self.pings.handle_pong(id),
            ServerMessage::JoinAck(ack) => ClientEvent::Joined(ack),
            ServerMessage::Index(index) => {
                if matches!(self.phase, Phase::Joining { .. }) {
                    self.phase = Phase::Joined;
                }
                ClientEvent::Index(index)
            }
            ServerMessage::SubscribeAck(ack) => match self.answer_until.take() {
                Some(_) => ClientEvent::Answered(ack),
                // Nothing asked for it, so it answers nothing.
                None => return,
            },
            ServerMessage::Roster(entries) => ClientEvent::Roster(entries),
            ServerMessage::AudioMetadata(states) => ClientEvent::Volumes(states),
            ServerMessage::AudioStatus(status) => return self.handle_audio_status(status),
            ServerMessage::Pause(groups) => ClientEvent::Paused(groups),
            ServerMessage::Resume(groups) => ClientEvent::Resumed(groups),
            ServerMessage::Bitrates(bitrates) => ClientEvent::Bitrates(bitrates),
            ServerMessage::Data(messages) => ClientEvent::Data(messages),
            ServerMessage::Notification(notification) => ClientEvent::Notification(notification),
            ServerMessage::JoinPrimaryMeetingAck
            | ServerMessage::LeavePrimaryMeeting
            | ServerMessage::LeaveAck => return,
        };
        self.tell(event);
    }

    fn handle_audio_status(&mut self, status: AudioStatus) {
        if let Some(end) = SessionEnd::from_audio_status(status) {
            self.end(end);
        }
    }

    fn ping(&mut self, now: Instant) {
        let id = self.pings.next(now);
        self.say(now, &ClientMessage::Ping(id));
    }

    fn say_joined(&mut self, now: Instant, message: &ClientMessage) -> bool {
        let joined = self.phase == Phase::Joined;
        if joined {
            self.say(now, message);
        }
        joined
    }

    fn say(&mut self, now: Instant, message: &ClientMessage) {
        let bytes = encode_client(self.epoch.wall_time(now), message);
        self.outputs.push_back(ClientOutput::Send(bytes));
    }

    fn tell(&mut self, event: ClientEvent) {
        self.outputs.push_back(ClientOutput::Event(event));
    }

    fn end(&mut self, end: SessionEnd) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Ended;
            self.answer_until = None;
            self.tell(ClientEvent::Ended(end));
            self.outputs.push_back(ClientOutput::Close);
        }
    }
}

#[cfg(test)]
mod tests;
