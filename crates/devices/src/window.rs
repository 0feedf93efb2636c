//! A window that shows pictures.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use carillon_frame::{Picture, VideoFrame, VideoSink, VideoSize};
use carillon_media::colour::{ColourLayout, write_pixels};
use minifb::{ScaleMode, WindowOptions};

use crate::DeviceError;

/// How often the window is drawn again, at most: what screens show.
const REFRESHES: usize = 60;

/// A window of the system, drawn by a thread of its own; it closes when this is dropped.
///
/// On macOS windows belong to the main thread, which this does not give: bind a sink of the application's own there.
#[derive(Debug)]
pub struct Window {
    shared: Arc<Shared>,
}

/// The picture to be drawn next, and whether there is still somebody to draw it for.
#[derive(Debug, Default)]
struct Shared {
    next: Mutex<Option<Arc<Picture>>>,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// By the user.
    Closed,
    /// By the application.
    Dropped,
}

impl Window {
    /// Opens a window of that size; pictures of other sizes are scaled into it.
    ///
    /// # Errors
    /// [`DeviceError::NotReadable`] without a screen to open it on.
    pub fn open(title: &str, size: VideoSize) -> Result<Self, DeviceError> {
        let shared = Arc::new(Shared::default());
        let (told, opened) = sync_channel(1);
        let (title, drawn) = (title.to_owned(), Arc::clone(&shared));
        thread::Builder::new()
            .name("carillon-window".to_owned())
            .spawn(move || draw(&title, size, &drawn, &told))
            .map_err(|error| DeviceError::NotReadable { detail: error.to_string() })?;
        let ended = || DeviceError::NotReadable { detail: "the window broke".to_owned() };
        opened.recv().map_err(|_| ended())??;
        Ok(Self { shared })
    }

    /// Whether the user has not closed it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *lock(&self.shared.state) == State::Open
    }
}

impl VideoSink for Window {
    fn show(&mut self, frame: &VideoFrame) {
        *lock(&self.shared.next) = Some(Arc::clone(&frame.picture));
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        *lock(&self.shared.state) = State::Dropped;
    }
}

fn draw(title: &str, size: VideoSize, shared: &Shared, told: &SyncSender<Result<(), DeviceError>>) {
    let options = WindowOptions {
        resize: true,
        scale_mode: ScaleMode::AspectRatioStretch,
        ..WindowOptions::default()
    };
    let (width, height) = (size.width as usize, size.height as usize);
    let mut window = match minifb::Window::new(title, width, height, options) {
        Ok(window) => window,
        Err(error) => {
            told.send(Err(DeviceError::NotReadable { detail: error.to_string() })).ok();
            return;
        }
    };
    told.send(Ok(())).ok();
    window.set_target_fps(REFRESHES);
    let mut pixels = Pixels::default();
    while window.is_open() && *lock(&shared.state) == State::Open {
        let next = lock(&shared.next).take();
        let drawn = match next.map(|picture| pixels.convert(&picture)) {
            Some(true) => {
                let (width, height) = (pixels.size.width as usize, pixels.size.height as usize);
                window.update_with_buffer(&pixels.words, width, height)
            }
            Some(false) | None => {
                window.update();
                Ok(())
            }
        };
        if let Err(error) = drawn {
            tracing::debug!(%error, "a picture was not drawn");
        }
    }
    let mut state = lock(&shared.state);
    if *state == State::Open {
        *state = State::Closed;
    }
}

/// A picture as windows want it: one word a pixel, blue lowest.
#[derive(Default)]
struct Pixels {
    size: VideoSize,
    octets: Vec<u8>,
    words: Vec<u32>,
}

impl Pixels {
    fn convert(&mut self, picture: &Picture) -> bool {
        if write_pixels(picture, ColourLayout::Rgba, &mut self.octets).is_err() {
            return false;
        }
        self.words.clear();
        let words = self.octets.as_chunks::<4>().0.iter();
        self.words.extend(words.map(|octets| u32::from_be_bytes(*octets).rotate_right(8)));
        self.size = picture.size();
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
