//! The media side as a whole: its workers, its signaling routes, its end.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use carillon_meeting::{Doing, MeetingConfig, TranscriptionEngine};
use carillon_signaling::{ClientMetrics, SentData};
use carillon_transport::Certificate;
use carillon_types::{AttendeeCapabilities, AttendeeId, MeetingId, TranscriptionConfiguration};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::{
    admission::{Admission, MeetingEvents},
    announcement::Announcement,
    clock,
    signaling_socket::{self, SignalingState},
    stats::{Counters, MediaStats},
    udp::MediaSocket,
    worker::{Command, Worker, WorkerHandle},
};

/// How the media side is set up.
#[derive(Clone, Debug)]
pub struct MediaServerConfig {
    /// The first worker's UDP address; the others take the following ports. Port zero takes free ones.
    pub media: SocketAddr,
    /// How many workers, each a thread with a port of its own.
    pub workers: NonZeroUsize,
    /// The addresses clients are told; empty for the one in [`media`](Self::media).
    pub advertise: Vec<IpAddr>,
    /// How many attendees of a meeting may share content at once.
    pub max_shares: usize,
    /// What turns speech into text, if anything does.
    pub transcription: Option<Arc<dyn TranscriptionEngine>>,
}

/// Why the media side could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The UDP address cannot be had: choose another one or end what holds it.
    #[error("cannot receive media on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The unspecified address says nothing to a client: name what to advertise.
    #[error("media listens on every address: say which one clients reach with --advertise")]
    NothingToAdvertise,
    /// There are not as many ports behind the first one.
    #[error("no port is left for worker {0}")]
    PortsExhausted(usize),
    /// No certificate could be made.
    #[error("cannot make a certificate")]
    Certificate(#[source] carillon_transport::CertificateError),
    /// The system refuses another thread.
    #[error("cannot start a media worker")]
    Thread(#[source] io::Error),
}

/// The media side before it works: it has its ports, and nothing is received yet.
pub struct BoundMedia {
    workers: Vec<BoundWorker>,
    addresses: Vec<SocketAddr>,
}

impl BoundMedia {
    /// Takes the ports.
    ///
    /// # Errors
    /// When a port or a certificate cannot be had.
    pub fn bind(config: &MediaServerConfig) -> Result<Self, StartError> {
        let certificate = Certificate::generate().map_err(StartError::Certificate)?;
        let mut meeting = MeetingConfig::new(certificate, clock::epoch());
        meeting.max_shares = config.max_shares;
        meeting.transcription = config.transcription.clone();
        let mut bound = Self { workers: Vec::new(), addresses: Vec::new() };
        for index in 0..config.workers.get() {
            let bind = worker_address(config.media, index)?;
            let (worker, address) = bind_worker(config, bind, meeting.clone())?;
            bound.workers.push(worker);
            bound.addresses.push(address);
        }
        Ok(bound)
    }

    /// The UDP addresses of the workers.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Starts the workers, and tells `events` what happens.
    ///
    /// # Errors
    /// When a thread cannot be had; nothing keeps running then.
    pub fn start(self, events: &Arc<dyn MeetingEvents>) -> Result<MediaServer, StartError> {
        let mut server = MediaServer {
            workers: Vec::new(),
            addresses: self.addresses,
            counters: Counters::default(),
            tasks: TaskTracker::new(),
        };
        for (index, (worker, handle)) in self.workers.into_iter().enumerate() {
            let (running, events) = (server.tasks.token(), Arc::clone(events));
            std::thread::Builder::new()
                .name(format!("media-{index}"))
                .spawn(move || {
                    run(index, worker, &*events);
                    drop(running);
                })
                .map_err(StartError::Thread)?;
            server.workers.push(handle);
        }
        Ok(server)
    }
}

impl std::fmt::Debug for BoundMedia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundMedia").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// The media side of the service.
pub struct MediaServer {
    workers: Vec<WorkerHandle>,
    addresses: Vec<SocketAddr>,
    /// What the signaling sockets count; workers count for themselves.
    counters: Counters,
    /// The tasks of the sockets and the threads of the workers.
    tasks: TaskTracker,
}

impl MediaServer {
    /// The UDP addresses of the workers.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The route of the signaling WebSocket, `GET /control/{meeting}`.
    pub fn router(self: &Arc<Self>, admission: Arc<dyn Admission>) -> axum::Router {
        signaling_socket::router(SignalingState::new(Arc::clone(self), admission))
    }

    /// Ends a meeting for everybody in it.
    pub async fn end_meeting(&self, meeting: MeetingId) {
        self.order(meeting, Command::EndMeeting(meeting)).await;
    }

    /// Makes an attendee leave.
    pub async fn remove_attendee(&self, meeting: MeetingId, attendee: AttendeeId) {
        self.order(meeting, Command::RemoveAttendee(meeting, attendee)).await;
    }

    /// Tells a running meeting what an attendee may do from here on.
    pub async fn update_capabilities(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
        capabilities: AttendeeCapabilities,
    ) {
        let command = Command::UpdateCapabilities(meeting, attendee, capabilities);
        self.order(meeting, command).await;
    }

    /// Says something to everybody in a meeting, in the name of the server.
    ///
    /// It waits while the worker's queue is full. Cancel-safe: given up half-way, it is said or not said.
    pub async fn announce(&self, meeting: MeetingId, data: SentData) -> Announcement {
        let (answer, answered) = oneshot::channel();
        self.order(meeting, Command::Announce(meeting, data, answer)).await;
        // A worker that has stopped has nobody to tell anything.
        answered.await.unwrap_or(Announcement::NobodyThere)
    }

    /// Turns the speech of a running meeting into text like this from here on, or no longer.
    pub async fn transcribe(
        &self,
        meeting: MeetingId,
        configuration: Option<Arc<TranscriptionConfiguration>>,
    ) {
        self.order(meeting, Command::Transcribe(meeting, configuration)).await;
    }

    /// Lets nobody hear an attendee until it turns its microphone on anew, or lets everybody hear it again; tells whether
    /// it is there.
    ///
    /// It waits while the worker's queue is full, and is cancel-safe.
    pub async fn silence(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
        is_silenced: bool,
    ) -> bool {
        let (answer, answered) = oneshot::channel();
        self.order(meeting, Command::Silence(meeting, attendee, is_silenced, answer)).await;
        answered.await.unwrap_or(false)
    }

    /// Who is in a meeting, and what they do.
    ///
    /// It waits while the worker's queue is full, and is cancel-safe.
    pub async fn present(&self, meeting: MeetingId) -> Vec<Doing> {
        let (answer, answered) = oneshot::channel();
        self.order(meeting, Command::Present(meeting, answer)).await;
        answered.await.unwrap_or_default()
    }

    /// What an attendee's client last measured, if it is connected.
    ///
    /// It waits while the worker's queue is full, and is cancel-safe.
    pub async fn client_metrics(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Option<ClientMetrics> {
        let (answer, answered) = oneshot::channel();
        self.order(meeting, Command::Measure(meeting, attendee, answer)).await;
        answered.await.ok().flatten()
    }

    /// What was counted since the start.
    #[must_use]
    pub fn stats(&self) -> MediaStats {
        let mut stats = MediaStats::default();
        let of_workers = self.workers.iter().map(WorkerHandle::counters);
        for counters in of_workers.chain([&self.counters]) {
            counters.add_to(&mut stats);
        }
        stats
    }

    /// Whether every worker works: without one of them, the meetings that live there cannot be joined.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.workers.iter().all(WorkerHandle::is_running)
    }

    /// Tells every client to come back elsewhere and ends the workers and the sockets' tasks; gives up waiting for them
    /// after `deadline`.
    pub async fn stop(&self, deadline: Duration) {
        let ending = async {
            for worker in &self.workers {
                worker.order(Command::Stop).await;
            }
            self.tasks.close();
            self.tasks.wait().await;
        };
        if tokio::time::timeout(deadline, ending).await.is_err() {
            tracing::error!(left = self.tasks.len(), "workers or sockets outlive the deadline");
        }
    }

    pub(crate) async fn order(&self, meeting: MeetingId, command: Command) {
        if let Some(worker) = self.worker_of(meeting) {
            worker.order(command).await;
        }
    }

    pub(crate) const fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) const fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// The worker a meeting lives on: the same for its whole life, whoever asks.
    pub(crate) fn worker_of(&self, meeting: MeetingId) -> Option<&WorkerHandle> {
        let count = u128::try_from(self.workers.len()).ok().filter(|count| *count > 0)?;
        let index = meeting.as_u128().checked_rem(count)?;
        self.workers.get(usize::try_from(index).ok()?)
    }
}

