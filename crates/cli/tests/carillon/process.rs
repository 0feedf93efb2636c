//! The program, started and told what to do.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use serde_json::Value;

/// A running program; it ends with the test.
pub(crate) struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    /// What it said when it was ready.
    pub(crate) ready: Value,
}

pub(crate) fn carillon(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carillon"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

impl Program {
    /// Starts a development server on free ports, and waits until it is ready.
    pub(crate) fn serve(more: &[&str]) -> Self {
        let ports = ["serve", "--dev", "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"];
        let mut command = carillon(&[&ports, more].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        Self { child, out, ready: serde_json::from_str(&line).expect(&line) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let api = self.ready["api"].as_str().unwrap();
        api.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end; returns how it ended and what else it wrote to standard output.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended already cannot be ended again.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
