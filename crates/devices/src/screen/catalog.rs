//! Which screens and windows there are.

use carillon_frame::VideoSize;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::display::Display;
use super::target::{screen_id, window_id};
use super::trouble::Trouble;
use crate::{DeviceError, DeviceId};

/// What can be captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreenKind {
    /// One whole screen.
    Screen,
    /// One window of a program.
    Window,
}

/// What the list tells of something that can be captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenInfo {
    /// Its id, to choose it by: a screen keeps it, a window only as long as it is open.
    pub id: DeviceId,
    /// The name of the screen, or the title of the window.
    pub label: String,
    /// What it is.
    pub kind: ScreenKind,
    /// How large it is at the moment.
    pub size: VideoSize,
}

/// The screens, the preferred one first, and the windows.
///
/// # Errors
///
/// [`DeviceError::NotFound`] without an X11 server.
pub fn list() -> Result<Vec<ScreenInfo>, DeviceError> {
    let display = Display::open()?;
    let listed = screens(&display).and_then(|screens| {
        let windows = windows(&display)?;
        Ok([screens, windows].concat())
    });
    listed.map_err(|trouble| trouble.at_first("the screen"))
}

fn screens(display: &Display) -> Result<Vec<ScreenInfo>, Trouble> {
    let screens = match display.screens() {
        Ok(screens) => screens,
        // What may not be seen is not listed; windows may be.
        Err(Trouble::Device(DeviceError::PermissionDenied { .. })) => Vec::new(),
        Err(trouble) => return Err(trouble),
    };
    let info = screens.into_iter().map(|screen| ScreenInfo {
        id: screen_id(&screen.name),
        size: VideoSize::new(screen.area.width.into(), screen.area.height.into()),
        label: screen.name,
        kind: ScreenKind::Screen,
    });
    Ok(info.collect())
}

fn windows(display: &Display) -> Result<Vec<ScreenInfo>, Trouble> {
    let mut windows = Vec::new();
    for window in display.windows()? {
        let info = || -> Result<ScreenInfo, Trouble> {
            let geometry = display.connection.get_geometry(window)?.reply()?;
            let size = VideoSize::new(geometry.width.into(), geometry.height.into());
            let (id, label) = (window_id(window), display.title(window)?);
            Ok(ScreenInfo { id, label, kind: ScreenKind::Window, size })
        };
        match info() {
            Ok(info) => windows.push(info),
            // One that was closed while we asked is no window any more.
            Err(Trouble::Closed | Trouble::Unseen) => {}
            Err(Trouble::Device(error)) => return Err(error.into()),
        }
    }
    Ok(windows)
}
