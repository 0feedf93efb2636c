//! The meeting engine: it passes what clients say and send to the engine it concerns, and what those ask for on.

mod adapting;
mod bitrates;
mod conversation;
mod media;
mod messages;
mod presence;
mod rights;
mod shares;
mod subscribing;
mod transcribing;
mod watching;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_mixer::{Mixer, MixerConfig};
use carillon_sfu::Forwarder;
use carillon_signaling::{
    ClientMetrics, DataBoard, Ending, Epoch, FirstNumber, Identity, Roster, ServerSession,
    SessionConfig, VideoIndex, VolumeReport,
};
use carillon_transport::Certificate;
use carillon_types::AttendeeId;
use rand::rngs::StdRng;

use crate::{
    attendee::{Attendee, SessionId},
    datagrams::DatagramBatch,
    negotiation::Negotiation,
    output::Output,
    participant::Participant,
    transcription::TranscriptionEngine,
    views::Views,
};

use transcribing::Transcription;

/// What every meeting of a worker is told of the world.
#[derive(Clone, Debug)]
pub struct MeetingConfig {
    /// The server's identity.
    pub certificate: Certificate,
    /// Where clients send media.
    pub candidates: Vec<SocketAddr>,
    /// How timers relate to the wall clock.
    pub epoch: Epoch,
    /// How long an attendee whose connection is gone stays in the roster, so that others see no flicker while it
    /// reconnects: a browser is back within 2 s of noticing; longer shows people who are gone.
    pub grace: Duration,
    /// How many cameras may be on at once.
    pub max_videos: usize,
    /// How many attendees may share content at once.
    pub max_shares: usize,
    /// What turns speech into text, if anything does.
    pub transcription: Option<Arc<dyn TranscriptionEngine>>,
}

impl MeetingConfig {
    const GRACE: Duration = Duration::from_secs(10);
    const MAX_VIDEOS: usize = 25;
    const MAX_SHARES: usize = 2;

    /// The usual configuration, with nowhere to send media yet.
    #[must_use]
    pub fn new(certificate: Certificate, epoch: Epoch) -> Self {
        Self {
            certificate,
            candidates: Vec::new(),
            epoch,
            grace: Self::GRACE,
            max_videos: Self::MAX_VIDEOS,
            max_shares: Self::MAX_SHARES,
            transcription: None,
        }
    }
}

/// One meeting.
///
/// After every call that takes `now`, drain [`poll_output`](Self::poll_output) until it says
/// [`Output::Timeout`], and send [`datagrams`](Self::datagrams).
#[derive(Debug)]
pub struct Meeting {
    config: Arc<MeetingConfig>,
    rng: StdRng,
    participants: BTreeMap<SessionId, Participant>,
    /// The participants whose engines may have something to say.
    touched: BTreeSet<SessionId>,
    next_number: u32,
    /// Who is present, by number in the mixer: the mixer runs as long as somebody is.
    present: BTreeMap<u32, SessionId>,
    roster: Roster,
    board: DataBoard,
    index: VideoIndex,
    volume: VolumeReport,
    bitrates_due: Instant,
    adaption_due: Instant,
    /// Whether something is shared that nobody watches.
    is_unwatched: bool,
    mixer: Mixer,
    transcription: Option<Transcription>,
    forwarder: Forwarder,
    forwarder_deadline: Option<Instant>,
    mixer_deadline: Option<Instant>,
    views: Views,
    outputs: VecDeque<Output>,
    datagrams: DatagramBatch,
}

impl Meeting {
    /// A meeting that nobody has joined, in its first life.
    #[must_use]
    pub fn new(now: Instant, config: impl Into<Arc<MeetingConfig>>, rng: StdRng) -> Self {
        let config = config.into();
        Self {
            index: VideoIndex::with_camera_limit(config.max_videos),
            board: DataBoard::new(now, config.epoch),
            config,
            rng,
            participants: BTreeMap::new(),
            touched: BTreeSet::new(),
            next_number: 0,
            present: BTreeMap::new(),
            roster: Roster::new(),
            volume: VolumeReport::new(now),
            bitrates_due: now,
            adaption_due: now,
            is_unwatched: false,
            mixer: Mixer::new(now, MixerConfig::default()),
            transcription: None,
            forwarder: Forwarder::new(),
            forwarder_deadline: None,
            mixer_deadline: None,
            views: Views::default(),
            outputs: VecDeque::new(),
            datagrams: DatagramBatch::default(),
        }
    }

    /// The same meeting in a life in which streams, groups and presences are numbered from there on.
    #[must_use]
    pub fn numbered_from(mut self, first: FirstNumber) -> Self {
        self.roster = Roster::numbered_from(first);
        self.index = self.index.numbered_from(first);
        self
    }

