//! A program with a window on the screen that is captured.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, PropMode, Rectangle, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// A connection with one window of one colour.
pub(crate) struct Painter {
    connection: RustConnection,
    root: Window,
    window: Window,
}

impl Painter {
    /// A window at (20, 30) of this size and colour, which is there when this returns.
    pub(crate) fn new(title: &str, (width, height): (u16, u16), colour: u32) -> Self {
        let (connection, screen) = x11rb::connect(None).unwrap();
        let screen = &connection.setup().roots[screen];
        let (root, visual) = (screen.root, screen.root_visual);
        let window = connection.generate_id().unwrap();
        let options = CreateWindowAux::new().background_pixel(colour);
        let kind = WindowClass::INPUT_OUTPUT;
        let created = connection
            .create_window(24, window, root, 20, 30, width, height, 0, kind, visual, &options);
        created.unwrap().check().unwrap();
        connection
            .change_property8(
                PropMode::REPLACE,
                window,
                AtomEnum::WM_NAME,
                AtomEnum::STRING,
                title.as_bytes(),
            )
            .unwrap();
        connection.map_window(window).unwrap();
        let painter = Self { connection, root, window };
        painter.settle();
        painter
    }

    pub(crate) fn paint(&self, colour: u32) {
        let colour = ChangeWindowAttributesAux::new().background_pixel(colour);
        self.connection.change_window_attributes(self.window, &colour).unwrap();
        self.connection.clear_area(false, self.window, 0, 0, 0, 0).unwrap();
        self.settle();
    }

    pub(crate) fn resize(&self, (width, height): (u32, u32)) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.connection.configure_window(self.window, &size).unwrap();
        self.settle();
    }

    pub(crate) fn raise(&self) {
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.connection.configure_window(self.window, &above).unwrap();
        self.settle();
    }

    pub(crate) fn minimise(&self) {
        self.connection.unmap_window(self.window).unwrap();
        self.settle();
    }

    pub(crate) fn restore(&self) {
        self.connection.map_window(self.window).unwrap();
        self.settle();
    }

    pub(crate) fn close(&self) {
        self.connection.destroy_window(self.window).unwrap();
        self.settle();
    }

    /// Puts the mouse there, with a cursor that is a square of this colour around where it points.
    pub(crate) fn point(&self, (x, y): (i16, i16), (red, green, blue): (u16, u16, u16)) {
        let side = 16;
        let [square, context, cursor] = [(); 3].map(|()| self.connection.generate_id().unwrap());
        self.connection.create_pixmap(1, square, self.root, side, side).unwrap();
        let ones = CreateGCAux::new().foreground(1);
        self.connection.create_gc(context, square, &ones).unwrap();
        let whole = Rectangle { x: 0, y: 0, width: side, height: side };
        self.connection.poly_fill_rectangle(square, context, &[whole]).unwrap();
        let created = self.connection.create_cursor(
            cursor,
            square,
            square,
            red,
            green,
            blue,
            0,
            0,
            0,
            side / 2,
            side / 2,
        );
        created.unwrap().check().unwrap();
        let shown = ChangeWindowAttributesAux::new().cursor(cursor);
        for window in [self.root, self.window] {
            self.connection.change_window_attributes(window, &shown).unwrap();
        }
        self.connection.warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y).unwrap();
        self.settle();
    }

    /// Waits until the server has done everything.
    fn settle(&self) {
        self.connection.sync().unwrap();
    }
}
