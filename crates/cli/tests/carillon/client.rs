//! A client command of the program, and the lines it writes.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use serde_json::{Value, json};

use crate::{api::Place, process::carillon};

/// Lines of figures, which come once a second, after which a test gives up: more than a busy machine needs.
const PATIENCE: usize = 60;

/// A running client; it ends with the test.
pub(crate) struct Client {
    child: Child,
    out: BufReader<ChildStdout>,
    told: Vec<Value>,
}

impl Client {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = carillon(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out, told: Vec::new() }
    }

    /// `carillon join` as the attendee of a place, whose answers are kept in the folder.
    pub(crate) fn join(place: &Place, folder: &Path, more: &[&str]) -> Self {
        let id = place.attendee.attendee_id;
        let [meeting, attendee] =
            ["meeting", "attendee"].map(|what| folder.join(format!("{id}-{what}.json")));
        std::fs::write(&meeting, json!({ "Meeting": place.meeting }).to_string()).unwrap();
        std::fs::write(&attendee, json!({ "Attendee": place.attendee }).to_string()).unwrap();
        let [meeting, attendee] = [&meeting, &attendee].map(|path| path.to_str().unwrap());
        let files = ["join", "--meeting", meeting, "--attendee", attendee];
        Self::start(&[&files, more].concat())
    }

    /// Reads on until a line is as wished.
    pub(crate) fn until(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut figures = 0;
        while figures < PATIENCE {
            let Some(line) = self.next_line() else { break };
            figures += usize::from(line["event"] == "stats" || line["event"] == "progress");
            if is_it(&line) {
                return line;
            }
        }
        panic!("{what} did not happen; told: {:#?}", self.told)
    }

    fn next_line(&mut self) -> Option<Value> {
        let mut text = String::new();
        self.out.read_line(&mut text).unwrap();
        let line: Value = serde_json::from_str(&text).ok()?;
        self.told.push(line.clone());
        Some(line)
    }

    /// Gives it a command.
    pub(crate) fn wish(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end; returns how it ended and the last line.
    pub(crate) fn end(&mut self) -> (ExitStatus, Value) {
        while self.next_line().is_some() {}
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "only JSON is written");
        (self.child.wait().unwrap(), self.told.last().cloned().unwrap_or_default())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // One that has ended already cannot be ended again.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
