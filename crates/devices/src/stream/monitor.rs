//! What becomes of a device in use.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::DeviceError;
use crate::catalog::DeviceId;
use crate::ring::{Counters, DeviceStats};

/// How many events wait to be asked for; then the oldest is dropped. Devices change some times a day.
const MAX_EVENTS: usize = 16;

/// Something that became of a device in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceEvent {
    /// Sound moved to this device.
    Moved(DeviceId),
    /// The device failed and no other took its place: open one again when there is one.
    Ended(DeviceError),
}

/// Tells what becomes of a device in use, wherever that is; copies tell the same.
#[derive(Clone, Debug, Default)]
pub struct DeviceMonitor {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    ended: AtomicBool,
    counters: Arc<Counters>,
    /// No real-time callback comes near it.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    device: Option<DeviceId>,
    events: VecDeque<DeviceEvent>,
}

impl DeviceMonitor {
    /// The device in use.
    #[must_use]
    pub fn device(&self) -> Option<DeviceId> {
        self.state().device.clone()
    }

    /// The next event that nobody asked for yet.
    #[must_use]
    pub fn poll_event(&self) -> Option<DeviceEvent> {
        self.state().events.pop_front()
    }

    /// How well sound got through so far, over all devices.
    #[must_use]
    pub fn stats(&self) -> DeviceStats {
        self.shared.counters.stats()
    }

    /// Whether the device failed and no other took its place.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.ended.load(Ordering::Relaxed)
    }

    pub(super) fn counters(&self) -> &Arc<Counters> {
        &self.shared.counters
    }

    pub(super) fn opened(&self, device: DeviceId) {
        self.state().device = Some(device);
    }

    pub(super) fn moved(&self, device: DeviceId) {
        tracing::info!(%device, "sound moved to another device");
        self.opened(device.clone());
        self.tell(DeviceEvent::Moved(device));
    }

    pub(super) fn ended(&self, error: DeviceError) {
        tracing::warn!(%error, "a device is gone");
        self.state().device = None;
        self.shared.ended.store(true, Ordering::Relaxed);
        self.tell(DeviceEvent::Ended(error));
    }

    fn tell(&self, event: DeviceEvent) {
        let mut state = self.state();
        if state.events.len() >= MAX_EVENTS {
            state.events.pop_front();
        }
        state.events.push_back(event);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each holder leaves it whole.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
