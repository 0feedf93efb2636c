//! The handle on one side of an attendee: the attendee's own session, or the content share.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use carillon_signaling::Modality;
use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::camera::{Camera, VideoInput};
use crate::connection::{Command, Connection, Purpose, WAITING_COMMANDS};
use crate::error::{StartError, VideoStartError};
use crate::event::{ContentShareEvent, SessionEvent};
use crate::ingestion::Reporter;
use crate::shared::{Shared, lock};
use crate::status::{MeetingSessionStatus, MeetingSessionStatusCode as Code};
use crate::tiles::TileId;

/// One side of an attendee, running or not. When it is dropped, whatever runs is stopped.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) shared: Arc<Shared>,
    running: Mutex<Option<Running>>,
    /// Pictures chosen before the video was started.
    pub(crate) video_input: Mutex<Option<VideoInput>>,
}

#[derive(Debug)]
struct Running {
    commands: mpsc::Sender<Command>,
    ended: watch::Receiver<Option<MeetingSessionStatus>>,
    cancel: CancellationToken,
    _guard: DropGuard,
}

impl Running {
    fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    fn start_media(&self) -> Result<(), StartError> {
        self.commands.try_send(Command::StartMedia).or_else(|error| match error {
            TrySendError::Full(_) => Err(StartError::Busy),
            // It ends at this moment, as it would have a moment after the start.
            TrySendError::Closed(_) => Ok(()),
        })
    }
}

impl Side {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, running: Mutex::default(), video_input: Mutex::default() }
    }

    /// Connects. While it runs already, all that can change is that signaling alone is not enough any more.
    pub(crate) fn start(
        &self,
        parent: Option<CancellationToken>,
        purpose: Purpose,
    ) -> Result<(), StartError> {
        let mut running = lock(&self.running);
        if let Some(running) = running.as_ref().filter(|running| !running.has_ended()) {
            return match purpose {
                Purpose::Signaling => Ok(()),
                Purpose::Meeting => running.start_media(),
            };
        }
        let runtime = Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        let (commands, wishes) = mpsc::channel(WAITING_COMMANDS);
        let (end, ended) = watch::channel(None);
        let cancel = parent.map_or_else(CancellationToken::new, |parent| parent.child_token());
        let connection = Connection::new(Arc::clone(&self.shared), wishes, cancel.clone(), purpose);
        let (shared, token) = (Arc::clone(&self.shared), cancel.clone());
        let life = async move {
            let mut status = match AssertUnwindSafe(connection.run()).catch_unwind().await {
                Ok(status) => status,
                Err(_) => MeetingSessionStatus::detailed(Code::TaskFailed, "the client has a bug"),
            };
            // A content share ends with the attendee.
            token.cancel();
            *shared.camera() = None;
            if shared.modality == Modality::Content {
                status = shared.capture.explain(status);
                let event = ContentShareEvent::Stopped(status.clone());
                shared.hub.publish(SessionEvent::ContentShare(event));
            }
            end.send_replace(Some(status));
        };
        let tasks = TaskTracker::new();
        tasks.spawn_on(life, &runtime);
        if let Some(reporter) = Reporter::new(&self.shared) {
            tasks.spawn_on(reporter.run(ended.clone()), &runtime);
        }
        let guard = cancel.clone().drop_guard();
        *running = Some(Running { commands, ended, cancel, _guard: guard });
        Ok(())
    }

    /// Leaves.
    pub(crate) fn stop(&self) {
        if !self.command(Command::Stop)
            && let Some(running) = &*lock(&self.running)
        {
            // So many wishes wait that this one does not fit: it is the last one anyway.
            running.cancel.cancel();
        }
    }

    /// Waits until it has ended; nothing if it was never started.
    pub(crate) async fn ended(&self) -> Option<MeetingSessionStatus> {
        let mut ended = lock(&self.running).as_ref()?.ended.clone();
        ended.wait_for(Option::is_some).await.ok()?.clone()
    }

    pub(crate) fn is_running(&self) -> bool {
        lock(&self.running).as_ref().is_some_and(|running| !running.has_ended())
    }

    /// By which a content share ends with the attendee.
    pub(crate) fn cancellation(&self) -> Option<CancellationToken> {
        lock(&self.running).as_ref().map(|running| running.cancel.clone())
    }

    /// Tells the running session something; false if there is none, or too many wishes wait.
    pub(crate) fn command(&self, command: Command) -> bool {
        let running = lock(&self.running);
        running.as_ref().is_some_and(|running| running.commands.try_send(command).is_ok())
    }

    /// Takes pictures from the chosen input, and sends them while the session runs. What runs already goes on.
    pub(crate) fn start_video(&self) -> Result<TileId, VideoStartError> {
        let Some(input) = lock(&self.video_input).take() else {
            let runs = self.shared.camera().is_some();
            let tile = self.shared.tiles().local().filter(|_| runs);
            return tile.map(|tile| tile.tile_id).ok_or(VideoStartError::NoInput);
        };
        let (tile, screen) = {
            let mut tiles = self.shared.tiles();
            let (tile, _) = tiles.ensure(self.shared.attendee(), true);
            let screen = tiles.screen(tile.tile_id).ok_or(VideoStartError::NoInput)?;
            (tile, screen)
        };
        let camera = Camera::start(input, screen).map_err(VideoStartError::NoThread)?;
        *self.shared.camera() = Some(camera);
        let id = tile.tile_id;
        self.shared.tell(SessionEvent::TileUpdated(tile));
        self.command(Command::CameraChanged);
        Ok(id)
    }

    /// Takes no more pictures.
    pub(crate) fn stop_video(&self) {
        let stopped = self.shared.camera().take();
        if stopped.is_none() {
            return;
        }
        let local = self.shared.tiles().local();
        if let Some(tile) = local {
            self.shared.remove_tile(tile.tile_id);
        }
        self.command(Command::CameraChanged);
    }
}
