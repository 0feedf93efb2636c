//! A meeting on its worker: the engine, its deadline, and the sockets of its sessions.

use std::{collections::BTreeMap, time::Instant};

use carillon_meeting::{Meeting, MeetingEvent, Output, SessionId};
use carillon_types::MeetingId;
use tokio::sync::mpsc;

use super::SocketOrder;
use crate::{routes::Routes, udp::MediaSocket};

/// A meeting and what the worker holds for it.
#[derive(Debug)]
pub(crate) struct Hosted {
    id: MeetingId,
    /// The engine.
    pub(crate) meeting: Meeting,
    /// When the engine next wants to be called.
    pub(crate) deadline: Option<Instant>,
    sockets: BTreeMap<SessionId, mpsc::Sender<SocketOrder>>,
}

impl Hosted {
    pub(crate) const fn new(id: MeetingId, meeting: Meeting) -> Self {
        Self { id, meeting, deadline: None, sockets: BTreeMap::new() }
    }

    /// Keeps the way to a session's socket.
    pub(crate) fn attach(&mut self, session: SessionId, socket: mpsc::Sender<SocketOrder>) {
        self.sockets.insert(session, socket);
    }

    /// Gives up the way to a session's socket.
    pub(crate) fn detach(&mut self, session: SessionId) {
        self.sockets.remove(&session);
    }

    /// Performs everything the engine asks for and sends its datagrams.
    pub(crate) fn drain(
        &mut self,
        routes: &mut Routes,
        socket: &MediaSocket,
        mut record: impl FnMut(MeetingId, &MeetingEvent),
    ) {
        loop {
            match self.meeting.poll_output() {
                Output::Signal { session, message } => {
                    self.instruct(session, SocketOrder::Send(message));
                }
                Output::CloseSocket { session, code } => {
                    self.instruct(session, SocketOrder::Close(code));
                    self.detach(session);
                }
                Output::Expect { session, ufrag } => routes.expect((self.id, session), ufrag),
                Output::Validated { session, address } => {
                    routes.validate((self.id, session), address);
                }
                Output::Abandoned { session, address } => {
                    routes.abandon((self.id, session), address);
                }
                Output::Forget(session) => routes.forget(session),
                Output::Event(event) => record(self.id, &event),
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    break;
                }
            }
        }
        let datagrams = self.meeting.datagrams();
        socket.send(datagrams);
        datagrams.clear();
    }

    /// Passes an order to a session's socket.
    ///
    /// A socket whose queue is full belongs to a client that does not read: it loses the connection and may come back.
    fn instruct(&mut self, session: SessionId, order: SocketOrder) {
        let Some(socket) = self.sockets.get(&session) else { return };
        if socket.try_send(order).is_err() {
            tracing::info!(meeting = %self.id, session = session.0, "signaling client does not read");
            self.detach(session);
        }
    }
}
