//! The server's end of one signaling socket, from its upgrade to its close.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    client_message::ClientMessage,
    client_metrics::ClientMetrics,
    data_message::ReceivedData,
    ending::{CloseCode, Ending, error_frame, refusal_close_code},
    epoch::Epoch,
    error::SignalError,
    event::{Event, Loss, Output},
    id::GroupId,
    join::{Join, JoinAck},
    liveness::{Liveness, Sign},
    rate_limit::RateLimit,
    roster::RosterEntry,
    server_message::{Bitrates, Notification, ServerFrame, ServerMessage},
    status::ErrorStatus,
    subscribe::{Subscribe, SubscribeAck},
    video_index::Index,
    volume::AudioState,
    wire,
};

/// From the upgrade to JOIN. Browsers join at once, unless the application opened the socket ahead of time, behind a
/// page that asks for a name: then it is opened again on demand, so the price of a short limit is one more round trip.
const JOIN_TIMEOUT: Duration = Duration::from_secs(60);

/// From the notice of an ending to the client's LEAVE, as long as a browser waits for the answer to that. Its media is cut
/// long before; a shorter limit only gets in the way of slow links, a longer one keeps dead sockets.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(15);

/// From LEAVE_ACK to the client's own close. It costs nothing but a socket, and cutting it short nothing at all.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Missed messages that travel in one frame, 140 KiB of the largest. More would come close to the 1 MiB that native
/// clients read; fewer would fill the shell's queue of frames.
const MISSED_PER_FRAME: usize = 64;

/// What a session is told about its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    /// How moments translate to the wall time that frames carry.
    pub epoch: Epoch,
}

/// What a session has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// Messages taken in, the refused ones included.
    pub messages_received: u64,
    /// Messages refused with a [`SignalError`].
    pub messages_refused: u64,
    /// Frames sent.
    pub frames_sent: u64,
}

/// The state machine of one signaling socket.
///
/// After each call, drain [`ServerSession::poll_output`] until it says `Timeout`: what is not drained is kept.
/// Whatever is to be sent to a client that cannot take it in its phase is dropped: what it must know then comes with the
/// acknowledgement, the first index and the first roster. So a meeting may tell news to all its sessions alike.
#[derive(Debug)]
pub struct ServerSession {
    epoch: Epoch,
    phase: Phase,
    liveness: Liveness,
    rate: RateLimit,
    outputs: VecDeque<Output>,
    stats: SessionStats,
    /// When the client was told what messages it missed, from when on it gets them as they come.
    caught_up_at: Option<Instant>,
    metrics: Option<ClientMetrics>,
}

#[derive(Debug)]
enum Phase {
    /// The socket is open.
    Opened { join_by: Instant },
    /// The meeting considers the client's JOIN.
    Joining,
    /// JOIN_ACK is out, the first index is not.
    Acknowledged,
    /// The client has an index: it is connected, or on its way there.
    Running(Running),
    /// The client was told why it has to leave.
    Ending { leave_by: Instant },
    /// The client left and closes its socket.
    Left { close_by: Instant },
    /// Nothing is said any more.
    Closed,
}

#[derive(Debug, Default)]
struct Running {
    subscribe_pending: bool,
    has_roster: bool,
}

impl ServerSession {
    /// Begins with an upgraded socket whose token was found good.
    #[must_use]
    pub fn new(now: Instant, config: SessionConfig) -> Self {
        Self {
            epoch: config.epoch,
            phase: Phase::Opened { join_by: now + JOIN_TIMEOUT },
            liveness: Liveness::new(now),
            rate: RateLimit::new(now),
            outputs: VecDeque::new(),
            stats: SessionStats::default(),
            caught_up_at: None,
            metrics: None,
        }
    }

    /// Takes in one binary message of the client.
    ///
    /// # Errors
    /// [`SignalError`] says what is wrong with the message; count it, nothing else is to be done.
    pub fn handle_message(&mut self, now: Instant, message: &[u8]) -> Result<(), SignalError> {
        if matches!(self.phase, Phase::Closed) {
            return Ok(());
        }
        self.stats.messages_received = self.stats.messages_received.saturating_add(1);
        self.liveness.heard(now);
        let result = self.take_in(now, message);
        if let Err(error) = &result {
            self.stats.messages_refused = self.stats.messages_refused.saturating_add(1);
            self.weigh(now, error);
        }
        result
    }

