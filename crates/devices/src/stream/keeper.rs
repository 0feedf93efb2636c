//! A thread that holds a stream open, and moves it when devices change.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use cpal::{ErrorKind, Stream};

use super::{DeviceMonitor, Report};
use crate::DeviceError;
use crate::catalog::{Catalog, DeviceChoice, DeviceId, Direction, Following};
use crate::ring::Counters;

/// How often the system is asked which device it prefers: sooner than people wonder, at one question a second.
const POLL: Duration = Duration::from_secs(1);

/// How often another device is looked for when one is gone; systems take up to a second to prefer another.
const RETRIES: u32 = 3;

/// How many signals wait: a wish to stop, and failures, of which the first counts.
const MAX_SIGNALS: usize = 4;

/// Opens a stream on a device, with the session's end of its ring.
pub(crate) type Open<E> =
    fn(&cpal::Device, &Arc<Counters>, Report) -> Result<(Stream, E), DeviceError>;

/// Holds a stream on a thread of its own, where opening and closing may block.
#[derive(Debug)]
pub(crate) struct Keeper<E> {
    signals: SyncSender<Signal>,
    slot: Slot<E>,
    thread: Option<JoinHandle<()>>,
}

/// Where the session finds the ring of the newest stream; only this thread and the session come near it.
type Slot<E> = Arc<Mutex<Option<E>>>;

#[derive(Debug)]
enum Signal {
    Stop,
    /// The stream of this number failed.
    Failed(u64, DeviceError),
}

impl<E: Send + 'static> Keeper<E> {
    /// Opens a device; nothing for none by choice.
    pub(crate) fn start(
        direction: Direction,
        choice: &DeviceChoice,
        open: Open<E>,
    ) -> Result<Option<(Self, DeviceMonitor)>, DeviceError> {
        let (id, following) = match choice {
            DeviceChoice::Default(following) => (None, *following),
            DeviceChoice::Id(id) => (Some(id.clone()), Following::Stay),
            DeviceChoice::Silent => return Ok(None),
        };
        let (signals, received) = sync_channel(MAX_SIGNALS);
        let slot = Slot::default();
        let (ready, opened) = sync_channel(1);
        let monitor = DeviceMonitor::default();
        let watch = Watch {
            direction,
            open,
            signals: signals.clone(),
            slot: Arc::clone(&slot),
            monitor: monitor.clone(),
            catalog: None,
            number: 0,
        };
        let thread = thread::Builder::new()
            .name("sound-device".into())
            .spawn(move || watch.run(id.as_ref(), following, &received, &ready))
            .map_err(|error| DeviceError::Other { detail: error.to_string() })?;
        let hung = |_| DeviceError::Other { detail: "the sound system crashed".into() };
        opened.recv().map_err(hung)??;
        Ok(Some((Self { signals, slot, thread: Some(thread) }, monitor)))
    }

    /// The ring of a device that was opened since.
    pub(crate) fn take_end(&self) -> Option<E> {
        // The next frame is soon enough if the thread is there right now.
        self.slot.try_lock().ok()?.take()
    }
}

impl<E> Drop for Keeper<E> {
    fn drop(&mut self) {
        // It is full only if the stream failed, and then the thread goes on to look at the next signal soon.
        self.signals.send(Signal::Stop).ok();
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            thread.join().ok();
        }
    }
}

/// The stream that is open, or why none is.
struct Held {
    stream: Option<Stream>,
    device: DeviceId,
    /// What went wrong, and how often another device is still looked for.
    failure: Option<(DeviceError, u32)>,
}

impl Held {
    fn lose(&mut self, error: DeviceError) {
        self.stream = None;
        self.failure = Some((error, RETRIES));
    }
}

/// What the thread knows.
struct Watch<E> {
    direction: Direction,
    open: Open<E>,
    signals: SyncSender<Signal>,
    slot: Slot<E>,
    monitor: DeviceMonitor,
    /// The connection to the sound system, as long as it answers.
    catalog: Option<Catalog>,
    /// How many streams were opened, so that a late failure of an old one is known for what it is.
    number: u64,
}

