//! A server in a process of its own, so that what it costs is not counted.

use std::io::Read as _;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use carillon_facade::MeetingSessionConfiguration;
use carillon_testkit::process::{Service, program};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The meeting that everybody meets in.
const CODE: &str = "abc-def-ghi";

/// A running `carillon serve --dev`; it ends with this.
pub(crate) struct Server(Service);

impl Server {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(program()?);
        command
            .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"])
            .args(["--media-workers", "1"]);
        Ok(Self(Service::start(&mut command)?))
    }

    pub(crate) async fn place(&self, name: &str) -> anyhow::Result<MeetingSessionConfiguration> {
        place(self.0.address(), name).await
    }

    /// This program once more, to do something else beside; it ends with what is returned.
    pub(crate) fn companion(&self, words: &[&str]) -> anyhow::Result<Companion> {
        let address = self.0.address().to_string();
        let (what, more) = words.split_first().context("a companion does something")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(what).arg(address).args(more).stdin(Stdio::piped());
        Ok(Companion(command.spawn()?))
    }
}

/// Another process.
pub(crate) struct Companion(Child);

impl Drop for Companion {
    fn drop(&mut self) {
        // Whoever is gone already needs no end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Waits until whoever started this process is gone.
pub(crate) async fn orphaned() -> anyhow::Result<()> {
    // Its input ends with whoever holds the other end of it.
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

/// Makes an attendee of the meeting.
pub(crate) async fn place(
    address: SocketAddr,
    name: &str,
) -> anyhow::Result<MeetingSessionConfiguration> {
    let mut stream = TcpStream::connect(address).await?;
    let body = json!({ "name": name }).to_string();
    let head = format!(
        "POST /demo/meetings/{CODE}/attendees HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    let (head, body) = text.split_once("\r\n\r\n").context("an answer has a body")?;
    ensure!(head.contains(" 200 "), "the server does not let {name} in: {body}");
    let answer: Value = serde_json::from_str(body)?;
    let part = |name| answer.get(name).cloned().unwrap_or_default();
    Ok(MeetingSessionConfiguration::from_values(&part("Meeting"), &part("Attendee"))?)
}
