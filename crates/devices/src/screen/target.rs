//! What is captured, and where it is at the moment.

use std::time::Duration;

use x11rb::protocol::xproto::{ConnectionExt as _, MapState, Window};

use super::ScreenChoice;
use super::display::{Area, Display, Screen};
use super::trouble::Trouble;
use crate::{DeviceError, DeviceId};

/// How ids begin.
const SCREEN: &str = "x11-screen:";
const WINDOW: &str = "x11-window:";

/// How often it is looked whether the screen has moved or changed its size. People do not do that more often.
const SCREEN_LOOK: Duration = Duration::from_secs(1);

/// Depths at which a pixel is four octets: blue, green, red, and one more.
const DEPTHS: [u8; 2] = [24, 32];

pub(super) fn screen_id(name: &str) -> DeviceId {
    DeviceId::new(format!("{SCREEN}{name}"))
}

pub(super) fn window_id(window: Window) -> DeviceId {
    DeviceId::new(format!("{WINDOW}{window:#x}"))
}

/// A screen or a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Screen { screen: Screen, looked: Duration },
    Window(Window),
}

/// Where pixels are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What to read from.
    pub(super) drawable: Window,
    /// Which part of it.
    pub(super) area: Area,
    /// Where its upper left corner is on the desktop.
    pub(super) corner: (i16, i16),
}

impl Place {
    /// How many octets its pixels take: at most 8,192 x 8,192 x 4, for a larger picture is refused before.
    #[cfg(target_os = "linux")]
    pub(super) fn octets(&self) -> u32 {
        u32::from(self.area.width).saturating_mul(self.area.height.into()).saturating_mul(4)
    }
}

impl Target {
    /// Looks for what is chosen.
    pub(super) fn find(display: &Display, choice: &ScreenChoice) -> Result<Self, DeviceError> {
        let found = match choice {
            ScreenChoice::Primary => Self::find_screen(display, None),
            ScreenChoice::Id(id) => match Id::parse(id.as_str()) {
                Some(Id::Screen(name)) => Self::find_screen(display, Some(name)),
                Some(Id::Window(window)) => Self::find_window(display, window),
                None => {
                    let detail = id.to_string();
                    return Err(DeviceError::InvalidDevice { detail });
                }
            },
        };
        found.map_err(|trouble| match choice {
            ScreenChoice::Primary => trouble.at_first("the screen"),
            ScreenChoice::Id(id) => trouble.at_first(id.as_str()),
        })
    }

    fn find_screen(display: &Display, name: Option<&str>) -> Result<Self, Trouble> {
        let mut screens = display.screens()?.into_iter();
        let found = screens.find(|screen| name.is_none_or(|name| screen.name == name));
        let screen = found.ok_or(Trouble::Closed)?;
        let depth = display.connection.get_geometry(display.root)?.reply()?.depth;
        check_depth(depth)?;
        Ok(Self::Screen { screen, looked: Duration::ZERO })
    }

    fn find_window(display: &Display, window: Window) -> Result<Self, Trouble> {
        let geometry = display.connection.get_geometry(window)?.reply()?;
        check_depth(geometry.depth)?;
        display.keep(window)?;
        Ok(Self::Window(window))
    }

    /// Where it is, so long after the start.
    pub(super) fn locate(
        &mut self,
        display: &Display,
        elapsed: Duration,
    ) -> Result<Place, Trouble> {
        match self {
            Self::Screen { screen, looked } => {
                if elapsed.saturating_sub(*looked) >= SCREEN_LOOK {
                    let mut screens = display.screens()?.into_iter();
                    let found = screens.find(|found| found.name == screen.name);
                    *screen = found.ok_or(Trouble::Closed)?;
                    *looked = elapsed;
                }
                let area = screen.area;
                Ok(Place { drawable: display.root, area, corner: (area.x, area.y) })
            }
            Self::Window(window) => {
                let connection = &display.connection;
                // All three are under way before the first is answered.
                let attributes = connection.get_window_attributes(*window)?;
                let geometry = connection.get_geometry(*window)?;
                let corner = connection.translate_coordinates(*window, display.root, 0, 0)?;
                if attributes.reply()?.map_state != MapState::VIEWABLE {
                    return Err(Trouble::Unseen);
                }
                let geometry = geometry.reply()?;
                let corner = corner.reply()?;
                Ok(Place {
                    drawable: *window,
                    area: Area { x: 0, y: 0, width: geometry.width, height: geometry.height },
                    corner: (corner.dst_x, corner.dst_y),
                })
            }
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Screen { screen, .. } => screen_id(&screen.name).fmt(f),
            Self::Window(window) => window_id(*window).fmt(f),
        }
    }
}

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id<'a> {
    Screen(&'a str),
    Window(Window),
}

impl<'a> Id<'a> {
    fn parse(id: &'a str) -> Option<Self> {
        if let Some(name) = id.strip_prefix(SCREEN) {
            return Some(Self::Screen(name));
        }
        let number = id.strip_prefix(WINDOW)?.strip_prefix("0x")?;
        Some(Self::Window(Window::from_str_radix(number, 16).ok()?))
    }
}

fn check_depth(depth: u8) -> Result<(), Trouble> {
    if DEPTHS.contains(&depth) {
        return Ok(());
    }
    let detail = format!("its colours have {depth} bits");
    Err(DeviceError::Overconstrained { detail }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_what_they_were_made_of() {
        assert_eq!(Id::parse(screen_id("HDMI-1").as_str()), Some(Id::Screen("HDMI-1")));
        assert_eq!(Id::parse(window_id(0x1a0_0003).as_str()), Some(Id::Window(0x1a0_0003)));
        assert_eq!(window_id(16).as_str(), "x11-window:0x10");
        for other in ["", "x11-window:", "x11-window:12", "x11-window:0xg", "pulseaudio:left"] {
            assert_eq!(Id::parse(other), None, "{other}");
        }
    }

    #[test]
    fn only_colours_of_eight_bits_are_understood() {
        assert!(check_depth(24).is_ok() && check_depth(32).is_ok());
        let refused = check_depth(30).map_err(|trouble| trouble.at_first("it"));
        assert!(matches!(refused, Err(DeviceError::Overconstrained { .. })), "{refused:?}");
    }
}