    /// Where a later life of this meeting has to start numbering.
    #[must_use]
    pub fn numbered_until(&self) -> FirstNumber {
        self.roster.numbered_until().max(self.index.numbered_until())
    }

    /// Begins a conversation with an admitted client.
    pub fn open_session(&mut self, now: Instant, session: SessionId, attendee: Attendee) {
        let signaling = ServerSession::new(now, SessionConfig { epoch: self.config.epoch });
        let negotiation = Negotiation::new(&mut self.rng);
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        let participant = Participant::new(attendee, signaling, negotiation, number);
        self.participants.insert(session, participant);
        self.touched.insert(session);
        self.settle(now);
    }

    /// Takes a message of a client.
    pub fn handle_signal(&mut self, now: Instant, session: SessionId, message: &[u8]) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        if let Err(error) = participant.signaling.handle_message(now, message) {
            tracing::debug!(session = session.0, %error, "message refused");
        }
        self.touched.insert(session);
        self.settle(now);
    }

    /// Takes note that a client's socket is gone; its media goes on until its time is up.
    pub fn handle_socket_closed(&mut self, now: Instant, session: SessionId) {
        self.handle_socket_end(now, session);
        self.settle(now);
    }

    /// Takes a datagram that was routed to a client's session, and may overwrite it.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        session: SessionId,
        source: SocketAddr,
        datagram: &mut [u8],
    ) {
        self.receive(now, session, source, datagram);
        self.settle(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let mut probes = Vec::new();
        for (session, participant) in &mut self.participants {
            if participant.deadline().is_some_and(|deadline| deadline <= now) {
                self.touched.insert(*session);
                participant.signaling.handle_timeout(now);
                if let Some(path) = &mut participant.path {
                    path.link.handle_timeout(now, &mut self.datagrams);
                    let padding = path.link.downlink_mut().poll_padding(now);
                    probes.extend(padding.map(|octets| (*session, octets)));
                }
            }
        }
        for (session, octets) in probes {
            self.pad(now, session, octets);
        }
        self.give_up_lost(now);
        self.mix(now);
        self.forwarder.handle_timeout(now);
        self.report_volumes(now);
        self.report_bitrates(now);
        self.adapt(now);
        self.settle(now);
    }

    /// Ends the meeting for everybody.
    pub fn end(&mut self, now: Instant) {
        self.end_sessions(now, Ending::MeetingEnded, |_| true);
    }

    /// Makes an attendee leave, and its content share with it.
    pub fn remove_attendee(&mut self, now: Instant, attendee: AttendeeId) {
        let of_attendee =
            |participant: &Participant| participant.attendee.identity.attendee == attendee;
        self.end_sessions(now, Ending::AttendeeRemoved, of_attendee);
    }

    /// Makes every client come back, to another server or to this one's successor.
    pub fn go_away(&mut self, now: Instant) {
        self.end_sessions(now, Ending::ServerGoingAway, |_| true);
    }

    /// What an attendee's client last measured, if it is connected.
    #[must_use]
    pub fn client_metrics(&self, attendee: AttendeeId) -> Option<&ClientMetrics> {
        let of_attendee =
            |participant: &&Participant| participant.attendee.identity == Identity::main(attendee);
        // Of two connections the later one counts.
        let mut latest_first = self.participants.values().rev().filter(of_attendee);
        latest_first.find_map(|participant| participant.signaling.client_metrics())
    }

    /// What to do next.
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Timeout(self.deadline()))
    }

    /// The datagrams to send; clear them when they are sent.
    pub const fn datagrams(&mut self) -> &mut DatagramBatch {
        &mut self.datagrams
    }

    /// Whether nobody takes part any more: the meeting can be dropped.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.participants.is_empty()
    }

    /// Drains the engines until none has anything to say.
    fn settle(&mut self, now: Instant) {
        while let Some(session) = self.touched.pop_first() {
            self.drain_signaling(now, session);
            self.drain_path(now, session);
            self.drain_forwarder();
        }
        self.drain_forwarder();
    }

    /// When anything wants to be called: looked for once all input of a turn is in, not for each packet.
    fn deadline(&self) -> Option<Instant> {
        let participants = self.participants.values().filter_map(Participant::deadline).min();
        let engines = [self.mixer_deadline, self.forwarder_deadline];
        let reports = [self.volume.deadline(), self.bitrates_deadline(), self.adaption_deadline()];
        engines.into_iter().chain(reports).chain([participants]).flatten().min()
    }
}
