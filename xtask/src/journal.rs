//! Where the output of child processes goes: to the person, or to the log of a check.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::command;

/// Receives what a step and the commands it runs have to say.
#[derive(Debug)]
pub(crate) enum Journal {
    /// Standard error of this program; standard output is kept for results.
    Terminal,
    /// A file, for a step that answers with a single line.
    Log(Log),
}

/// The log file of one step.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Writes everything to an empty file at `path`.
    pub(crate) fn log(path: PathBuf) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self::Log(Log { path, file }))
    }

    /// Adds a line.
    pub(crate) fn note(&mut self, text: &str) -> Result<()> {
        match self {
            Self::Terminal => eprintln!("{text}"),
            Self::Log(log) => writeln!(log.file, "{text}")?,
        }
        Ok(())
    }

    /// Runs a command to its end with both its outputs going here.
    ///
    /// # Errors
    /// Fails when the command cannot be started or does not succeed.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        let line = command::line(command);
        self.note(&format!("$ {line}"))?;
        let (out, err) = match self {
            Self::Terminal => (Stdio::from(io::stderr()), Stdio::from(io::stderr())),
            Self::Log(log) => (log.file.try_clone()?.into(), log.file.try_clone()?.into()),
        };
        if matches!(self, Self::Log(_)) {
            command.env("CARGO_TERM_COLOR", "never").env("NO_COLOR", "1");
        }
        let status = command
            .stdout(out)
            .stderr(err)
            .status()
            .with_context(|| format!("cannot start `{line}`"))?;
        if !status.success() {
            bail!("`{line}` ended with {status}");
        }
        Ok(())
    }

    /// Returns what the log holds so far; nothing for a terminal.
    pub(crate) fn text(&self) -> Result<String> {
        match self {
            Self::Terminal => Ok(String::new()),
            Self::Log(log) => Ok(String::from_utf8_lossy(&fs::read(&log.path)?).into_owned()),
        }
    }

    /// Returns the path of the log.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Terminal => None,
            Self::Log(log) => Some(&log.path),
        }
    }
}
