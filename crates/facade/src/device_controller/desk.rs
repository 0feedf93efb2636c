//! The devices of a session: which are open, and a thread that watches them for as long as the session is there.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use carillon_devices::catalog::{
    Catalog, DeviceChange, DeviceChoice, DeviceId, DeviceInfo, DeviceWatch, Direction,
};
use carillon_devices::{DeviceError, DeviceEvent, DeviceMonitor, Microphone, Speaker};

use super::change::{DeviceChangeEvent, StreamEnd};
use crate::audio::{AudioInput, AudioOutput, AudioOutputId, Origin};
use crate::event::SessionEvent;
use crate::shared::{Shared, lock};

/// How often devices are looked at: sooner than people wonder, at one question a second.
const POLL: Duration = Duration::from_secs(1);

/// How ids begin of devices without a sound server, which are disturbed when all are listed while one is in use.
const DISTURBED_BY_LISTING: &str = "alsa:";

/// The devices of one session.
#[derive(Debug)]
pub(super) struct DeviceDesk {
    shared: Arc<Shared>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    input: Option<DeviceMonitor>,
    output: Option<(AudioOutputId, DeviceMonitor)>,
    /// The thread ends when this goes.
    watch: Option<SyncSender<()>>,
}

impl State {
    fn monitors(&self) -> impl Iterator<Item = (Direction, &DeviceMonitor)> {
        let input = self.input.iter().map(|monitor| (Direction::Input, monitor));
        let output = self.output.iter().map(|(_, monitor)| (Direction::Output, monitor));
        input.chain(output)
    }
}

impl DeviceDesk {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, state: Mutex::default() }
    }

    pub(super) fn list(
        self: &Arc<Self>,
        direction: Direction,
    ) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.watch();
        Catalog::new().list(direction)
    }

    pub(super) fn open_input(self: &Arc<Self>, choice: &DeviceChoice) -> Result<(), DeviceError> {
        let microphone = Microphone::open(choice)?;
        lock(&self.state).input = Some(microphone.monitor());
        self.shared.audio.set_input(AudioInput::Sound(Box::new(microphone)), Origin::Device);
        self.watch();
        Ok(())
    }

    /// Takes note that the input is another now.
    pub(super) fn forget_input(&self) {
        lock(&self.state).input = None;
    }

    pub(super) fn open_output(self: &Arc<Self>, choice: &DeviceChoice) -> Result<(), DeviceError> {
        let opened = match choice {
            DeviceChoice::Silent => None,
            DeviceChoice::Default(_) | DeviceChoice::Id(_) => {
                let speaker = Speaker::open(choice)?;
                let monitor = speaker.monitor();
                let output = AudioOutput::Sound(Box::new(speaker));
                Some((self.shared.audio.add_output(output), monitor))
            }
        };
        let before = std::mem::replace(&mut lock(&self.state).output, opened);
        if let Some((output, _)) = before {
            self.shared.audio.remove_output(output);
        }
        self.watch();
        Ok(())
    }

    pub(super) fn active(&self, direction: Direction) -> Option<DeviceId> {
        let state = lock(&self.state);
        let mut monitors = state.monitors().filter(|(of, _)| *of == direction);
        monitors.next().and_then(|(_, monitor)| monitor.device())
    }

    /// Watches from now on, if nobody does yet.
    pub(super) fn watch(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        if state.watch.is_some() {
            return;
        }
        // Nothing is ever sent: the thread waits until the other end goes.
        let (end, ended) = sync_channel(1);
        let desk = Arc::downgrade(self);
        let thread = thread::Builder::new().name("carillon-devices".to_owned());
        match thread.spawn(move || run(&desk, &ended)) {
            Ok(_) => state.watch = Some(end),
            Err(error) => tracing::warn!(%error, "devices are not watched"),
        }
    }

    /// Tells what became of the devices in use.
    fn tell_streams(&self) {
        let mut told = Vec::new();
        for (direction, monitor) in lock(&self.state).monitors() {
            told.extend(
                std::iter::from_fn(|| monitor.poll_event()).map(|event| told_as(direction, event)),
            );
        }
        told.into_iter().for_each(|event| self.tell(event));
    }

    fn tell_lists(&self, catalog: &Catalog, changes: &[DeviceChange]) -> Result<(), DeviceError> {
        for direction in [Direction::Input, Direction::Output] {
            if changes.iter().any(|change| concerns(change, direction)) {
                let devices = catalog.list(direction)?;
                self.tell(match direction {
                    Direction::Input => DeviceChangeEvent::AudioInputsChanged(devices),
                    Direction::Output => DeviceChangeEvent::AudioOutputsChanged(devices),
                });
            }
        }
        Ok(())
    }

    fn tell(&self, event: DeviceChangeEvent) {
        self.shared.tell(SessionEvent::Device(event));
    }

    fn may_list(&self) -> bool {
        let state = lock(&self.state);
        let disturbed = |id: DeviceId| id.as_str().starts_with(DISTURBED_BY_LISTING);
        !state.monitors().any(|(_, monitor)| monitor.device().is_some_and(disturbed))
    }
}

/// What one look at the devices needs to know of those before.
#[derive(Default)]
struct Looking {
    watch: DeviceWatch,
    /// The connection to the sound system, as long as it answers.
    catalog: Option<Catalog>,
    /// Whether the devices that were there from the start are known.
    has_begun: bool,
}

impl Looking {
    fn look(&mut self, desk: &DeviceDesk) {
        desk.tell_streams();
        if !desk.may_list() {
            return;
        }
        let catalog = self.catalog.get_or_insert_with(Catalog::new);
        let told = self.watch.refresh(catalog).and_then(|changes| {
            let first = !std::mem::replace(&mut self.has_begun, true);
            if first { Ok(()) } else { desk.tell_lists(catalog, &changes) }
        });
        if let Err(error) = told {
            tracing::debug!(%error, "the devices could not be listed");
            self.catalog = None;
        }
    }
}

fn run(desk: &Weak<DeviceDesk>, ended: &Receiver<()>) {
    let mut looking = Looking::default();
    loop {
        {
            let Some(desk) = desk.upgrade() else { return };
            looking.look(&desk);
        }
        match ended.recv_timeout(POLL) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn told_as(direction: Direction, event: DeviceEvent) -> DeviceChangeEvent {
    match (direction, event) {
        (Direction::Input, DeviceEvent::Moved(id)) => DeviceChangeEvent::AudioInputMoved(id),
        (Direction::Output, DeviceEvent::Moved(id)) => DeviceChangeEvent::AudioOutputMoved(id),
        (Direction::Input, DeviceEvent::Ended(error)) => {
            DeviceChangeEvent::AudioInputStreamEnded(StreamEnd::Failed(error))
        }
        (Direction::Output, DeviceEvent::Ended(error)) => {
            DeviceChangeEvent::AudioOutputStreamEnded(StreamEnd::Failed(error))
        }
    }
}

fn concerns(change: &DeviceChange, of: Direction) -> bool {
    match change {
        DeviceChange::Added(device) | DeviceChange::Removed(device) => device.direction == of,
        DeviceChange::DefaultChanged { direction, .. } => *direction == of,
    }
}
