//! What becomes of a camera or a screen in use.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::DeviceError;

/// Tells why the pictures of a device ended, and gives the device back, wherever its source is; copies do the same.
#[derive(Clone, Debug, Default)]
pub struct CaptureMonitor {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    released: AtomicBool,
    end: Mutex<Option<DeviceError>>,
    /// Holds the device.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl CaptureMonitor {
    /// Why the pictures ended; nothing while they come, and after [`Self::release`].
    #[must_use]
    pub fn end(&self) -> Option<DeviceError> {
        lock(&self.shared.end).clone()
    }

    /// Gives the device back, so that it can be opened again; the source has nothing more to say.
    ///
    /// Blocks until it is given back: for a camera, a tenth of a second at most.
    pub fn release(&self) {
        self.shared.released.store(true, Ordering::Relaxed);
        let thread = lock(&self.shared.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("the thread of a camera broke");
        }
    }

    pub(crate) fn is_released(&self) -> bool {
        self.shared.released.load(Ordering::Relaxed)
    }

    #[cfg(feature = "camera")]
    pub(crate) fn hold(&self, thread: JoinHandle<()>) {
        *lock(&self.shared.thread) = Some(thread);
    }

    pub(crate) fn ended(&self, error: DeviceError) {
        tracing::warn!(%error, "pictures of a device ended");
        *lock(&self.shared.end) = Some(error);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holder leaves it whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
