//! A PulseAudio of our own: tests need no sound card, and disturb nobody who has one.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

/// Set in the process that runs inside.
const INSIDE: &str = "CARILLON_TEST_INSIDE";

/// What the server says when clients may come.
const READY: &str = "Daemon startup complete";

/// Runs a test in a process of its own that finds a sound server with two null sinks, `left` and `right`.
///
/// Sound libraries find their server by the environment, which belongs to a whole process.
pub(crate) fn with_server(test: &str, scenario: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return scenario();
    }
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path());
    run_inside(test, folder.path(), true);
}

/// Runs a test in a process of its own that finds neither a sound server nor a sound card.
pub(crate) fn without_sound(test: &str, scenario: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return scenario();
    }
    let folder = tempfile::tempdir().unwrap();
    run_inside(test, folder.path(), false);
}

/// Asks the server for something, by its own tool.
pub(crate) fn pactl(arguments: &[&str]) -> String {
    let done = Command::new("pactl").args(arguments).output().expect("pactl comes with PulseAudio");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn run_inside(test: &str, folder: &Path, has_sound: bool) {
    let mut inside = with_environment(Command::new(env::current_exe().unwrap()), folder);
    inside.env(INSIDE, "1").args(["--exact", test, "--nocapture"]);
    if !has_sound {
        // Without its configuration, ALSA knows no device.
        inside.env("ALSA_CONFIG_PATH", folder.join("none"));
    }
    let done = inside.output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "inside: {said}");
    assert!(said.contains("1 passed"), "no such test: {said}");
}

fn with_environment(mut command: Command, folder: &Path) -> Command {
    command.env_remove("PULSE_SERVER").env_remove("PULSE_RUNTIME_PATH");
    command.env("XDG_RUNTIME_DIR", folder).env("HOME", folder);
    command
}

/// A server that ends with the test.
struct Server {
    child: Child,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let modules = [
            "module-null-sink sink_name=left rate=44100 channels=2",
            "module-null-sink sink_name=right rate=48000 channels=1",
            "module-native-protocol-unix auth-anonymous=1",
        ];
        let mut server = with_environment(Command::new("pulseaudio"), folder);
        server.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]);
        server.args(["--disable-shm=yes", "--log-target=stderr", "--log-level=info"]);
        for module in modules {
            server.args(["-L", module]);
        }
        let server = server.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = server.expect("`pulseaudio` must be installed to test sound devices");
        let log = child.stderr.take().unwrap();
        let server = Self { child };
        wait_until_ready(BufReader::new(log));
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Reads the log up to the line that says so, and goes on reading, so that the server never waits for us.
fn wait_until_ready(mut log: BufReader<ChildStderr>) {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let read = log.read_line(&mut line).unwrap_or(0);
        assert!(read > 0, "PulseAudio did not start: {said}");
        if line.contains(READY) {
            break;
        }
        said.push_str(&line);
    }
    thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()).ok());
}
