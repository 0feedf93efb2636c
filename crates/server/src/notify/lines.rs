//! Targets that take events as lines of JSON.

use std::{
    fs::OpenOptions,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use carillon_control::Posting;
use tokio::sync::watch;

use super::{retry::Failure, sink::Sink};

/// A file that grows by one line for each event.
///
/// It is opened anew for each, so it can be moved away while the service runs.
#[derive(Debug)]
pub(crate) struct FileLines(PathBuf);

impl FileLines {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Sink for FileLines {
    async fn deliver(&mut self, posting: &Posting) -> Result<(), Failure> {
        let (path, body) = (self.0.clone(), posting.body.clone());
        blocking(move || append(&path, &body)).await
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let mut last = [b'\n'];
    // What has no last byte, as an empty file, needs no end of a line.
    if file.seek(SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    // A full disk or a crash may have torn the line before.
    let end = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{end}{line}\n").as_bytes())
}

/// Standard output, after the line that says where the service is to be found.
#[derive(Debug)]
pub(crate) struct StdoutLines {
    announced: watch::Receiver<bool>,
}

impl StdoutLines {
    pub(crate) const fn new(announced: watch::Receiver<bool>) -> Self {
        Self { announced }
    }
}

impl Sink for StdoutLines {
    async fn deliver(&mut self, posting: &Posting) -> Result<(), Failure> {
        // An error means that the service is gone, and this with it.
        let announced = self.announced.wait_for(|announced| *announced).await;
        announced.map(drop).map_err(|gone| Failure::Unreachable(gone.into()))?;
        let line = format!("{}\n", posting.body);
        blocking(move || {
            let mut out = io::stdout().lock();
            out.write_all(line.as_bytes())?;
            out.flush()
        })
        .await
    }
}

/// Writes where waiting holds nobody up.
async fn blocking(write: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), Failure> {
    let wrote = tokio::task::spawn_blocking(write).await;
    let failure = |error: Box<dyn std::error::Error + Send + Sync>| Failure::Unreachable(error);
    wrote.map_err(|error| failure(error.into()))?.map_err(|error| failure(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_begins_anew_after_one_that_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events");
        append(&path, "{1}").unwrap();
        append(&path, "{2}").unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{3").unwrap();
        append(&path, "{3}").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "{1}\n{2}\n{3\n{3}\n");
    }
}