impl<E: Send + 'static> Watch<E> {
    fn run(
        mut self,
        id: Option<&DeviceId>,
        following: Following,
        received: &Receiver<Signal>,
        ready: &SyncSender<Result<(), DeviceError>>,
    ) {
        let mut held = match self.open(id) {
            Ok((stream, device)) => Held { stream: Some(stream), device, failure: None },
            Err(error) => {
                ready.send(Err(error)).ok();
                return;
            }
        };
        self.monitor.opened(held.device.clone());
        ready.send(Ok(())).ok();
        while self.look(&mut held, following, received).is_continue() {}
    }

    /// Waits for news of the device, or for the time to look at it, and does what follows.
    fn look(
        &mut self,
        held: &mut Held,
        following: Following,
        received: &Receiver<Signal>,
    ) -> ControlFlow<()> {
        match received.recv_timeout(POLL) {
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
            Ok(Signal::Failed(number, _)) if number != self.number => {
                return ControlFlow::Continue(());
            }
            Ok(Signal::Failed(_, error)) => {
                self.catalog = None;
                held.lose(error);
            }
            Err(RecvTimeoutError::Timeout) => {
                if held.failure.is_none() && self.has_lost(&held.device) {
                    let detail = format!("{} is gone", held.device);
                    held.lose(DeviceError::NotFound { detail });
                }
            }
        }
        if held.failure.is_none() && !self.prefers_another(following, &held.device) {
            return ControlFlow::Continue(());
        }
        if following == Following::Follow {
            self.move_on(held);
        }
        tracing::debug!(open = held.stream.is_some(), "a device changed");
        self.judge(held, following)
    }

    fn move_on(&mut self, held: &mut Held) {
        match self.open(None) {
            Ok((stream, device)) => {
                self.monitor.moved(device.clone());
                *held = Held { stream: Some(stream), device, failure: None };
            }
            Err(error) => tracing::debug!(%error, "sound cannot move to another device"),
        }
    }

    /// Gives up a device that is lost, at once or when no other was found in time.
    fn judge(&self, held: &mut Held, following: Following) -> ControlFlow<()> {
        let Some((error, retries)) = held.failure.take() else { return ControlFlow::Continue(()) };
        if retries == 0 || following == Following::Stay {
            self.monitor.ended(error);
            return ControlFlow::Break(());
        }
        held.failure = Some((error, retries.saturating_sub(1)));
        ControlFlow::Continue(())
    }

    fn has_lost(&mut self, current: &DeviceId) -> bool {
        self.catalog.get_or_insert_default().has_lost(self.direction, current)
    }

    /// Whether sound should move.
    fn prefers_another(&mut self, following: Following, current: &DeviceId) -> bool {
        following == Following::Follow
            && self
                .catalog
                .get_or_insert_default()
                .default_id(self.direction)
                .is_some_and(|preferred| preferred != *current)
    }

    /// Opens a device, and hands its ring to the session.
    fn open(&mut self, id: Option<&DeviceId>) -> Result<(Stream, DeviceId), DeviceError> {
        // Of two streams on one connection, PulseAudio takes the second for a part of the first, which must not go to
        // another device.
        let catalog = self.catalog.insert(Catalog::new());
        let (device, id) = catalog.find(self.direction, id)?;
        let number = self.number.saturating_add(1);
        let (stream, end) = (self.open)(&device, self.monitor.counters(), self.report(number))?;
        self.number = number;
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        Ok((stream, id))
    }

    fn report(&self, number: u64) -> Report {
        let (signals, counters) = (self.signals.clone(), Arc::clone(self.monitor.counters()));
        Box::new(move |error| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "all others end the stream")]
            match error.kind() {
                // This one may come from the callback itself, and is counted without waiting.
                ErrorKind::Xrun => counters.count_system_gap(),
                ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
                _ => {
                    signals.try_send(Signal::Failed(number, error.into())).ok();
                }
            }
        })
    }
}
