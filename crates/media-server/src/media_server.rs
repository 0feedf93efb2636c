//! The media side as a whole: its workers, its signaling routes, its end.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    sync::{Arc, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use carillon_meeting::MeetingConfig;
use carillon_transport::Certificate;
use carillon_types::{AttendeeCapabilities, AttendeeId, MeetingId};
use tokio_util::task::TaskTracker;

use crate::{
    admission::{Admission, MeetingEvents},
    clock,
    signaling_socket::{self, SignalingState},
    worker::{Command, Worker, WorkerConfig, WorkerHandle},
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

/// The media side of the service.
pub struct MediaServer {
    workers: Vec<WorkerHandle>,
    addresses: Vec<SocketAddr>,
    threads: std::sync::Mutex<Vec<JoinHandle<()>>>,
    tasks: TaskTracker,
}

impl MediaServer {
    /// Starts the workers.
    ///
    /// # Errors
    /// When a port, a thread or a certificate cannot be had; nothing keeps running then.
    pub fn start(
        config: &MediaServerConfig,
        events: &Arc<dyn MeetingEvents>,
    ) -> Result<Self, StartError> {
        let certificate = Certificate::generate().map_err(StartError::Certificate)?;
        let meeting = MeetingConfig::new(certificate, clock::epoch());
        let mut bound = Vec::new();
        for index in 0..config.workers.get() {
            let bind = worker_address(config.media, index)?;
            let events = Arc::clone(events);
            bound.push(bind_worker(config, WorkerConfig { bind, meeting: meeting.clone(), events })?);
        }
        let mut server = Self {
            workers: Vec::new(),
            addresses: Vec::new(),
            threads: std::sync::Mutex::new(Vec::new()),
            tasks: TaskTracker::new(),
        };
        for (index, (worker, handle, address)) in bound.into_iter().enumerate() {
            let thread = std::thread::Builder::new()
                .name(format!("media-{index}"))
                .spawn(move || worker.run())
                .map_err(StartError::Thread)?;
            server.threads.get_mut().unwrap_or_else(PoisonError::into_inner).push(thread);
            server.workers.push(handle);
            server.addresses.push(address);
        }
        Ok(server)
    }

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

    /// Tells every client to come back elsewhere and ends the workers and the sockets' tasks, within `deadline`.
    pub async fn stop(&self, deadline: Duration) {
        for worker in &self.workers {
            worker.order(Command::Stop).await;
        }
        self.tasks.close();
        if tokio::time::timeout(deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "signaling sockets outlive the deadline");
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().filter_map(|thread| thread.join().err()).count()
        });
        match joined.await {
            Ok(0) => {}
            Ok(panicked) => tracing::error!(panicked, "media workers ended by a panic"),
            Err(error) => tracing::error!(%error, "media workers could not be joined"),
        }
    }

    pub(crate) async fn order(&self, meeting: MeetingId, command: Command) {
        if let Some(worker) = self.worker_of(meeting) {
            worker.order(command).await;
        }
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

impl std::fmt::Debug for MediaServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaServer").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

type BoundWorker = (Worker, WorkerHandle, SocketAddr);

fn bind_worker(config: &MediaServerConfig, worker: WorkerConfig) -> Result<BoundWorker, StartError> {
    let refused = |source| StartError::Bind { address: worker.bind, source };
    let (mut bound, handle) = Worker::bind(worker.clone()).map_err(refused)?;
    let address = bound.local_address().map_err(refused)?;
    bound.advertise(candidates(config, address)?);
    Ok((bound, handle, address))
}

/// The addresses clients are told, each with the port of the worker.
fn candidates(config: &MediaServerConfig, bound: SocketAddr) -> Result<Vec<SocketAddr>, StartError> {
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
