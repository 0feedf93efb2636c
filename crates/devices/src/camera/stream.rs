//! The pictures of a camera, taken out of it by a thread of its own.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::device::{INPUT_OUTPUT, Taken, VideoDevice, error_of};
use crate::{CaptureMonitor, DeviceError};

/// How long the thread waits for a picture before it looks whether it should still: the longest that giving a camera
/// back takes. Less wakes it for nothing, as slow cameras have ten pictures a second.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often in a row none may come before the camera counts as broken: ten seconds. Some take three for the first.
const MAX_MISSING: u32 = 100;

/// How many damaged pictures in a row a camera may have before it counts as broken: some seconds of them.
const MAX_BROKEN: u32 = 100;

/// The octets of one picture, of which only the newest is kept: a picture that nobody took in time is of no use.
#[derive(Debug, Default)]
struct Newest {
    octets: Vec<u8>,
    is_new: bool,
}

/// A running camera; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Stream {
    newest: Arc<Mutex<Newest>>,
    /// What was taken last, whose room is used again.
    taken: Vec<u8>,
    monitor: CaptureMonitor,
}

impl Stream {
    /// Takes pictures of a device that has started.
    pub(super) fn start(device: Box<dyn VideoDevice>) -> Result<Self, DeviceError> {
        let newest = Arc::new(Mutex::default());
        let monitor = CaptureMonitor::default();
        let (written, told) = (Arc::clone(&newest), monitor.clone());
        let thread = thread::Builder::new()
            .name("carillon-v4l2".to_owned())
            .spawn(move || run(device, &written, &told))
            .map_err(|error| DeviceError::Other { detail: error.to_string() })?;
        monitor.hold(thread);
        Ok(Self { newest, taken: Vec::new(), monitor })
    }

    pub(super) fn monitor(&self) -> CaptureMonitor {
        self.monitor.clone()
    }

    /// The newest picture, unless it was asked for before.
    pub(super) fn newest(&mut self) -> Option<&[u8]> {
        let mut newest = lock(&self.newest);
        let is_new = std::mem::take(&mut newest.is_new);
        if is_new {
            std::mem::swap(&mut newest.octets, &mut self.taken);
        }
        is_new.then_some(&self.taken)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.monitor.release();
    }
}

fn run(mut device: Box<dyn VideoDevice>, newest: &Mutex<Newest>, monitor: &CaptureMonitor) {
    let mut octets = Vec::new();
    let (mut missing, mut broken) = (0_u32, 0_u32);
    while !monitor.is_released() {
        octets.clear();
        let taken = device.take(PATIENCE, &mut octets);
        match taken {
            Ok(Taken::Picture) => {
                (missing, broken) = (0, 0);
                let mut newest = lock(newest);
                std::mem::swap(&mut newest.octets, &mut octets);
                newest.is_new = true;
            }
            Ok(Taken::Broken) => (missing, broken) = (0, broken.saturating_add(1)),
            Ok(Taken::Nothing) => missing = missing.saturating_add(1),
            Err(error) => return monitor.ended(error_of(error)),
        }
        if missing >= MAX_MISSING {
            return monitor.ended(error_of(io::ErrorKind::TimedOut.into()));
        }
        if broken >= MAX_BROKEN {
            return monitor.ended(error_of(io::Error::from_raw_os_error(INPUT_OUTPUT)));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holder leaves it whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
