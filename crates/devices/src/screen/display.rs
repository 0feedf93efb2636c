//! The connection to the server that has the screens.

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::ConnectError;
use x11rb::protocol::composite::ConnectionExt as _;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xfixes::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, ImageOrder, MapState, Window, WindowClass,
};
use x11rb::protocol::{composite, shm};
use x11rb::rust_connection::RustConnection;

use super::trouble::Trouble;
use crate::DeviceError;

/// How many words of a property are read: 4 KiB of a title, or the ids of as many windows as nobody has open.
const MAX_WORDS: u32 = 1_024;

/// How the outputs of a server begin that is no more than a guest of Wayland.
const WAYLAND_OUTPUT: &str = "XWAYLAND";

/// A rectangle of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i16,
    pub(super) y: i16,
    pub(super) width: u16,
    pub(super) height: u16,
}

/// One of the screens that make up the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Screen {
    pub(super) name: String,
    pub(super) area: Area,
}

/// A connection, and which of the extensions used here its server has.
#[derive(Debug)]
pub(super) struct Display {
    pub(super) connection: RustConnection,
    pub(super) root: Window,
    pub(super) extensions: Extensions,
}

/// What a server can do beyond the first of its protocol.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may be missing")]
pub(super) struct Extensions {
    pub(super) shares_memory: bool,
    pub(super) tells_cursor: bool,
    keeps_windows: bool,
    lists_screens: bool,
}

impl Display {
    /// Connects to the server that the environment names.
    pub(super) fn open() -> Result<Self, DeviceError> {
        let (connection, number) = x11rb::connect(None).map_err(refused)?;
        let setup = connection.setup();
        let screen = setup.roots.get(number).ok_or_else(|| refused(ConnectError::InvalidScreen))?;
        if setup.image_byte_order != ImageOrder::LSB_FIRST {
            let detail = "the screen's server has its octets the other way round".to_owned();
            return Err(DeviceError::Overconstrained { detail });
        }
        let root = screen.root;
        let extensions = Extensions::ask(&connection);
        let extensions = extensions.map_err(|trouble| trouble.at_first("the screen"))?;
        Ok(Self { connection, root, extensions })
    }

    /// The screens, the preferred one first.
    pub(super) fn screens(&self) -> Result<Vec<Screen>, Trouble> {
        let mut screens = Vec::new();
        if self.extensions.lists_screens {
            let reply = self.connection.randr_get_monitors(self.root, true)?.reply()?;
            for monitor in reply.monitors {
                let name = self.connection.get_atom_name(monitor.name)?.reply()?.name;
                let name = String::from_utf8_lossy(&name).into_owned();
                let randr::MonitorInfo { x, y, width, height, primary, .. } = monitor;
                screens.push((!primary, Screen { name, area: Area { x, y, width, height } }));
            }
        }
        let guest = self.connection.query_extension(WAYLAND_OUTPUT.as_bytes())?.reply()?.present;
        if guest || screens.iter().any(|(_, screen)| screen.name.starts_with(WAYLAND_OUTPUT)) {
            let detail = "a Wayland session shows its screens to no program in this way".to_owned();
            return Err(DeviceError::PermissionDenied { detail }.into());
        }
        if screens.is_empty() {
            let whole = self.connection.get_geometry(self.root)?.reply()?;
            let area = Area { x: 0, y: 0, width: whole.width, height: whole.height };
            screens.push((false, Screen { name: "screen".to_owned(), area }));
        }
        screens.sort_by_key(|(is_other, _)| *is_other);
        Ok(screens.into_iter().map(|(_, screen)| screen).collect())
    }

    /// The windows of programs that can be seen: those that the window manager tells, or, without one, all.
    pub(super) fn windows(&self) -> Result<Vec<Window>, Trouble> {
        let listed = self.property(self.root, b"_NET_CLIENT_LIST", AtomEnum::WINDOW.into())?;
        let listed: Vec<Window> =
            listed.as_chunks::<4>().0.iter().map(|id| Window::from_ne_bytes(*id)).collect();
        let windows = match listed.is_empty() {
            false => listed,
            true => self.connection.query_tree(self.root)?.reply()?.children,
        };
        let mut seen = Vec::new();
        for window in windows {
            match self.connection.get_window_attributes(window)?.reply() {
                Ok(attributes) => {
                    let has_picture = attributes.class == WindowClass::INPUT_OUTPUT;
                    let is_shown = attributes.map_state == MapState::VIEWABLE;
                    if has_picture && is_shown && !attributes.override_redirect {
                        seen.push(window);
                    }
                }
                // One that was closed while we asked is no window any more.
                Err(error) => match Trouble::from(error) {
                    Trouble::Closed | Trouble::Unseen => {}
                    Trouble::Device(error) => return Err(error.into()),
                },
            }
        }
        Ok(seen)
    }

    /// What a window calls itself.
    pub(super) fn title(&self, window: Window) -> Result<String, Trouble> {
        let utf8 = self.connection.intern_atom(false, b"UTF8_STRING")?.reply()?.atom;
        let mut title = self.property(window, b"_NET_WM_NAME", utf8)?;
        if title.is_empty() {
            title = self.property(window, b"WM_NAME", AtomEnum::ANY.into())?;
        }
        Ok(String::from_utf8_lossy(&title).into_owned())
    }

    /// Has the server keep a window's picture even where another window lies over it.
    pub(super) fn keep(&self, window: Window) -> Result<(), Trouble> {
        if self.extensions.keeps_windows {
            let kept = self
                .connection
                .composite_redirect_window(window, composite::Redirect::AUTOMATIC)?;
            if let Err(error) = kept.check() {
                tracing::debug!(%error, "what lies over a window is captured with it");
            }
        }
        Ok(())
    }

    fn property(&self, window: Window, name: &[u8], kind: u32) -> Result<Vec<u8>, Trouble> {
        let name = self.connection.intern_atom(false, name)?.reply()?.atom;
        let asked = self.connection.get_property(false, window, name, kind, 0, MAX_WORDS)?;
        Ok(asked.reply()?.value)
    }
}

impl Extensions {
    /// Most want to be asked for their version before they are used.
    fn ask(connection: &RustConnection) -> Result<Self, Trouble> {
        let has = |name| connection.extension_information(name).map(|found| found.is_some());
        let mut extensions = Self {
            shares_memory: has(shm::X11_EXTENSION_NAME)?,
            tells_cursor: has(xfixes::X11_EXTENSION_NAME)?,
            keeps_windows: has(composite::X11_EXTENSION_NAME)?,
            lists_screens: has(randr::X11_EXTENSION_NAME)?,
        };
        if extensions.tells_cursor {
            connection.xfixes_query_version(5, 0)?.reply()?;
        }
        if extensions.keeps_windows {
            connection.composite_query_version(0, 4)?.reply()?;
        }
        if extensions.lists_screens {
            let version = connection.randr_query_version(1, 5)?.reply()?;
            extensions.lists_screens = (version.major_version, version.minor_version) >= (1, 5);
        }
        Ok(extensions)
    }
}

fn refused(error: ConnectError) -> DeviceError {
    let detail = format!("no X11 server: {error}");
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may know more one day")]
    match error {
        ConnectError::SetupAuthenticate(_) | ConnectError::SetupFailed(_) => {
            DeviceError::PermissionDenied { detail }
        }
        _ => DeviceError::NotFound { detail },
    }
}