    /// Does what is due at this moment.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.phase {
            Phase::Opened { join_by } if now >= join_by => return self.lose(Loss::NeverJoined),
            Phase::Ending { leave_by } if now >= leave_by => return self.close(CloseCode::RETRY),
            Phase::Left { close_by } if now >= close_by => return self.close(CloseCode::NORMAL),
            Phase::Ending { .. } | Phase::Left { .. } | Phase::Closed => return,
            Phase::Opened { .. } | Phase::Joining | Phase::Acknowledged | Phase::Running(_) => {}
        }
        match self.liveness.handle_timeout(now) {
            Some(Sign::Dead) => self.lose(Loss::Silent),
            Some(Sign::Probe(id)) => self.send(now, ServerMessage::Ping(id)),
            None => {}
        }
    }

    /// Says what the shell must do next.
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Timeout(self.deadline()))
    }

    /// Accepts the client's JOIN.
    pub fn acknowledge_join(&mut self, now: Instant, ack: JoinAck) {
        if matches!(self.phase, Phase::Joining) {
            self.phase = Phase::Acknowledged;
            self.send(now, ServerMessage::JoinAck(ack));
        }
    }

    /// Tells the client which videos there are; the first time completes its joining.
    pub fn send_index(&mut self, now: Instant, index: Index) {
        if matches!(self.phase, Phase::Acknowledged) {
            self.phase = Phase::Running(Running::default());
        }
        self.send_running(now, ServerMessage::Index(index));
    }

    /// Answers the client's SUBSCRIBE.
    pub fn acknowledge_subscribe(&mut self, now: Instant, ack: SubscribeAck) {
        if let Phase::Running(running) = &mut self.phase
            && std::mem::take(&mut running.subscribe_pending)
        {
            self.send(now, ServerMessage::SubscribeAck(ack));
        }
    }

    /// Tells the client everybody who is present; changes mean nothing to it before.
    ///
    /// It goes out in one frame: after a reconnect, browsers report everybody as gone whom the first one misses.
    pub fn send_roster(&mut self, now: Instant, snapshot: &[RosterEntry]) {
        if let Phase::Running(running) = &mut self.phase {
            running.has_roster = true;
            self.send(now, ServerMessage::Roster(snapshot.to_vec()));
        }
    }

    /// Tells the client who came, went or changed.
    pub fn send_roster_changes(&mut self, now: Instant, changes: &[RosterEntry]) {
        if self.has_roster() && !changes.is_empty() {
            self.send(now, ServerMessage::Roster(changes.to_vec()));
        }
    }

    /// Tells the client who is heard.
    pub fn send_audio_metadata(&mut self, now: Instant, states: &[AudioState]) {
        if self.has_roster() {
            self.send(now, ServerMessage::AudioMetadata(states.to_vec()));
        }
    }

    /// Delivers the messages that the client missed, and lets it have others as they come.
    ///
    /// Say it once the first index is sent, even if nothing was missed: browsers show what they get in the order in which
    /// they get it, and as often. So whatever comes earlier has to be part of it, and a second time is ignored.
    pub fn send_missed_data(&mut self, now: Instant, missed: &[ReceivedData]) {
        if !matches!(self.phase, Phase::Running(_)) || self.caught_up_at.is_some() {
            return;
        }
        self.caught_up_at = Some(now);
        for batch in missed.chunks(MISSED_PER_FRAME) {
            self.send(now, ServerMessage::Data(batch.to_vec()));
        }
    }

    /// Delivers messages of other attendees, or the client's own as throttled.
    pub fn send_data(&mut self, now: Instant, messages: &[ReceivedData]) {
        if self.caught_up_at.is_some() {
            self.send_running(now, ServerMessage::Data(messages.to_vec()));
        }
    }

    /// Until when the client has surely got the messages that were sent to it, for
    /// [`DataBoard::detach`](crate::DataBoard::detach).
    ///
    /// That is its last sign of life, which browsers give each second: on a socket that broke later, words still leave and
    /// never arrive. `None` if it gave none since it could have messages at all.
    #[must_use]
    pub fn data_seen_until(&self) -> Option<Instant> {
        let last_heard = self.liveness.last_heard();
        self.caught_up_at.filter(|caught_up| last_heard > *caught_up).map(|_| last_heard)
    }

    /// Tells the client that these videos stopped for the time being.
    pub fn send_pause(&mut self, now: Instant, groups: Vec<GroupId>) {
        self.send_running(now, ServerMessage::Pause(groups));
    }

    /// Tells the client that these videos go on.
    pub fn send_resume(&mut self, now: Instant, groups: Vec<GroupId>) {
        self.send_running(now, ServerMessage::Resume(groups));
    }

    /// Tells the client how many bits flow: of every stream that it knows, since it takes those that are missing twice as
    /// silent, and on the path to it.
    ///
    /// Browsers expect that about every 4 s. What the path takes overrides their own estimate, which they do not have while
    /// this side does the estimating.
    pub fn send_bitrates(&mut self, now: Instant, bitrates: Bitrates) {
        self.send_running(now, ServerMessage::Bitrates(bitrates));
    }

    /// Writes a line to the client's log, which nobody but a developer sees.
    pub fn send_notification(&mut self, now: Instant, notification: Notification) {
        self.send_running(now, ServerMessage::Notification(notification));
    }

    /// Answers the client's wish to take part in the primary meeting; an error is a refusal.
    pub fn acknowledge_primary_join(&mut self, now: Instant, result: Result<(), ErrorStatus>) {
        let message = ServerMessage::JoinPrimaryMeetingAck;
        self.send_running(now, ServerFrame { error: result.err(), message });
    }

    /// Tells the client how it stands without ending its session, such as [`ErrorStatus::VIDEO_VIEW_ONLY`].
    ///
    /// Most other values make browsers stop: use [`ServerSession::end`] for that.
    pub fn send_status(&mut self, now: Instant, status: ErrorStatus) {
        self.send_running(now, error_frame(status));
    }

    /// Ends the session in the way that the client understands in its phase.
    ///
    /// Say it once the meeting has let the client go: no event follows.
    pub fn end(&mut self, now: Instant, ending: Ending) {
        tracing::debug!(?ending, "signaling session is ended");
        let notice = ending.notice();
        let told = notice.is_some();
        match self.phase {
            Phase::Opened { .. } | Phase::Joining | Phase::Acknowledged => {
                self.send_all(now, notice);
                self.close(refusal_close_code(ending));
            }
            Phase::Running(_) if told => {
                self.send_all(now, notice);
                self.phase = Phase::Ending { leave_by: now + LEAVE_TIMEOUT };
            }
            Phase::Running(_) => self.close(CloseCode::RETRY),
            Phase::Ending { .. } | Phase::Left { .. } | Phase::Closed => {}
        }
    }

    /// What the client last measured; browsers say it each second once they have media.
    #[must_use]
    pub const fn client_metrics(&self) -> Option<&ClientMetrics> {
        self.metrics.as_ref()
    }

    /// What the session has counted so far.
    #[must_use]
    pub const fn stats(&self) -> SessionStats {
        self.stats
    }

    fn take_in(&mut self, now: Instant, message: &[u8]) -> Result<(), SignalError> {
        self.rate.admit(now, message.len())?;
        match wire::decode_client(message)? {
            Some(frame) => self.dispatch(now, frame.content),
            None => Ok(()),
        }
    }

    /// Answers what needs no meeting, in every phase, and passes on the rest in its phase.
    fn dispatch(&mut self, now: Instant, message: ClientMessage) -> Result<(), SignalError> {
        match message {
            ClientMessage::Ping(id) => self.send(now, ServerMessage::Pong(id)),
            ClientMessage::Pong(_) | ClientMessage::SessionTiming => {}
            ClientMessage::Metrics(metrics) => self.keep(metrics),
            ClientMessage::Leave => self.leave(now),
            ClientMessage::Join(join) => return self.join(join),
            ClientMessage::Subscribe(subscribe) => return self.subscribe(subscribe),
            ClientMessage::Mute(mute) => return self.pass_on(Event::Mute(mute)),
            ClientMessage::Pause(ids) => return self.pass_on(Event::Pause(ids)),
            ClientMessage::Resume(ids) => return self.pass_on(Event::Resume(ids)),
            ClientMessage::UpdateRemoteVideos(update) => {
                return self.pass_on(Event::UpdateRemoteVideos(update));
            }
            ClientMessage::Data(data) => return self.pass_on(Event::Data(data)),
            ClientMessage::JoinPrimaryMeeting(credentials) => {
                return self.pass_on(Event::JoinPrimaryMeeting(credentials));
            }
            ClientMessage::LeavePrimaryMeeting => return self.pass_on(Event::LeavePrimaryMeeting),
        }
        Ok(())
    }

    fn join(&mut self, join: Join) -> Result<(), SignalError> {
        match self.phase {
            Phase::Opened { .. } => {
                self.phase = Phase::Joining;
                self.outputs.push_back(Output::Event(Event::Join(join)));
                Ok(())
            }
            Phase::Joining | Phase::Acknowledged | Phase::Running(_) => {
                Err(SignalError::JoinedAlready)
            }
            Phase::Ending { .. } | Phase::Left { .. } | Phase::Closed => Ok(()),
        }
    }

    fn subscribe(&mut self, subscribe: Subscribe) -> Result<(), SignalError> {
        match &mut self.phase {
            Phase::Opened { .. } => return Err(SignalError::NotJoined),
            Phase::Joining | Phase::Acknowledged => return Err(SignalError::SubscribeTooEarly),
            Phase::Running(Running { subscribe_pending: true, .. }) => {
                return Err(SignalError::SubscribePending);
            }
            Phase::Running(running) => running.subscribe_pending = true,
            Phase::Ending { .. } | Phase::Left { .. } | Phase::Closed => return Ok(()),
        }
        self.outputs.push_back(Output::Event(Event::Subscribe(subscribe)));
        Ok(())
    }

    fn pass_on(&mut self, event: Event) -> Result<(), SignalError> {
        match self.phase {
            Phase::Opened { .. } => return Err(SignalError::NotJoined),
            Phase::Joining | Phase::Acknowledged | Phase::Running(_) => {
                self.outputs.push_back(Output::Event(event));
            }
            Phase::Ending { .. } | Phase::Left { .. } | Phase::Closed => {}
        }
        Ok(())
    }

    fn keep(&mut self, metrics: ClientMetrics) {
        if matches!(self.phase, Phase::Running(_)) {
            self.metrics = Some(metrics);
        }
    }

    fn leave(&mut self, now: Instant) {
        match self.phase {
            Phase::Opened { .. } | Phase::Joining | Phase::Acknowledged | Phase::Running(_) => {
                self.outputs.push_back(Output::Event(Event::Left));
            }
            Phase::Ending { .. } => {}
            Phase::Left { .. } | Phase::Closed => return,
        }
        self.send(now, ServerMessage::LeaveAck);
        self.phase = Phase::Left { close_by: now + CLOSE_TIMEOUT };
    }

    /// Decides whether a mistake is forgiven. A client that cannot say a decodable word before its JOIN speaks another
    /// protocol; one that works is only stopped when it goes on and on.
    fn weigh(&mut self, now: Instant, error: &SignalError) {
        let stranger =
            matches!(self.phase, Phase::Opened { .. }) && matches!(error, SignalError::Wire(_));
        let over = matches!(self.phase, Phase::Ending { .. } | Phase::Left { .. } | Phase::Closed);
        if !over && (stranger || self.rate.forgive(now).is_err()) {
            self.outputs.push_back(Output::Event(Event::Lost(Loss::Misbehaved)));
            self.end(now, Ending::ProtocolViolation);
        }
    }

    fn lose(&mut self, loss: Loss) {
        tracing::debug!(?loss, "signaling client is lost");
        self.outputs.push_back(Output::Event(Event::Lost(loss)));
        self.close(CloseCode::RETRY);
    }

    fn close(&mut self, code: CloseCode) {
        self.outputs.push_back(Output::Close(code));
        self.phase = Phase::Closed;
    }

    const fn has_roster(&self) -> bool {
        matches!(&self.phase, Phase::Running(Running { has_roster: true, .. }))
    }

    fn send_running(&mut self, now: Instant, frame: impl Into<ServerFrame>) {
        if matches!(self.phase, Phase::Running(_)) {
            self.send(now, frame);
        }
    }

    fn send_all(&mut self, now: Instant, frames: impl IntoIterator<Item = ServerFrame>) {
        frames.into_iter().for_each(|frame| self.send(now, frame));
    }

    fn send(&mut self, now: Instant, frame: impl Into<ServerFrame>) {
        let bytes = wire::encode_server(self.epoch.wall_time(now), &frame.into());
        self.stats.frames_sent = self.stats.frames_sent.saturating_add(1);
        self.outputs.push_back(Output::Send(bytes));
    }

    fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Opened { join_by } => Some(join_by.min(self.liveness.deadline())),
            Phase::Joining | Phase::Acknowledged | Phase::Running(_) => {
                Some(self.liveness.deadline())
            }
            Phase::Ending { leave_by } => Some(leave_by),
            Phase::Left { close_by } => Some(close_by),
            Phase::Closed => None,
        }
    }
}

#[cfg(test)]
mod tests;
