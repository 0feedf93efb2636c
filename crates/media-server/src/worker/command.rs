//! What the rest of the process asks of a worker, and what a worker asks of a signaling socket.

use std::sync::Arc;

use bytes::Bytes;
use carillon_meeting::{Attendee, Doing, SessionId};
use carillon_signaling::{ClientMetrics, CloseCode, SentData};
use carillon_types::{
    AttendeeCapabilities, AttendeeId, MeetingId, MeetingLife, TranscriptionConfiguration,
};
use mio::Waker;
use tokio::sync::{mpsc, oneshot};

use crate::{announcement::Announcement, stats::Counters};

/// An order to a worker.
#[derive(Debug)]
pub(crate) enum Command {
    /// A signaling socket was opened by an admitted client.
    Open {
        meeting: MeetingId,
        life: MeetingLife,
        session: SessionId,
        attendee: Attendee,
        socket: mpsc::Sender<SocketOrder>,
    },
    /// A message came over a signaling socket.
    Message { meeting: MeetingId, session: SessionId, message: Bytes },
    /// A signaling socket is gone.
    SocketClosed { meeting: MeetingId, session: SessionId },
    /// The meeting is over.
    EndMeeting(MeetingId),
    /// The attendee may not stay.
    RemoveAttendee(MeetingId, AttendeeId),
    /// What the attendee may do has changed.
    UpdateCapabilities(MeetingId, AttendeeId, AttendeeCapabilities),
    /// Turn the meeting's speech into text like this, or no longer.
    Transcribe(MeetingId, Option<Arc<TranscriptionConfiguration>>),
    /// Let nobody hear the attendee, or everybody again; tell whether it is there.
    Silence(MeetingId, AttendeeId, bool, oneshot::Sender<bool>),
    /// Tell who is in the meeting.
    Present(MeetingId, oneshot::Sender<Vec<Doing>>),
    /// Say something to everybody in the meeting.
    Announce(MeetingId, SentData, oneshot::Sender<Announcement>),
    /// Tell what the attendee's client last measured.
    Measure(MeetingId, AttendeeId, oneshot::Sender<Option<ClientMetrics>>),
    /// The server is going away: tell every client to come back elsewhere, then stop.
    Stop,
}

/// An order to the task of a signaling socket.
#[derive(Debug)]
pub(crate) enum SocketOrder {
    /// Send a binary message.
    Send(Bytes),
    /// Close the socket with this code.
    Close(CloseCode),
}

/// The way to a worker.
#[derive(Clone, Debug)]
pub(crate) struct WorkerHandle {
    commands: mpsc::Sender<Command>,
    waker: Arc<Waker>,
    counters: Arc<Counters>,
}

impl WorkerHandle {
    pub(crate) const fn new(
        commands: mpsc::Sender<Command>,
        waker: Arc<Waker>,
        counters: Arc<Counters>,
    ) -> Self {
        Self { commands, waker, counters }
    }

    /// Gives an order, waiting while the worker's queue is full; an order to a worker that has stopped is lost.
    ///
    /// Cancel-safe: an order is either queued whole or not at all.
    pub(crate) async fn order(&self, command: Command) {
        if self.commands.send(command).await.is_ok()
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "a media worker cannot be woken");
        }
    }

    /// Tells the worker to stop, without waiting for room in its queue: a worker ends as well when nobody is left who
    /// could tell it anything.
    pub(crate) fn dismiss(&self) {
        let told = self.commands.try_send(Command::Stop);
        let woken = self.waker.wake();
        tracing::debug!(told = told.is_ok(), woken = woken.is_ok(), "a media worker is dismissed");
    }

    /// Whether the worker works.
    pub(crate) fn is_running(&self) -> bool {
        !self.commands.is_closed()
    }

    /// What the worker and its meetings' sockets count.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }
}
