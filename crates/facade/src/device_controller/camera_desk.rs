//! The cameras of a session: what is asked of them, and a thread that watches them for as long as the session is there.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use carillon_devices::camera::{CameraCatalog, CameraWatch, VideoQuality};

use super::change::DeviceChangeEvent;
use crate::event::SessionEvent;
use crate::shared::{Shared, lock};

/// How often cameras are looked for: sooner than people wonder, at one folder read a second.
const POLL: Duration = Duration::from_secs(1);

/// The cameras of one session.
#[derive(Debug)]
pub(super) struct CameraDesk {
    shared: Arc<Shared>,
    pub(super) quality: Mutex<VideoQuality>,
    /// The thread ends when this goes.
    watch: Mutex<Option<SyncSender<()>>>,
}

impl CameraDesk {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, quality: Mutex::default(), watch: Mutex::default() }
    }

    /// Watches from now on, if nobody does yet.
    pub(super) fn watch(self: &Arc<Self>) {
        let mut watch = lock(&self.watch);
        if watch.is_some() {
            return;
        }
        // Nothing is ever sent: the thread waits until the other end goes.
        let (end, ended) = sync_channel(1);
        let desk = Arc::downgrade(self);
        let known = CameraWatch::new(CameraCatalog::new());
        let thread = thread::Builder::new().name("carillon-cameras".to_owned());
        match thread.spawn(move || run(&desk, &ended, known)) {
            Ok(_) => *watch = Some(end),
            Err(error) => tracing::warn!(%error, "cameras are not watched"),
        }
    }
}

fn run(desk: &Weak<CameraDesk>, ended: &Receiver<()>, mut watch: CameraWatch) {
    while ended.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
        let Some(cameras) = watch.refresh() else { continue };
        let Some(desk) = desk.upgrade() else { return };
        desk.shared.tell(SessionEvent::Device(DeviceChangeEvent::VideoInputsChanged(cameras)));
    }
}