impl Drop for MediaServer {
    /// Ends the workers of a server that was not stopped.
    fn drop(&mut self) {
        self.workers.iter().for_each(WorkerHandle::dismiss);
    }
}

impl std::fmt::Debug for MediaServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaServer").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Runs a worker to its end.
///
/// Panics of a meeting end with that meeting, so one that arrives here is a bug of the worker itself. Its meetings are
/// gone; the others go on, and [`MediaServer::is_whole`] tells that the process wants to be replaced.
fn run(index: usize, worker: Worker, events: &dyn MeetingEvents) {
    if catch_unwind(AssertUnwindSafe(|| worker.run(events))).is_err() {
        tracing::error!(worker = index, "a media worker ended by a panic");
    }
}

type BoundWorker = (Worker, WorkerHandle);

fn bind_worker(
    config: &MediaServerConfig,
    bind: SocketAddr,
    mut meeting: MeetingConfig,
) -> Result<(BoundWorker, SocketAddr), StartError> {
    let refused = |source| StartError::Bind { address: bind, source };
    let socket = MediaSocket::bind(bind).map_err(refused)?;
    let address = socket.local_address().map_err(refused)?;
    meeting.candidates = candidates(config, address)?;
    Ok((Worker::new(socket, meeting).map_err(refused)?, address))
}

