//! A screen of our own that nobody sees: tests need none, and disturb nobody who has one.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

pub(crate) const SCREEN_SIZE: (usize, usize) = (640, 480);

/// A screen that ends with the test.
pub(crate) struct Screen {
    server: Child,
    pub(crate) display: String,
}

impl Screen {
    pub(crate) fn start(options: &[&OsStr]) -> Self {
        let (width, height) = SCREEN_SIZE;
        let size = format!("{width}x{height}x24");
        // Otherwise it begins anew whenever the last program has gone, and whoever comes just then is sent away.
        let mut server = Command::new("Xvfb")
            .args(["-noreset", "-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`Xvfb` must be installed to test windows and screens");
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { server, display: format!(":{}", line.trim()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