/// The addresses clients are told, each with the port of the worker.
fn candidates(
    config: &MediaServerConfig,
    bound: SocketAddr,
) -> Result<Vec<SocketAddr>, StartError> {
    if config.advertise.is_empty() && bound.ip().is_unspecified() {
        return Err(StartError::NothingToAdvertise);
    }
    let advertised = config.advertise.iter().map(|ip| SocketAddr::new(*ip, bound.port()));
    Ok(if config.advertise.is_empty() { vec![bound] } else { advertised.collect() })
}

fn worker_address(first: SocketAddr, index: usize) -> Result<SocketAddr, StartError> {
    if first.port() == 0 {
        return Ok(first);
    }
    let port = u16::try_from(index).ok().and_then(|offset| first.port().checked_add(offset));
    let port = port.ok_or(StartError::PortsExhausted(index))?;
    Ok(SocketAddr::new(first.ip(), port))
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use carillon_meeting::MeetingEvent;
    use carillon_types::TranscriptionTurn;

    use super::*;

    struct Nobody;

    impl MeetingEvents for Nobody {
        fn record(&self, _: MeetingId, _: &MeetingEvent) {}

        fn transcription(
            &self,
            _: MeetingId,
            _: Arc<TranscriptionConfiguration>,
            _: TranscriptionTurn,
        ) {
        }

        fn unwatched(&self, _: MeetingId, _: bool) {}

        fn lost(&self, _: MeetingId) {}
    }

    fn config(media: &str, workers: usize) -> MediaServerConfig {
        let workers = NonZeroUsize::new(workers).unwrap();
        MediaServerConfig {
            media: media.parse().unwrap(),
            workers,
            advertise: Vec::new(),
            max_shares: 2,
            transcription: None,
        }
    }

    fn start(workers: usize) -> MediaServer {
        let events: Arc<dyn MeetingEvents> = Arc::new(Nobody);
        BoundMedia::bind(&config("127.0.0.1:0", workers)).unwrap().start(&events).unwrap()
    }

    #[test]
    fn workers_take_the_ports_that_follow() {
        let first = "127.0.0.1:65534".parse().unwrap();
        let ports = (0..2).map(|index| worker_address(first, index).unwrap().port());
        assert_eq!(ports.collect::<Vec<_>>(), [65_534, 65_535]);
        assert!(matches!(worker_address(first, 2), Err(StartError::PortsExhausted(2))));
    }

    #[test]
    fn clients_are_told_what_they_can_reach() {
        let mut config = config("0.0.0.0:0", 1);
        let bound = "0.0.0.0:5000".parse().unwrap();
        assert!(matches!(candidates(&config, bound), Err(StartError::NothingToAdvertise)));
        config.advertise = vec!["203.0.113.7".parse().unwrap()];
        assert_eq!(
            candidates(&config, bound).unwrap(),
            [SocketAddr::from(([203, 0, 113, 7], 5_000))]
        );
    }

    #[tokio::test]
    async fn a_meeting_lives_on_the_same_worker_whoever_asks_and_all_workers_get_some() {
        let server = start(2);
        let worker = |id| server.worker_of(MeetingId::from_random(id)).unwrap();
        let first = std::ptr::from_ref(&server.workers[0]);
        let on_first = (0..100).filter(|id| std::ptr::eq(worker(*id), first)).count();
        assert!((20..80).contains(&on_first), "{on_first} of 100");
        for id in 0..100 {
            assert!(std::ptr::eq(worker(id), worker(id)));
        }
    }

    #[tokio::test]
    async fn stopped_workers_are_told_apart_and_their_ports_are_free() {
        let server = start(2);
        assert!(server.is_whole());
        server.stop(Duration::from_secs(10)).await;
        assert!(!server.is_whole());
        for address in server.addresses() {
            UdpSocket::bind(address).unwrap();
        }
    }

    #[tokio::test]
    async fn stopping_gives_up_on_what_does_not_end() {
        let server = start(1);
        let stuck = server.tasks().token();
        let before = clock::now();
        server.stop(Duration::from_millis(20)).await;
        assert!(before.elapsed() < Duration::from_secs(10));
        drop(stuck);
    }
}
